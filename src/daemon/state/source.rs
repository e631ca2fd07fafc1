//! A source, as the state knows it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::daemon::command::{RequestId, Scope};
use crate::daemon::effect::Asker;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::reconcile::KnownBad;

/// Somebody who wants a source to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) request: RequestId,
    pub(super) asker: Asker,
    pub(super) scope: Scope,
    pub(super) known_bad: KnownBad,
}

/// A source.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    pub(super) revision: Option<Revision>,
    /// When it was last asked with success, in seconds since 1970.
    pub(super) fetched: Option<i64>,
    pub(super) next: Duration,
    /// It is to be asked as soon as may be, also where nobody polls.
    pub(super) is_due: bool,
    pub(super) trouble: Option<Trouble>,
    pub(super) failures: u32,
    pub(super) unreadable: Vec<(PathBuf, Trouble)>,
    pub(super) warnings: Vec<String>,
    /// Whom the fetch that goes on will answer.
    pub(super) fetching: Option<Vec<Ask>>,
    /// Whom the next one will answer: they asked when one had begun already.
    pub(super) wanted: Vec<Ask>,
    /// The stacks that it holds.
    pub(super) projects: BTreeSet<ProjectName>,
    /// It left the settings.
    pub(super) is_gone: bool,
}

/// The longest pause between two attempts to fetch a source that is away.
const LONGEST: Duration = Duration::from_mins(15);

impl Source {
    /// How long to wait after the last attempt.
    pub(super) fn pause(&self, poll: Duration) -> Duration {
        poll.saturating_mul(1 << self.failures.min(10)).min(LONGEST.max(poll))
    }
}
