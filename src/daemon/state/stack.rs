//! A stack, as the state knows it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use crate::daemon::command::RequestId;
use crate::daemon::effect::{Asker, PassId};
use crate::journal::Trigger;
use crate::model::name::SourceName;
use crate::model::revision::Revision;
use crate::model::snapshot::{HealthNow, LastRun, ServiceNow, SyncNow};
use crate::reconcile::{KnownBad, LeftAlone};

/// How long after the begin of a stack's last run the next one begins that nobody waits for: a burst of pushes makes a few.
const PACE: Duration = Duration::from_secs(2);

/// A stack.
#[derive(Debug, Clone, Default)]
pub(super) struct Stack {
    /// `None` where only its containers are known.
    pub(super) source: Option<SourceName>,
    pub(super) path: PathBuf,
    pub(super) left_alone: Option<LeftAlone>,
    pub(super) applied: Option<Revision>,
    pub(super) services: Vec<ServiceNow>,
    pub(super) is_observed: bool,
    pub(super) sync: SyncNow,
    pub(super) last_run: Option<LastRun>,
    /// The run that waits.
    pub(super) pending: Option<Pending>,
    /// When its last run for a new revision began.
    pub(super) began: Option<Duration>,
    /// Ways back that wait.
    pub(super) back: VecDeque<WayBack>,
    /// The pass that works on it.
    pub(super) busy: Option<Busy>,
    /// Containers that changed without us, by ID: what they are called.
    pub(super) suspects: BTreeMap<String, String>,
    /// When the suspects are looked after.
    pub(super) drift_at: Option<Duration>,
    /// When a run that failed is tried again.
    pub(super) retry_at: Option<Duration>,
    pub(super) failures: u32,
    /// Containers changed while a run went on.
    pub(super) is_stirred: bool,
    /// People were told that its containers went bad, or that they are well; none since the start of this daemon.
    pub(super) told_ill: Option<bool>,
    /// When its last run ended, in milliseconds since 1970: what happened before was our own doing.
    pub(super) quiet_until: i64,
}

/// A run that waits.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) asker: Asker,
    pub(super) known_bad: KnownBad,
    pub(super) requests: BTreeSet<RequestId>,
    pub(super) since: Duration,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// A way back that waits.
#[derive(Debug, Clone)]
pub(super) struct WayBack {
    pub(super) request: RequestId,
    pub(super) asker: Asker,
    pub(super) revision: Option<String>,
}

/// A run that goes on.
#[derive(Debug, Clone)]
pub(super) struct Busy {
    pub(super) pass: PassId,
    pub(super) asker: Asker,
    pub(super) requests: BTreeSet<RequestId>,
    pub(super) revision: Option<Revision>,
    pub(super) since: Duration,
    /// Seconds since 1970.
    pub(super) began: i64,
    /// When its waits are cut short: something newer wants its turn.
    pub(super) cut_at: Option<Duration>,
}

impl Stack {
    /// How well its least well service is; what is suspended need not be there.
    pub(super) fn health(&self) -> HealthNow {
        let absent = match (&self.left_alone, self.is_observed) {
            (Some(_), _) => HealthNow::Suspended,
            (None, true) => HealthNow::Missing,
            (None, false) => HealthNow::Unknown,
        };
        self.services.iter().map(|service| service.health).max().unwrap_or(absent)
    }

    /// When a run that waits for nobody's word may begin: new revisions one after the other make a run now and then.
    pub(super) fn ready_at(&self) -> Option<Duration> {
        let pending = self.pending.as_ref()?;
        let at = self.began.map_or(Duration::ZERO, |began| began + PACE);
        is_paced(pending.asker.trigger).then_some(at)
    }

    /// Notes that a run begins now.
    pub(super) fn begins(&mut self, trigger: Trigger, now: Duration) {
        if is_paced(trigger) {
            self.began = Some(now);
        }
    }

    /// Whether a run may begin.
    pub(super) fn is_free(&self) -> bool {
        self.busy.is_none()
    }

    /// Whether nothing is known of it but its containers, and nothing is to be done.
    pub(super) fn is_nobodys(&self) -> bool {
        self.source.is_none()
            && self.busy.is_none()
            && self.pending.is_none()
            && self.back.is_empty()
            && self.services.is_empty()
    }
}

/// Whether such runs are for new revisions, of which there may be many in a row.
fn is_paced(trigger: Trigger) -> bool {
    match trigger {
        Trigger::Webhook | Trigger::Poll => true,
        Trigger::Command
        | Trigger::Api
        | Trigger::Start
        | Trigger::EngineBack
        | Trigger::EngineEvent => false,
    }
}
