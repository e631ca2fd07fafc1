//! The engine: what its events mean for the stacks.

use std::time::Duration;

use super::core::{Contact, State};
use super::sources::by_itself;
use crate::daemon::effect::{Effect, Fact, Look, Note};
use crate::daemon::event::{Change, EngineEvent, Running};
use crate::daemon::happening::What;
use crate::journal::Trigger;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;
use crate::model::snapshot::{HealthNow, SyncNow};
use crate::reconcile::{self, KnownBad};

/// How long after a container changed its stack is looked after: a stop tells who it was only afterwards, and several
/// containers change at once.
const DEBOUNCE: Duration = Duration::from_millis(1500);
/// How long after something happened the containers are listed again.
const SETTLE: Duration = Duration::from_secs(1);
/// How long it takes to know whose stop it was.
const GRACE: Duration = Duration::from_secs(reconcile::GRACE.unsigned_abs() + 1);
/// The longest pause between two attempts to reach the engine.
const LONGEST: Duration = Duration::from_secs(30);

impl State {
    /// Listens to the engine and lists its containers, where that is due.
    pub(super) fn look_after_engine(&mut self) {
        if !self.may_touch_engine() {
            return;
        }
        let now = self.now.mono;
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if !self.engine.watching && is_due(self.engine.watch_at) {
            (self.engine.watching, self.engine.watch_at) = (true, None);
            self.effects.push(Effect::Watch);
        }
        if !self.engine.observing && is_due(self.engine.observe_at) {
            (self.engine.observing, self.engine.observe_at) = (true, None);
            let look = std::mem::replace(&mut self.engine.look, Look::none());
            self.begin(Effect::Observe(look));
        }
    }

    fn observe_soon(&mut self, project: &ProjectName) {
        let at = self.engine.observe_at.unwrap_or(self.now.mono + SETTLE);
        self.engine.observe(project, at);
    }

    /// The engine tells something.
    pub(super) fn engine_told(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Back => self.engine_is_back(),
            EngineEvent::Container { project, id, name, change, at } => {
                let Some(stack) = self.stacks.get_mut(&project) else {
                    self.observe_soon(&project);
                    return;
                };
                match change {
                    // Also where a run of ours did it.
                    Change::Started | Change::Removed => self.engine.stops.forget(&id),
                    Change::Died | Change::Stopped | Change::Health | Change::Other => (),
                }
                if change == Change::Started && stack.suspects.remove(&id).is_some() {
                    stack.drift_at = stack.drift_at.filter(|_| !stack.suspects.is_empty());
                }
                if stack.busy.is_some() {
                    // The end of the run is the time to look.
                    stack.is_stirred = true;
                    return;
                }
                // What happened while we worked on a stack was our own doing, and its run saw it.
                let is_drift =
                    at > stack.quiet_until && stack.left_alone.is_none() && stack.source.is_some();
                self.observe_soon(&project);
                if is_drift {
                    self.container_changed(&project, (id, name), change);
                }
            }
        }
    }

    fn engine_is_back(&mut self) {
        let is_back = self.engine.trouble.take().is_some();
        if is_back {
            self.effects.push(Effect::Tell(What::EngineBack));
        }
        // The daemon before may have told that it was away.
        if is_back || self.engine.contact == Contact::Never {
            self.notice_engine(None);
        }
        self.engine.failures = 0;
        // What was missed is seen by a look.
        self.engine.observe_all(self.now.mono);
        self.engine.contact = match self.engine.contact {
            Contact::Never => Contact::Heard,
            Contact::Heard | Contact::MissedSome => Contact::MissedSome,
        };
    }

    fn container_changed(
        &mut self,
        project: &ProjectName,
        (id, name): (String, String),
        change: Change,
    ) {
        let mono = self.now.mono;
        let Some(stack) = self.stacks.get_mut(project) else { return };
        let started = match change {
            Change::Died | Change::Removed => {
                stack.suspects.insert(id, name);
                stack.drift_at.get_or_insert(mono + DEBOUNCE);
                None
            }
            Change::Stopped => {
                // By a clock that nobody sets.
                let seconds = seconds(mono);
                self.engine.stops.stopped((&id, &name), project, seconds);
                self.engine.settle_at = Some(mono + GRACE);
                None
            }
            Change::Started => {
                *self.counters.restarts.entry(project.clone()).or_default() += 1;
                Some(self.engine.stops.started(&id))
            }
            Change::Health | Change::Other => None,
        };
        if stack.suspects.is_empty() {
            stack.drift_at = None;
        }
        if let Some(fact) = started {
            self.witness(project, fact);
        }
    }

    fn witness(&mut self, project: &ProjectName, fact: reconcile::Fact) {
        let (project, fact) = (project.clone(), Fact::Witnessed(fact));
        self.begin(Effect::Note(Note { request: None, project, fact }));
    }

    /// Notes the stops that are certain by now to be a person's: what was stopped so is not brought back.
    fn settle(&mut self) {
        let (now, wall) = (self.now.mono, self.now.seconds());
        if self.engine.settle_at.is_none_or(|at| at > now) {
            return;
        }
        self.engine.settle_at = None;
        for (project, fact) in self.engine.stops.settle(seconds(now)) {
            let fact = match fact {
                reconcile::Fact::StoppedByHand { container, name, at } => {
                    if let Some(stack) = self.stacks.get_mut(&project) {
                        stack.suspects.remove(&container);
                        if stack.suspects.is_empty() {
                            stack.drift_at = None;
                        }
                    }
                    let at = wall.saturating_sub(seconds(now).saturating_sub(at));
                    reconcile::Fact::StoppedByHand { container, name, at }
                }
                fact @ (reconcile::Fact::Started { .. } | reconcile::Fact::Healed { .. }) => fact,
            };
            self.witness(&project, fact);
        }
    }

    /// Looks after stacks whose containers changed without us, and after those whose last run failed.
    pub(super) fn look_after_drift(&mut self) {
        self.settle();
        let now = self.now.mono;
        let mut due = Vec::new();
        for (project, stack) in &mut self.stacks {
            let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
            if stack.busy.is_some() || stack.source.is_none() {
                continue;
            }
            // Whose stop it was is about to be known.
            if is_due(stack.drift_at) && self.engine.stops.is_unsettled(project) {
                stack.drift_at = Some(now + DEBOUNCE);
            }
            if is_due(stack.drift_at) {
                let suspects = std::mem::take(&mut stack.suspects).into_values().collect();
                due.push((project.clone(), Some(suspects)));
            } else if is_due(stack.retry_at) {
                due.push((project.clone(), None));
            }
        }
        for (project, suspects) in due {
            let trigger = match suspects {
                Some(containers) => {
                    self.counters.drifts += 1;
                    let stack = project.clone();
                    self.effects.push(Effect::Tell(What::Drift { stack, containers }));
                    Trigger::EngineEvent
                }
                None => Trigger::Poll,
            };
            self.enqueue(&project, &by_itself(trigger), KnownBad::Skip, None);
        }
    }

    /// Containers were listed, or could not be.
    pub(super) fn observed(&mut self, look: &Look, result: Result<Vec<Running>, Trouble>) {
        self.at_work = self.at_work.saturating_sub(1);
        self.engine.observing = false;
        match result {
            Ok(running) => self.saw(look, running),
            Err(trouble) => {
                self.engine.failures = self.engine.failures.saturating_add(1);
                let pause = pause(self.engine.failures);
                self.engine.observe_all(self.now.mono + pause);
                self.lost(trouble);
            }
        }
    }

    fn saw(&mut self, look: &Look, running: Vec<Running>) {
        self.engine.observed = Some(self.now.seconds());
        let mut before = Vec::new();
        for (project, stack) in self.stacks.iter_mut().filter(|(project, _)| look.covers(project)) {
            before.push((project.clone(), stack.health()));
            stack.is_observed = true;
            stack.services.clear();
        }
        for running in running {
            let stack = self.stacks.entry(running.project).or_default();
            stack.is_observed = true;
            stack.services = running.services;
            if running.applied.is_some() {
                stack.applied = running.applied;
            }
        }
        for (project, before) in before {
            let Some(now) = self.stacks.get(&project).map(super::stack::Stack::health) else {
                continue;
            };
            if before != now && before != HealthNow::Unknown {
                let (before, now) = (before.word(), now.word());
                self.effects.push(Effect::Tell(What::Health { stack: project, before, now }));
            }
        }
        self.notice_health();
        self.stacks.retain(|_, stack| !stack.is_nobodys());
        let known = &self.stacks;
        self.counters.restarts.retain(|project, _| known.contains_key(project));
        if self.engine.contact == Contact::MissedSome && *look == Look::All {
            self.engine.contact = Contact::Heard;
            self.look_after_the_unwell();
        }
    }

    /// Behind a gap in the engine's events, stacks that were well before and are not now get a run.
    fn look_after_the_unwell(&mut self) {
        let unwell: Vec<ProjectName> = self
            .stacks
            .iter()
            .filter(|(_, stack)| {
                let is_unwell = matches!(stack.health(), HealthNow::Degraded | HealthNow::Missing);
                is_unwell && stack.sync == SyncNow::InSync && stack.busy.is_none()
            })
            .map(|(project, _)| project.clone())
            .collect();
        for project in unwell {
            self.enqueue(&project, &by_itself(Trigger::EngineBack), KnownBad::Skip, None);
        }
    }

    /// The engine's events come no more.
    pub(super) fn watch_ended(&mut self, trouble: Trouble) {
        self.engine.watching = false;
        self.engine.failures = self.engine.failures.saturating_add(1);
        self.engine.watch_at = Some(self.now.mono + pause(self.engine.failures));
        self.lost(trouble);
    }

    fn lost(&mut self, trouble: Trouble) {
        // What it has stopped just before, it has stopped for its own end.
        self.engine.stops.lost();
        if self.engine.trouble.is_none() && self.ending.is_none() {
            self.counters.engine_lost += 1;
            let problem = (&trouble).into();
            self.effects.push(Effect::Tell(What::EngineLost { problem }));
            self.notice_engine(Some(&trouble));
        }
        self.engine.trouble = Some(trouble);
    }
}

/// How long to wait before the engine is tried again: twice as long each time.
fn pause(failures: u32) -> Duration {
    Duration::from_millis(500).saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST)
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}
