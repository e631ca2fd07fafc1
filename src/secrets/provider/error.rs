//! Why a manager of secrets gave no answer. Errors name paths and keys, never a value.

use std::error::Error as StdError;
use std::time::Duration;

use crate::model::failure::{Disposition, Failure};
use crate::web;

/// How long to wait before a server is asked again.
const PAUSE: Duration = Duration::from_secs(30);

/// Why a value cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The settings know no such provider.
    #[error("the settings of this host name no provider `{name}`")]
    Unknown {
        /// The provider.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A file that the settings name cannot be used.
    #[error("cannot use `{path}`, the `{setting}` of the provider `{name}`")]
    File {
        /// The provider.
        name: String,
        /// The setting that names the file.
        setting: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The path cannot be one of an entry.
    #[error("`{path}` is not a path of the provider `{name}`")]
    Path {
        /// The provider.
        name: String,
        /// The path.
        path: String,
    },
    /// The server cannot be reached, or does not answer in time.
    #[error("cannot reach the provider `{name}` at `{address}`")]
    Unreachable {
        /// The provider.
        name: String,
        /// Where it should be.
        address: String,
        /// What went wrong.
        source: web::Error,
    },
    /// The server is sealed, or not initialised.
    #[error("the provider `{name}` is sealed")]
    Sealed {
        /// The provider.
        name: String,
    },
    /// The token may not read the entry.
    #[error("the provider `{name}` does not let its token read `{path}`")]
    Denied {
        /// The provider.
        name: String,
        /// The path of the entry.
        path: String,
    },
    /// There is no such entry, or its newest version was deleted.
    #[error("the provider `{name}` has no entry `{path}`")]
    NoEntry {
        /// The provider.
        name: String,
        /// The path of the entry.
        path: String,
        /// The mount in which it was looked for.
        mount: String,
    },
    /// The entry has no such key.
    #[error("the entry `{path}` of the provider `{name}` has no key `{key}`")]
    NoKey {
        /// The provider.
        name: String,
        /// The path of the entry.
        path: String,
        /// The key.
        key: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The server answered something else.
    #[error("the provider `{name}` answered `{path}` with {answer}")]
    Answer {
        /// The provider.
        name: String,
        /// The path of the entry.
        path: String,
        /// What it answered.
        answer: String,
    },
}

impl Failure for ProviderError {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Unreachable { .. } | Self::Sealed { .. } | Self::Answer { .. } => {
                Disposition::RetryAfter(PAUSE)
            }
            Self::Unknown { .. }
            | Self::File { .. }
            | Self::Path { .. }
            | Self::Denied { .. }
            | Self::NoEntry { .. }
            | Self::NoKey { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                "describe it in `secrets.providers` of the host's settings".to_owned()
            }
            Self::Unknown { known, .. } => format!("the settings name {}", known.join(", ")),
            Self::File { .. } => "check that the file exists and that this user may read it".to_owned(),
            Self::Path { .. } => {
                "write it as `apps/db`: without the mount, without `..`, without a `/` at either end"
                    .to_owned()
            }
            Self::Unreachable { .. } => {
                "check `address` and `ca_file` of the provider; what runs stays as it is".to_owned()
            }
            Self::Sealed { .. } => "unseal it; what runs stays as it is".to_owned(),
            Self::Denied { path, .. } => {
                format!("give the token a policy with `read` on `{path}`, or put a fresh token into `token_file`")
            }
            Self::NoEntry { mount, .. } => {
                format!("check the path; it was looked for in the KV engine (version 2) at `{mount}`")
            }
            Self::NoKey { known, .. } => format!("the entry has {}", known.join(", ")),
            Self::Answer { .. } => "look into the log of the server".to_owned(),
        })
    }
}
