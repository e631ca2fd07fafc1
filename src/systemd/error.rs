//! What can go wrong with a service manager.

use std::time::Duration;

use crate::model::failure::{Disposition, Failure};

/// What can go wrong with a service manager.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bus is not there, or broke off.
    #[error("cannot ask systemd to `{method}`")]
    Bus {
        /// What it was asked.
        method: &'static str,
        /// Why not.
        source: Box<zbus::Error>,
    },
    /// No answer in time.
    #[error("cannot ask systemd to `{method}`: it has not answered for {} s", limit.as_secs())]
    Silent {
        /// What it was asked.
        method: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
    /// A job did not end.
    #[error("cannot wait for the job of `{unit}`: it has not ended for {} s", limit.as_secs())]
    Job {
        /// The unit.
        unit: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// A command could not be run, or said no.
    #[error("cannot run `{command}`: {why}")]
    Command {
        /// The command line.
        command: String,
        /// Why not.
        why: String,
    },
    /// This manager has no such thing.
    #[error("cannot {what}: this service manager has no way to")]
    Unable {
        /// What was to be done.
        what: &'static str,
    },
}

impl Error {
    pub(super) fn bus(method: &'static str, source: zbus::Error) -> Self {
        Self::Bus { method, source: Box::new(source) }
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Bus { .. } | Self::Silent { .. } | Self::Job { .. } | Self::Command { .. } => {
                Disposition::RetryAfter(Duration::from_secs(5))
            }
            Self::Unable { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Bus { .. } => Some("healing needs the system bus, and root".into()),
            Self::Silent { .. } | Self::Job { .. } | Self::Command { .. } | Self::Unable { .. } => {
                None
            }
        }
    }
}
