//! Passes: several at once, each over stacks of one source; a stack is part of one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::core::{Pass, State, Whole};
use super::source::Source;
use super::stack::{Busy, Pending, Stack};
use crate::daemon::effect::{Asker, Effect, Order, PassId, RollBack, WholeOrder};
use crate::daemon::happening::What;
use crate::model::failure::Disposition;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;
use crate::model::snapshot::{LastRun, RUN_BOUNDS, SyncNow};
use crate::reconcile::{KnownBad, StackRun};

/// When what only a change can put right is looked at again, should the change have come unseen.
const LATER: Duration = Duration::from_mins(5);
/// The longest pause before a run that failed is tried again.
const LATEST: Duration = Duration::from_mins(30);
/// How long a run goes on at least before its waits are cut: a burst of pushes makes a few runs, not many.
const LEAST: Duration = Duration::from_secs(3);
/// How long after a run the containers are listed again.
const SETTLE: Duration = Duration::from_millis(300);

impl State {
    /// Begins as many passes as may go on at once.
    pub(super) fn begin_passes(&mut self) {
        if self.waits_for_docker() {
            return;
        }
        while self.passes.len() < self.terms.passes {
            // Who waits for everything is not overtaken for ever.
            let next = |state: &mut Self| state.whole.is_none() && state.begin_next();
            if !(self.begin_way_back() || self.begin_whole() || next(self)) {
                return;
            }
        }
    }

    fn new_pass(&mut self, asker: &Asker, left: BTreeSet<ProjectName>) -> PassId {
        let id = PassId(self.next_pass);
        self.next_pass += 1;
        let (asker, since) = (asker.clone(), self.now.mono);
        let pass = Pass { left, asker, requests: BTreeSet::new(), is_whole: false, since };
        self.passes.insert(id, pass);
        self.changed = true;
        id
    }

    /// A way back is what a person asked for: it comes first.
    fn begin_way_back(&mut self) -> bool {
        let free = |stack: &Stack| stack.is_free() && !stack.back.is_empty();
        let Some((project, _)) = self.stacks.iter().find(|(_, stack)| free(stack)) else {
            return false;
        };
        let project = project.clone();
        let Some(stack) = self.stacks.get_mut(&project) else { return false };
        let Some(way) = stack.back.pop_front() else { return false };
        let pass = self.new_pass(&way.asker, BTreeSet::from([project.clone()]));
        let requests = BTreeSet::from([way.request]);
        self.occupy(&project, (pass, &way.asker), requests, None);
        self.effects.push(Effect::RollBack(RollBack {
            pass,
            project,
            revision: way.revision,
            asker: way.asker,
        }));
        true
    }

    /// A pass over everything, which also removes what is gone: behind all others, when every source has been looked at.
    fn begin_whole(&mut self) -> bool {
        let looked = self.sources.values().all(|source| {
            (source.fetched.is_some() || source.failures > 0) && source.fetching.is_none()
        });
        if !looked || !self.passes.is_empty() {
            return false;
        }
        let Some(wanted) = self.whole.take() else { return false };
        let Whole { prune, asker, known_bad, requests } = wanted;
        let is_here = |stack: &Stack| {
            let source = stack.source.as_ref().and_then(|name| self.sources.get(name));
            source.is_some_and(|it| it.revision.is_some() && it.failures == 0)
        };
        // What is left alone is occupied, too: it may be resumed meanwhile, and then is part of the pass or not.
        let stacks: BTreeSet<ProjectName> = self
            .stacks
            .iter()
            .filter(|(_, stack)| is_here(stack) && stack.is_free())
            .map(|(project, _)| project.clone())
            .collect();
        self.tell_left_alone(&requests);
        let id = self.new_pass(&asker, stacks.clone());
        if let Some(pass) = self.passes.get_mut(&id) {
            (pass.is_whole, pass.requests) = (true, requests);
        }
        for project in &stacks {
            let Some(stack) = self.stacks.get_mut(project) else { continue };
            // Who wants a revision tried again gets a run that does.
            let serves =
                |it: &mut Pending| known_bad == KnownBad::Retry || it.known_bad != KnownBad::Retry;
            let requests = stack.pending.take_if(serves).map(|pending| pending.requests);
            let source = stack.source.as_ref().and_then(|name| self.sources.get(name));
            let revision = source.and_then(|source| source.revision.clone());
            self.occupy(project, (id, &asker), requests.unwrap_or_default(), revision);
        }
        let revisions = self.revisions();
        let order = WholeOrder { pass: id, revisions, prune, asker, known_bad };
        self.effects.push(Effect::ReconcileAll(order));
        true
    }

    /// The revisions of the sources that can be read.
    fn revisions(&self) -> BTreeMap<SourceName, Revision> {
        let known = |(name, source): (&SourceName, &Source)| {
            Some((name.clone(), source.revision.clone()?)).filter(|_| source.failures == 0)
        };
        self.sources.iter().filter_map(known).collect()
    }

    /// The stacks of the next source that wait, as far as they wait at the same word.
    fn begin_next(&mut self) -> bool {
        let Some((source, waiting)) = self.next_source() else { return false };
        let Some(revision) = self.sources.get(&source).and_then(|known| known.revision.clone())
        else {
            return false;
        };
        let pending = |project: &ProjectName| {
            let pending = self.stacks.get(project)?.pending.as_ref()?;
            Some((pending.asker.clone(), pending.known_bad))
        };
        let Some((asker, known_bad)) = waiting.first().and_then(pending) else { return false };
        let same = Some((asker.clone(), known_bad));
        let stacks: Vec<ProjectName> =
            waiting.into_iter().filter(|project| pending(project) == same).collect();
        let pass = self.new_pass(&asker, stacks.iter().cloned().collect());
        for project in &stacks {
            let Some(stack) = self.stacks.get_mut(project) else { continue };
            let requests = stack.pending.take().map(|pending| pending.requests).unwrap_or_default();
            self.occupy(project, (pass, &asker), requests, Some(revision.clone()));
        }
        self.last_served = Some(source.clone());
        let revisions = self.revisions();
        let order = Order { pass, source, revision, revisions, stacks, asker, known_bad };
        self.effects.push(Effect::Reconcile(order));
        true
    }

    /// The source whose turn it is, with its stacks that may begin.
    fn next_source(&self) -> Option<(SourceName, Vec<ProjectName>)> {
        let behind = |name: &&SourceName| Some(*name) > self.last_served.as_ref();
        let (later, earlier): (Vec<_>, Vec<_>) = self.sources.keys().partition(behind);
        later.into_iter().chain(earlier).find_map(|name| {
            let waiting = self.waiting_stacks(name);
            (!waiting.is_empty()).then(|| (name.clone(), waiting))
        })
    }

    fn occupy(
        &mut self,
        project: &ProjectName,
        (pass, asker): (PassId, &Asker),
        requests: BTreeSet<crate::daemon::RequestId>,
        revision: Option<Revision>,
    ) {
        let Some(stack) = self.stacks.get_mut(project) else { return };
        if stack.left_alone.is_none() {
            self.effects.push(Effect::Tell(What::Began {
                stack: project.clone(),
                revision: revision.clone(),
                trigger: asker.trigger.word(),
                caller: asker.caller.clone(),
                requests: requests.iter().copied().collect(),
            }));
        }
        stack.suspects.clear();
        (stack.drift_at, stack.retry_at) = (None, None);
        stack.begins(asker.trigger, self.now.mono);
        let (since, began) = (self.now.mono, self.now.seconds());
        let (asker, cut_at) = (asker.clone(), None);
        stack.busy = Some(Busy { pass, asker, requests, revision, since, began, cut_at });
    }

    /// Something newer than the run of a stack wants its turn: soon the run waits for nothing any more.
    pub(super) fn supersede(&mut self, project: &ProjectName) {
        let now = self.now.mono;
        if let Some(busy) = self.stacks.get_mut(project).and_then(|stack| stack.busy.as_mut()) {
            busy.cut_at.get_or_insert(now.max(busy.since + LEAST));
        }
    }

    /// Cuts the waits of runs that something newer waits for.
    pub(super) fn cut_waits(&mut self) {
        for (project, stack) in &mut self.stacks {
            let Some(busy) = &mut stack.busy else { continue };
            // Once: a time that is never due takes its place.
            if busy.cut_at.is_some_and(|at| at <= self.now.mono) {
                busy.cut_at = Some(Duration::MAX);
                self.effects.push(Effect::Cut(busy.pass, project.clone()));
            }
        }
    }

    /// One stack of a pass came to its end.
    pub(super) fn ended(&mut self, id: PassId, run: &Arc<StackRun>) {
        let Some(pass) = self.passes.get_mut(&id) else { return };
        let (asker, since) = (pass.asker.clone(), pass.since);
        let mut requests = BTreeSet::new();
        if let Some(project) = &run.project {
            pass.left.remove(project);
            let busy = self
                .stacks
                .get_mut(project)
                .and_then(|stack| stack.busy.take_if(|busy| busy.pass == id));
            let began = busy.as_ref().map_or(since, |busy| busy.since);
            let at = busy.as_ref().map_or(self.now.seconds(), |busy| busy.began);
            requests = busy.map(|busy| busy.requests).unwrap_or_default();
            self.count(&asker, run, self.now.mono.saturating_sub(began));
            self.remember(project, &asker, (run, at));
            self.tell_end(project, &asker, (run, began), &requests);
            self.notice_run(project, run);
        }
        if let Some(pass) = self.passes.get(&id) {
            requests.extend(pass.requests.iter().copied());
        }
        for request in requests {
            if let Some(waiting) = self.requests.get_mut(&request) {
                waiting.report.runs.push(run.clone());
                if let Some(project) = &run.project {
                    waiting.stacks.remove(project);
                }
            }
            self.answer_when_done(request);
        }
    }

    fn count(&mut self, asker: &Asker, run: &StackRun, took: Duration) {
        let counted = self.counters.runs.entry((asker.trigger.word(), run.outcome.word()));
        *counted.or_default() += 1;
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.counters.run_millis = self.counters.run_millis.saturating_add(millis);
        for (count, bound) in self.counters.run_buckets.iter_mut().zip(RUN_BOUNDS) {
            *count += u64::from(millis <= bound);
        }
    }

    fn tell_end(
        &mut self,
        project: &ProjectName,
        asker: &Asker,
        (run, began): (&StackRun, Duration),
        requests: &BTreeSet<crate::daemon::RequestId>,
    ) {
        let took = self.now.mono.saturating_sub(began);
        self.effects.push(Effect::Tell(What::Ended {
            stack: project.clone(),
            revision: run.revision.clone(),
            trigger: asker.trigger.word(),
            outcome: run.outcome.word(),
            done: run.outcome.done(),
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            problem: run.outcome.trouble().map(Into::into),
            requests: requests.iter().copied().collect(),
        }));
    }

    /// Takes what a run tells about its stack.
    fn remember(&mut self, project: &ProjectName, asker: &Asker, (run, began): (&StackRun, i64)) {
        let (mono, wall, ended) = (self.now.mono, self.now.wall, self.now.seconds());
        let Some(stack) = self.stacks.get_mut(project) else { return };
        stack.quiet_until = wall;
        if std::mem::take(&mut stack.is_stirred) || run.outcome != Outcome::InSync {
            self.engine.observe(project, mono + SETTLE);
        }
        match &run.outcome {
            Outcome::InSync | Outcome::Changed { .. } => {
                (stack.sync, stack.failures) = (SyncNow::InSync, 0);
                stack.applied = Some(run.revision.clone());
            }
            Outcome::RolledBack { to: at, .. } | Outcome::Held { at, .. } => {
                (stack.sync, stack.failures) = (SyncNow::OutOfSync, 0);
                stack.applied = Some(at.clone());
            }
            Outcome::Blocked(trouble)
            | Outcome::Failed { trouble, .. }
            | Outcome::Degraded { trouble, .. } => {
                stack.sync = SyncNow::OutOfSync;
                stack.failures = stack.failures.saturating_add(1);
                let pause = self.chance.around(pause(trouble, stack.failures));
                stack.retry_at = Some(mono + pause);
            }
            Outcome::Superseded { .. } | Outcome::Cancelled { .. } => {
                stack.sync = SyncNow::OutOfSync;
            }
        }
        stack.last_run = Some(LastRun {
            revision: run.revision.clone(),
            trigger: asker.trigger.word().to_owned(),
            caller: asker.caller.clone(),
            began,
            ended,
            outcome: run.outcome.word().to_owned(),
            done: run.outcome.done(),
            problem: run.outcome.trouble().map(Into::into),
        });
    }

    /// A pass came to its end. Stacks that it did not get to are free again.
    pub(super) fn passed(&mut self, id: PassId, result: Result<Vec<String>, Trouble>) {
        let Some(pass) = self.passes.remove(&id) else { return };
        self.keep_notices(result.as_deref().unwrap_or_default());
        let (warnings, trouble) = match result {
            Ok(warnings) => (warnings, None),
            Err(trouble) => (Vec::new(), Some(trouble)),
        };
        for project in &pass.left {
            let Some(stack) = self.stacks.get_mut(project) else { continue };
            let Some(busy) = stack.busy.take_if(|busy| busy.pass == id) else { continue };
            stack.quiet_until = self.now.wall;
            if std::mem::take(&mut stack.is_stirred) {
                self.engine.observe(project, self.now.mono + SETTLE);
            }
            if let Some(trouble) = &trouble {
                stack.sync = SyncNow::OutOfSync;
                stack.failures = stack.failures.saturating_add(1);
                let pause = self.chance.around(pause(trouble, stack.failures));
                stack.retry_at = Some(self.now.mono + pause);
                self.notice_no_run(project, trouble);
            }
            for request in busy.requests {
                if let Some(waiting) = self.requests.get_mut(&request) {
                    waiting.stacks.remove(project);
                    waiting.add(&warnings, trouble.as_ref());
                }
                self.answer_when_done(request);
            }
        }
        for request in pass.requests {
            if let Some(waiting) = self.requests.get_mut(&request) {
                waiting.whole = false;
                waiting.add(&warnings, trouble.as_ref());
            }
            self.answer_when_done(request);
        }
    }
}

/// How long to wait before a run that failed is tried again: twice as long each time.
fn pause(trouble: &Trouble, failures: u32) -> Duration {
    let first = match trouble.disposition {
        Disposition::RetryAfter(pause) => pause.max(Duration::from_secs(1)),
        Disposition::WaitForChange | Disposition::Fatal => LATER,
    };
    first.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LATEST)
}
