//! The state itself, and where each event goes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::chance::Chance;
use super::docker::Docker;
use super::requests::Waiting;
use super::source::Source;
use super::stack::Stack;
use crate::daemon::command::RequestId;
use crate::daemon::effect::{Asker, Effect, Look, PassId};
use crate::daemon::event::{Event, Now};
use crate::daemon::terms::Terms;
use crate::journal::Condition;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::snapshot::{Counters, Phase};
use crate::reconcile::{KnownBad, Prune, Stops};

/// Everything that the daemon knows and decides.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) terms: Terms,
    pub(super) chance: Chance,
    pub(super) now: Now,
    pub(super) since: i64,
    pub(super) phase: Phase,
    pub(super) sources: BTreeMap<SourceName, Source>,
    pub(super) stacks: BTreeMap<ProjectName, Stack>,
    pub(super) requests: BTreeMap<RequestId, Waiting>,
    pub(super) passes: BTreeMap<PassId, Pass>,
    pub(super) next_pass: u64,
    /// The source whose stacks were run last: the next one comes first.
    pub(super) last_served: Option<SourceName>,
    /// A pass over everything waits.
    pub(super) whole: Option<Whole>,
    pub(super) engine: Engine,
    pub(super) docker: Docker,
    pub(super) journal: Condition,
    /// Workers that have not come to their end, beside passes: fetches, notes, plans, observations.
    pub(super) at_work: usize,
    /// Plans that wait for their turn.
    pub(super) plans: Vec<(RequestId, Asker, crate::daemon::command::Scope)>,
    pub(super) planning: usize,
    pub(super) ending: Option<super::stop::End>,
    pub(super) reload_trouble: Option<Trouble>,
    /// What workers want people to know.
    pub(super) notices: VecDeque<String>,
    pub(super) counters: Counters,
    pub(super) changed: bool,
    pub(super) effects: Vec<Effect>,
}

/// A pass that goes on.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    /// The stacks that have not come to their end.
    pub(super) left: std::collections::BTreeSet<ProjectName>,
    pub(super) asker: Asker,
    /// Requests that wait for the pass as a whole.
    pub(super) requests: std::collections::BTreeSet<RequestId>,
    pub(super) is_whole: bool,
    pub(super) since: Duration,
}

/// A pass over everything, which also removes what is gone.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) prune: Prune,
    pub(super) asker: Asker,
    pub(super) known_bad: KnownBad,
    pub(super) requests: std::collections::BTreeSet<RequestId>,
}

/// The engine, as far as it is watched.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    /// Seconds since 1970.
    pub(super) observed: Option<i64>,
    pub(super) trouble: Option<Trouble>,
    pub(super) observing: bool,
    /// When containers are listed again, and whose.
    pub(super) observe_at: Option<Duration>,
    pub(super) look: Look,
    pub(super) watching: bool,
    pub(super) watch_at: Option<Duration>,
    pub(super) failures: u32,
    pub(super) contact: Contact,
    /// What was heard of stops, to tell a person's from the engine's own.
    pub(super) stops: Stops,
    /// When it will be known whose the last one was.
    pub(super) settle_at: Option<Duration>,
}

impl Engine {
    /// One that is to be listened to and looked at now.
    fn unseen(now: Duration) -> Self {
        Self {
            observed: None,
            trouble: None,
            observing: false,
            observe_at: Some(now),
            look: Look::All,
            watching: false,
            watch_at: Some(now),
            failures: 0,
            contact: Contact::Never,
            stops: Stops::default(),
            settle_at: None,
        }
    }

    /// Lists all containers at that time.
    pub(super) fn observe_all(&mut self, at: Duration) {
        (self.observe_at, self.look) = (Some(at), Look::All);
    }

    /// Lists those of a stack at that time, with whatever is to be listed besides.
    pub(super) fn observe(&mut self, project: &ProjectName, at: Duration) {
        self.observe_at = Some(at);
        self.look.add(project);
    }
}

/// Whether an engine has been heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Contact {
    /// Not yet.
    #[default]
    Never,
    /// It has.
    Heard,
    /// It has, and its events have a gap.
    MissedSome,
}

impl State {
    /// A daemon that begins now. `seed` spreads its polls.
    pub fn new(terms: Terms, now: Now, seed: u64) -> Self {
        let mut state = Self {
            chance: Chance::of(seed),
            now,
            since: now.seconds(),
            phase: Phase::Starting,
            sources: BTreeMap::new(),
            stacks: BTreeMap::new(),
            requests: BTreeMap::new(),
            passes: BTreeMap::new(),
            next_pass: 1,
            last_served: None,
            whole: None,
            engine: Engine::unseen(now.mono),
            docker: Docker::default(),
            journal: Condition::default(),
            at_work: 0,
            plans: Vec::new(),
            planning: 0,
            ending: None,
            reload_trouble: None,
            notices: VecDeque::new(),
            counters: Counters::default(),
            changed: true,
            effects: Vec::new(),
            terms: terms.clone(),
        };
        state.take_terms(terms);
        state
    }

    /// The whole of the daemon's logic: one event in, the effects to start out. Synchronous and total.
    pub fn handle(&mut self, now: Now, event: Event) -> Vec<Effect> {
        self.now = now;
        self.changed |= !matches!(event, Event::Tick);
        match event {
            Event::Tick => (),
            Event::Command(id, request) => self.ask(id, request),
            Event::Fetched(source, survey) => self.fetched(&source, survey),
            Event::Ended(pass, run) => self.ended(pass, &run),
            Event::Passed(pass, result) => self.passed(pass, result),
            Event::Planned(id, result) => self.planned(id, result),
            Event::Noted(note, result) => self.noted(&note, result),
            Event::Observed(look, result) => self.observed(&look, result),
            Event::WatchEnded(trouble) => self.watch_ended(trouble),
            Event::Engine(event) => self.engine_told(event),
            Event::Docker(event) => self.docker_told(event),
            Event::Journal(condition) => self.journal_told(condition),
            Event::Reload => self.reload(None),
            Event::Reloaded(id, result) => self.reloaded(id, result),
            Event::Stop(why) => self.stop(why),
        }
        self.go_on();
        std::mem::take(&mut self.effects)
    }

    /// When this state wants to be woken, at the latest.
    pub fn due(&self) -> Option<Duration> {
        if let Some(end) = &self.ending {
            return Some(end.deadline);
        }
        let polls = self.sources.values().filter_map(|source| {
            let waits = source.fetching.is_none() && !source.is_gone;
            (waits && !self.terms.poll.is_zero()).then_some(source.next)
        });
        // What cannot begin now is looked at when that ends.
        let free = self.stacks.values().filter(|it| it.busy.is_none() && it.source.is_some());
        let later = |stack: &Stack| stack.ready_at().filter(|at| *at > self.now.mono);
        let stacks = free.flat_map(|stack| [stack.drift_at, stack.retry_at, later(stack)]);
        let busy = self.stacks.values().filter_map(|stack| stack.busy.as_ref());
        let cuts = busy.filter_map(|busy| busy.cut_at.filter(|at| *at < Duration::MAX));
        let engine = &self.engine;
        let may_touch = self.may_touch_engine();
        let observe = engine.observe_at.filter(|_| !engine.observing && may_touch);
        let watch = engine.watch_at.filter(|_| !engine.watching && may_touch);
        polls
            .chain(stacks.flatten())
            .chain(cuts)
            .chain(observe)
            .chain(watch)
            .chain(engine.settle_at)
            .min()
    }

    /// Whether readers would see something else than before; asked once per change.
    pub fn has_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Does what is due, and begins what can begin.
    fn go_on(&mut self) {
        if self.ending.is_some() {
            self.end_when_done();
            return;
        }
        self.look_after_engine();
        self.poll();
        self.look_after_drift();
        self.cut_waits();
        self.begin_plans();
        self.begin_passes();
        if self.phase == Phase::Starting && self.has_looked() {
            self.phase = Phase::Serving;
            self.changed = true;
        }
    }

    /// Whether every source and the engine has been looked at, with success or not.
    fn has_looked(&self) -> bool {
        let looked = |source: &Source| source.fetched.is_some() || source.failures > 0;
        let engine = self.engine.observed.is_some()
            || self.engine.trouble.is_some()
            || !self.may_touch_engine();
        engine && self.sources.values().all(looked)
    }

    /// Starts an effect that works, to be counted until it ends.
    pub(super) fn begin(&mut self, effect: Effect) {
        self.at_work += 1;
        self.effects.push(effect);
    }

    /// Takes the settings as they are now.
    pub(super) fn take_terms(&mut self, terms: Terms) {
        for (name, source) in &mut self.sources {
            source.is_gone = !terms.sources.contains(name);
        }
        for name in &terms.sources {
            let now = self.now.mono;
            self.sources
                .entry(name.clone())
                .or_insert_with(|| Source { next: now, ..Source::default() });
        }
        self.terms = terms;
    }
}
