//! What can go wrong while a plan is carried out, beside what the engine and the disk say themselves.

use std::time::Duration;

use crate::model::failure::{Disposition, Failure};
use crate::model::name::ServiceName;
use crate::plan::Phase;

/// What can go wrong while a plan is carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A container ended instead of running.
    #[error("container `{container}` of service `{service}` ended with exit code {code}")]
    Ended {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
        /// Its exit code.
        code: i64,
    },
    /// A container that had to complete ended with an error.
    #[error(
        "service `{service}` did not complete: container `{container}` ended with exit code {code}"
    )]
    NotCompleted {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
        /// Its exit code.
        code: i64,
    },
    /// The healthcheck of a container fails.
    #[error("container `{container}` of service `{service}` is unhealthy")]
    Unhealthy {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
    },
    /// Somebody waits for the health of a container that has no healthcheck.
    #[error(
        "container `{container}` of service `{service}` has no healthcheck, but others wait until it is healthy"
    )]
    NoHealthcheck {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
    },
    /// A container is broken.
    #[error("container `{container}` of service `{service}` is {state}")]
    Broken {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
        /// What it is doing.
        state: &'static str,
    },
    /// The engine starts a container again and again.
    #[error(
        "container `{container}` of service `{service}` crashes: started again {times} times, last exit code {code}"
    )]
    Crashing {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
        /// How often it was started again while it was waited for.
        times: i64,
        /// Its last exit code.
        code: i64,
    },
    /// A wait took too long.
    #[error("container `{container}` of service `{service}` is still {state} after {} s", after.as_secs())]
    TooLong {
        /// The service.
        service: ServiceName,
        /// The container.
        container: String,
        /// What it is doing.
        state: String,
        /// How long it was given.
        after: Duration,
    },
    /// A hook of a service ended with an error.
    #[error("`{phase}[{index}]` of service `{service}` ended with exit code {code}")]
    Hook {
        /// The service.
        service: ServiceName,
        /// When it ran.
        phase: Phase,
        /// Its place among those of its phase.
        index: usize,
        /// Its exit code.
        code: i64,
    },
    /// An operation names something that is not desired or observed.
    #[error("the plan names `{name}`, which there is not")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A worker ended without an answer.
    #[error("a worker that writes files ended without an answer")]
    Worker {
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Ended { .. }
            | Self::NotCompleted { .. }
            | Self::Unhealthy { .. }
            | Self::NoHealthcheck { .. }
            | Self::Crashing { .. }
            | Self::Hook { .. }
            | Self::TooLong { .. } => Disposition::WaitForChange,
            Self::Broken { .. } | Self::Unknown { .. } | Self::Worker { .. } => {
                Disposition::RetryAfter(Duration::from_secs(10))
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ended { container, .. }
            | Self::NotCompleted { container, .. }
            | Self::Crashing { container, .. }
            | Self::TooLong { container, .. } => {
                Some(format!("`docker logs {container}` shows what it says"))
            }
            Self::Unhealthy { container, .. } => Some(format!(
                "`docker inspect {container}` shows what its healthcheck answers, `docker logs {container}` what it says"
            )),
            Self::NoHealthcheck { service, .. } => Some(format!(
                "give `{service}` a `healthcheck`, or wait for it with `condition: service_started`"
            )),
            Self::Hook { phase, index, .. } => Some(format!(
                "run the command of `{phase}[{index}]` by hand (`docker exec`) to see what it says"
            )),
            Self::Broken { .. } | Self::Unknown { .. } | Self::Worker { .. } => None,
        }
    }
}
