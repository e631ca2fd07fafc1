//! What the caller of the planner may choose.

use std::time::Duration;

use super::budget::Budget;

/// What the caller may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Now, in seconds since 1970: the age of images is counted from it.
    pub now: i64,
    /// How long a service may take until it is healthy. A healthcheck that declares more gets more.
    pub health_timeout: Duration,
    /// How long a container without a healthcheck must have been running to count as up.
    pub settle: Duration,
    /// Whether the plan ends with waits.
    pub wait: Wait,
    /// How long a container that nobody finds any more goes on before it is stopped, where its service says nothing.
    pub drain: Duration,
    /// How often a container that ended may be started again.
    pub budget: Budget,
    /// How long a container may take to stop; `None` is its own time.
    pub stop_timeout: Option<Duration>,
}

/// Whether a plan ends when everything is started, or when it is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// When everything that was started is up.
    ForHealth,
    /// When everything is started.
    NoWait,
}

impl Options {
    /// The defaults, at this time (seconds since 1970).
    pub fn at(now: i64) -> Self {
        Self {
            now,
            health_timeout: Duration::from_mins(3),
            settle: Duration::from_secs(10),
            wait: Wait::ForHealth,
            drain: Duration::from_secs(10),
            budget: Budget::default(),
            stop_timeout: None,
        }
    }
}
