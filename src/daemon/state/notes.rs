//! What was noted about stacks: suspended, resumed.

use super::core::State;
use crate::daemon::effect::{Effect, Fact, Note};
use crate::daemon::happening::What;
use crate::journal::Trigger;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;
use crate::reconcile::{self, KnownBad, LeftAlone};

impl State {
    /// Something was noted about a stack, or could not be.
    pub(super) fn noted(&mut self, note: &Note, result: Result<(), Trouble>) {
        self.at_work = self.at_work.saturating_sub(1);
        let trouble = result.err();
        if trouble.is_none() {
            match &note.fact {
                Fact::Suspended(suspension) => {
                    self.leave_alone(&note.project, &LeftAlone::ByPerson(suspension.clone()));
                }
                Fact::Resumed => self.take_care_again(note),
                Fact::Witnessed(_) => (),
            }
        }
        let Some(id) = note.request else { return };
        if let Some(waiting) = self.requests.get_mut(&id) {
            waiting.work = false;
            waiting.add(&[], trouble.as_ref());
        }
        self.answer_when_done(id);
    }

    fn leave_alone(&mut self, project: &ProjectName, why: &LeftAlone) {
        let what = What::Suspended { stack: project.clone(), why: why.to_string() };
        self.effects.push(Effect::Tell(what));
        let Some(stack) = self.stacks.get_mut(project) else { return };
        stack.left_alone = Some(why.clone());
        (stack.drift_at, stack.retry_at) = (None, None);
        stack.suspects.clear();
        let (source, path) = (stack.source.clone(), stack.path.clone());
        let pending = stack.pending.take();
        for request in pending.into_iter().flat_map(|pending| pending.requests) {
            if let Some(waiting) = self.requests.get_mut(&request) {
                let (project, source) = (project.clone(), source.clone());
                waiting.stacks.remove(&project);
                let (path, why) = (path.clone(), why.clone());
                let suspended = reconcile::Suspended { project, source, path, why };
                waiting.report.suspended.push(suspended);
            }
            self.answer_when_done(request);
        }
    }

    fn take_care_again(&mut self, note: &Note) {
        let stack = note.project.clone();
        self.effects.push(Effect::Tell(What::Resumed { stack }));
        if let Some(stack) = self.stacks.get_mut(&note.project) {
            stack.left_alone = None;
        }
        let asker = note.request.and_then(|id| Some(self.requests.get(&id)?.asker.clone()));
        let asker = asker.unwrap_or_else(|| super::sources::by_itself(Trigger::Api));
        if self.stacks.get(&note.project).is_some_and(|stack| stack.source.is_some()) {
            self.enqueue(&note.project, &asker, KnownBad::Skip, None);
        }
    }
}
