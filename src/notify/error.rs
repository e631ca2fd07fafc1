//! Why notifications cannot be sent at all.

use crate::model::failure::{Disposition, Failure};
use crate::web;

/// Why notifications cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template cannot be used.
    #[error("cannot use the `template` of the channel `{channel}`: line {line}: {reason}")]
    Template {
        /// The channel.
        channel: String,
        /// The line of the template, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// There is no client for HTTP.
    #[error("cannot prepare to send notifications")]
    Client(#[source] web::Error),
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Fatal
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Template { .. } => {
                "it is a Jinja template of what `docs/notifications.md` lists; a text inside JSON is written `{{ title | tojson }}`"
                    .to_owned()
            }
            Self::Client(_) => "check the certificates of this system".to_owned(),
        })
    }
}
