//! Which stack waits for what: triggers of one stack collapse into one run.

use std::collections::BTreeSet;

use super::core::{State, Whole};
use super::stack::{Pending, Stack};
use crate::daemon::command::RequestId;
use crate::daemon::effect::Asker;
use crate::journal::Trigger;
use crate::model::name::{ProjectName, SourceName};
use crate::reconcile::{KnownBad, Prune, Suspended};

impl State {
    /// Lets a stack wait for a run that begins after now. One that is left alone is told of, and gets none.
    pub(super) fn enqueue(
        &mut self,
        project: &ProjectName,
        asker: &Asker,
        known_bad: KnownBad,
        request: Option<RequestId>,
    ) {
        let Some(stack) = self.stacks.get_mut(project) else { return };
        if let Some(why) = stack.left_alone.clone() {
            if let Some(waiting) = request.and_then(|id| self.requests.get_mut(&id)) {
                waiting.report.suspended.push(Suspended {
                    project: project.clone(),
                    source: stack.source.clone(),
                    path: stack.path.clone(),
                    why,
                });
            }
            return;
        }
        let pending = stack.pending.get_or_insert_with(|| Pending {
            asker: asker.clone(),
            known_bad,
            requests: BTreeSet::new(),
            since: self.now.mono,
            at: self.now.seconds(),
        });
        // A person's word counts more than what happened by itself.
        if weight(asker.trigger) > weight(pending.asker.trigger) {
            pending.asker = asker.clone();
        }
        if known_bad == KnownBad::Retry {
            pending.known_bad = KnownBad::Retry;
        }
        pending.requests.extend(request);
        (stack.drift_at, stack.retry_at) = (None, None);
        if let Some(waiting) = request.and_then(|id| self.requests.get_mut(&id)) {
            waiting.stacks.insert(project.clone());
        }
    }

    /// A request that came behind the fetch that it asks for waits for what that fetch began.
    pub(super) fn join_what_goes_on(&mut self, source: &SourceName, request: RequestId) {
        let Some(waiting) = self.requests.get_mut(&request) else { return };
        let revision = self.sources.get(source).and_then(|source| source.revision.as_ref());
        for (project, stack) in &mut self.stacks {
            if stack.source.as_ref() != Some(source) {
                continue;
            }
            if let Some(pending) = &mut stack.pending {
                pending.requests.insert(request);
                waiting.stacks.insert(project.clone());
            } else if let Some(busy) = &mut stack.busy
                && busy.revision.as_ref() == revision
            {
                busy.requests.insert(request);
                waiting.stacks.insert(project.clone());
            }
        }
    }

    /// Lets a pass over everything wait, which also removes what is gone.
    pub(super) fn want_whole(
        &mut self,
        (prune, known_bad): (Prune, KnownBad),
        asker: &Asker,
        request: Option<RequestId>,
    ) {
        let whole = self.whole.get_or_insert_with(|| Whole {
            prune,
            asker: asker.clone(),
            known_bad,
            requests: BTreeSet::new(),
        });
        if prune == Prune::Confirmed || whole.prune == Prune::Never {
            whole.prune = prune;
        }
        if known_bad == KnownBad::Retry {
            whole.known_bad = known_bad;
        }
        if weight(asker.trigger) > weight(whole.asker.trigger) {
            whole.asker = asker.clone();
        }
        whole.requests.extend(request);
    }

    /// Tells those who asked for everything of the stacks that are left alone.
    pub(super) fn tell_left_alone(&mut self, requests: &BTreeSet<RequestId>) {
        for (project, stack) in &self.stacks {
            let Some(why) = &stack.left_alone else { continue };
            for waiting in requests {
                let Some(waiting) = self.requests.get_mut(waiting) else { continue };
                waiting.report.suspended.push(Suspended {
                    project: project.clone(),
                    source: stack.source.clone(),
                    path: stack.path.clone(),
                    why: why.clone(),
                });
            }
        }
    }

    /// The stacks that wait and may begin, those that wait longest first.
    pub(super) fn waiting_stacks(&self, source: &SourceName) -> Vec<ProjectName> {
        let is_its = |stack: &&Stack| stack.source.as_ref() == Some(source) && stack.is_free();
        // Those that wait for their time begin together: one of them may need another.
        let latest = self.stacks.values().filter(is_its).filter_map(Stack::ready_at).max();
        let may_begin = |stack: &Stack| match stack.ready_at() {
            Some(_) => latest <= Some(self.now.mono),
            None => true,
        };
        let mut waiting: Vec<_> = self
            .stacks
            .iter()
            .filter(|(_, stack)| is_its(stack) && may_begin(stack))
            .filter_map(|(project, stack)| Some((stack.pending.as_ref()?.since, project)))
            .collect();
        waiting.sort();
        waiting.into_iter().map(|(_, project)| project.clone()).collect()
    }
}

/// How much a word counts.
fn weight(trigger: Trigger) -> u8 {
    match trigger {
        Trigger::Command | Trigger::Api => 3,
        Trigger::Webhook => 2,
        Trigger::Start | Trigger::Poll | Trigger::EngineBack => 1,
        Trigger::EngineEvent => 0,
    }
}
