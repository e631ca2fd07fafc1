//! The end: nothing is begun any more, what goes on ends between two operations, and everybody is answered.

use std::sync::Arc;
use std::time::Duration;

use super::core::State;
use crate::daemon::command::{Outcome, RequestId};
use crate::daemon::effect::{Effect, Ending};
use crate::daemon::event::Why;
use crate::daemon::happening::What;
use crate::model::snapshot::Phase;

/// How long runs may take to come between two operations.
const GRACE: Duration = Duration::from_secs(30);
/// The same where the daemon cannot go on: the supervisor waits to start it anew.
const SHORT_GRACE: Duration = Duration::from_secs(4);

/// The daemon ends.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) ending: Ending,
    pub(super) deadline: Duration,
    is_over: bool,
}

impl State {
    /// Begins the end; nothing is accepted or begun from here on.
    pub(super) fn stop(&mut self, why: Why) {
        let (ending, grace, reason) = match why {
            Why::Asked => (Ending::Asked, GRACE, None),
            Why::Broken(reason) => (Ending::Broken, SHORT_GRACE, Some(reason)),
        };
        let deadline = self.now.mono + grace;
        if let Some(end) = &mut self.ending {
            // What is broken meanwhile does not get longer than that.
            end.deadline = end.deadline.min(deadline);
            return;
        }
        self.ending = Some(End { ending, deadline, is_over: false });
        self.phase = Phase::Stopping;
        self.effects.push(Effect::Tell(What::Stopping { reason }));
        self.effects.push(Effect::Cancel);
        for stack in self.stacks.values_mut() {
            stack.pending = None;
            stack.back.clear();
        }
        self.plans.clear();
        self.whole = None;
        for source in self.sources.values_mut() {
            source.wanted.clear();
        }
    }

    /// Ends when nothing goes on any more, or nobody may wait any longer.
    pub(super) fn end_when_done(&mut self) {
        let Some(end) = &mut self.ending else { return };
        let is_quiet = self.passes.is_empty() && self.at_work == 0;
        if end.is_over || !(is_quiet || self.now.mono >= end.deadline) {
            return;
        }
        end.is_over = true;
        let ending = end.ending;
        let left: Vec<RequestId> = self.requests.keys().copied().collect();
        for id in left {
            let Some(waiting) = self.requests.remove(&id) else { continue };
            self.answer(id, Outcome::Stopped(Arc::new(waiting.report)));
        }
        self.effects.push(Effect::End(ending));
    }
}
