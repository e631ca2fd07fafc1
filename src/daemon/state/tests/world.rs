//! A world around the state: a remote, workers that end when the test says so, and a record of who was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::made::{number, project, revision, source, trouble};
use crate::daemon::command::{Report, Request, RequestId};
use crate::daemon::effect::{Effect, Ending, PassId};
use crate::daemon::event::{Event, Now, Seen};
use crate::daemon::state::State;
use crate::daemon::state::stack::Stack;
use crate::daemon::terms::Terms;
use crate::journal::Trigger;
use crate::model::failure::Disposition;
use crate::model::name::{EngineName, InstanceName, ProjectName, SourceName};
use crate::model::outcome::Outcome;
use crate::model::revision::Revision;
use crate::reconcile::StackRun;

/// A pass that goes on.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub(super) id: PassId,
    /// The stacks that have not come to their end, with the revision that each gets.
    pub(super) left: BTreeMap<ProjectName, Revision>,
}

/// What lies outside of the state.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) state: State,
    pub(super) now: Now,
    /// The stacks of each source.
    pub(super) stacks: BTreeMap<SourceName, BTreeSet<ProjectName>>,
    /// The number of the revision that each source has now.
    pub(super) head: BTreeMap<SourceName, u32>,
    /// Who was changed by which revision.
    pub(super) changes: BTreeMap<(SourceName, u32), BTreeSet<ProjectName>>,
    pub(super) passes: Vec<Pass>,
    /// Other work that goes on. What a fetch saw is what the remote had when it began.
    pub(super) work: Vec<(Effect, u32)>,
    pub(super) deployed: BTreeMap<ProjectName, u32>,
    pub(super) accepted: BTreeSet<RequestId>,
    pub(super) answered: BTreeMap<RequestId, String>,
    pub(super) refused: usize,
    pub(super) ended: Option<Ending>,
    pub(super) runs: usize,
    /// Somebody asked since the last push.
    pub(super) told_last: bool,
    next_request: u64,
    /// What a run must never break; told by the first break.
    pub(super) broken: Option<String>,
    pub(super) log: Vec<String>,
    /// What people were told.
    pub(super) told: Vec<String>,
}

impl World {
    /// A world of these sources with these stacks; polls never come by themselves where `poll` is zero.
    pub(super) fn new(sources: &[(&str, &[&str])], poll: Duration) -> Self {
        let stacks: BTreeMap<SourceName, BTreeSet<ProjectName>> = sources
            .iter()
            .map(|(name, stacks)| (source(name), stacks.iter().map(|s| project(s)).collect()))
            .collect();
        let terms = Terms {
            host: Some("nas".to_owned()),
            instance: InstanceName::parse("default").unwrap(),
            engine: EngineName::parse("local").unwrap(),
            sources: stacks.keys().cloned().collect(),
            poll,
            passes: 4,
            requests: 1000,
        };
        let now = Now { mono: Duration::ZERO, wall: 1_700_000_000_000 };
        Self {
            state: State::new(terms, now, 7),
            now,
            head: stacks.keys().map(|name| (name.clone(), 1)).collect(),
            stacks,
            changes: BTreeMap::new(),
            passes: Vec::new(),
            work: Vec::new(),
            deployed: BTreeMap::new(),
            accepted: BTreeSet::new(),
            answered: BTreeMap::new(),
            refused: 0,
            ended: None,
            runs: 0,
            told_last: false,
            next_request: 1,
            broken: None,
            log: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The same, behind its first look at everything.
    pub(super) fn settled(sources: &[(&str, &[&str])], poll: Duration) -> Self {
        let mut world = Self::new(sources, poll);
        world.event(Event::Tick);
        world.quiesce();
        world.age_runs();
        world.log.clear();
        world.runs = 0;
        world
    }

    pub(super) fn event(&mut self, event: Event) {
        for effect in self.state.handle(self.now, event) {
            self.take(effect);
        }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, span: Duration) {
        self.now.mono += span;
        self.now.wall += i64::try_from(span.as_millis()).unwrap();
        self.event(Event::Tick);
    }

    /// Lets time pass until the state wants to be woken.
    pub(super) fn sleep(&mut self) -> Duration {
        let due = self.state.due().unwrap_or(self.now.mono).saturating_sub(self.now.mono);
        self.wait(due);
        due
    }

    /// Lets time pass, and the containers be listed, until a fetch or a run begins; gives how long that took.
    pub(super) fn until_something(&mut self) -> Duration {
        let begun = self.now.mono;
        for _ in 0..100 {
            while let Some(place) = self.work.iter().position(|(effect, _)| is_look(effect)) {
                self.end_work(place, true);
            }
            if !(self.work.is_empty() && self.passes.is_empty()) {
                break;
            }
            self.sleep();
        }
        self.now.mono.saturating_sub(begun)
    }

    pub(super) fn ask(&mut self, request: Request) -> RequestId {
        self.told_last |= matches!(request.trigger, Trigger::Webhook);
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.event(Event::Command(id, request));
        id
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Reply(id, Ok(_)) => {
                let again = !self.accepted.insert(id);
                self.breaks(again, || format!("request {id} is accepted twice"));
            }
            Effect::Reply(_, Err(refused)) => {
                self.refused += 1;
                self.log.push(format!("refused: {refused}"));
            }
            Effect::Answer(id, outcome) => {
                let text = answer_text(&outcome);
                self.log.push(format!("answer {id}: {text}"));
                let unknown = !self.accepted.contains(&id);
                let again = self.answered.insert(id, text).is_some();
                self.breaks(unknown || again, || format!("request {id} is answered wrongly"));
            }
            Effect::Reconcile(order) => {
                let revision = order.revision.clone();
                let all = order.stacks.into_iter().map(|stack| (stack, revision.clone()));
                self.begin(order.pass, all.collect());
            }
            Effect::ReconcileAll(order) => {
                let mut all = BTreeMap::new();
                for (name, revision) in &order.revisions {
                    for stack in &self.stacks[name] {
                        all.insert(stack.clone(), revision.clone());
                    }
                }
                let left_alone = |stack: &ProjectName| {
                    self.state.stacks.get(stack).is_some_and(|known| known.left_alone.is_some())
                };
                let all = all.into_iter().filter(|(stack, _)| !left_alone(stack)).collect();
                self.begin(order.pass, all);
            }
            Effect::RollBack(order) => {
                let known = self.deployed.get(&order.project).copied().unwrap_or(1);
                self.begin(order.pass, BTreeMap::from([(order.project, revision(known))]));
            }
            Effect::Tell(_) | Effect::Watch => (),
            Effect::Notice(notice) => {
                self.told.push(format!("{}: {}", notice.about, notice.event.word()));
            }
            Effect::Cancel => self.log.push("cancel".to_owned()),
            Effect::Cut(_, project) => self.log.push(format!("cut {project}")),
            Effect::End(ending) => self.ended = Some(ending),
            Effect::Fetch { ref source, .. } => {
                let head = self.head[source];
                self.work.push((effect, head));
            }
            Effect::Plan(..) | Effect::Note(_) | Effect::Observe(_) | Effect::Reload(_) => {
                self.work.push((effect, 0));
            }
        }
    }

    fn begin(&mut self, id: PassId, left: BTreeMap<ProjectName, Revision>) {
        let names: Vec<String> = left.keys().map(ToString::to_string).collect();
        let busy: Vec<&ProjectName> = self
            .passes
            .iter()
            .flat_map(|pass| pass.left.keys())
            .filter(|stack| left.contains_key(*stack))
            .collect();
        let overlap = (!busy.is_empty()).then(|| format!("runs of {busy:?} overlap"));
        self.broken = self.broken.take().or(overlap);
        self.log.push(format!("run {}", names.join(" ")));
        self.runs += left.len();
        self.passes.push(Pass { id, left });
    }

    fn breaks(&mut self, is_broken: bool, why: impl Fn() -> String) {
        if is_broken && self.broken.is_none() {
            self.broken = Some(why());
        }
    }

    /// One stack of a pass comes to its end; behind the last one the pass does.
    pub(super) fn end_stack(&mut self, place: usize, outcome: Outcome) {
        let Some(pass) = self.passes.get_mut(place) else { return };
        let id = pass.id;
        if let Some((stack, revision)) = pass.left.pop_first() {
            if matches!(outcome, Outcome::InSync | Outcome::Changed { .. }) {
                self.deployed.insert(stack.clone(), number(&revision));
            }
            let run = StackRun {
                project: Some(stack),
                source: None,
                stack: PathBuf::new(),
                revision,
                plan: None,
                diff: Vec::new(),
                outcome,
                warnings: Vec::new(),
            };
            self.event(Event::Ended(id, Arc::new(run)));
        } else {
            self.passes.remove(place);
            self.event(Event::Passed(id, Ok(Vec::new())));
        }
    }

    /// A pass breaks: nothing is heard of the stacks that are left.
    pub(super) fn break_pass(&mut self, place: usize) {
        if place < self.passes.len() {
            let pass = self.passes.remove(place);
            let trouble = trouble(Disposition::RetryAfter(Duration::from_secs(1)));
            self.event(Event::Passed(pass.id, Err(trouble)));
        }
    }

    /// Other work comes to its end.
    pub(super) fn end_work(&mut self, place: usize, well: bool) {
        if place >= self.work.len() {
            return;
        }
        let (effect, head) = self.work.remove(place);
        let trouble = || trouble(Disposition::RetryAfter(Duration::from_secs(1)));
        let event = match effect {
            Effect::Fetch { source, since } if well => {
                let seen = if since == Some(revision(head)) {
                    Seen::Same
                } else {
                    Seen::Other(self.survey(&source, since.as_ref(), head))
                };
                Event::Fetched(source, Ok(seen))
            }
            Effect::Fetch { source, .. } => Event::Fetched(source, Err(trouble())),
            Effect::Plan(id, ..) if well => Event::Planned(id, Ok(Report::default())),
            Effect::Plan(id, ..) => Event::Planned(id, Err(trouble())),
            Effect::Note(note) => Event::Noted(note, if well { Ok(()) } else { Err(trouble()) }),
            Effect::Observe(look) if well => Event::Observed(look, Ok(Vec::new())),
            Effect::Observe(look) => Event::Observed(look, Err(trouble())),
            Effect::Reload(id) => Event::Reloaded(id, Err(trouble())),
            other @ (Effect::Reply(..)
            | Effect::Answer(..)
            | Effect::Reconcile(_)
            | Effect::RollBack(_)
            | Effect::ReconcileAll(_)
            | Effect::Watch
            | Effect::Cancel
            | Effect::Cut(..)
            | Effect::Tell(_)
            | Effect::Notice(_)
            | Effect::End(_)) => panic!("{other:?} is no work"),
        };
        self.event(event);
    }

    /// Lets everything that goes on come to its end, well.
    pub(super) fn quiesce(&mut self) {
        for _ in 0..10_000 {
            if !self.work.is_empty() {
                self.end_work(0, true);
            } else if !self.passes.is_empty() {
                self.end_stack(0, Outcome::Changed { operations: 1 });
            } else if let Some(rest) = self.pause() {
                self.wait(rest);
            } else {
                return;
            }
        }
        self.broken = Some("it comes to no rest".to_owned());
    }

    /// Lets all runs so far be long ago, and nothing else happen.
    pub(super) fn age_runs(&mut self) {
        self.state.stacks.values_mut().for_each(|stack| stack.began = None);
    }

    /// How long the run still has to wait that waits for nothing but its time.
    pub(super) fn pause(&self) -> Option<Duration> {
        let free = self.state.stacks.values().filter(|stack| stack.is_free());
        let ready = free.filter_map(Stack::ready_at);
        ready.filter_map(|at| at.checked_sub(self.now.mono)).filter(|rest| !rest.is_zero()).min()
    }

    pub(super) fn unanswered(&self) -> Vec<RequestId> {
        self.accepted.iter().filter(|id| !self.answered.contains_key(id)).copied().collect()
    }

    /// What happened since the last question.
    pub(super) fn story(&mut self) -> String {
        std::mem::take(&mut self.log).join("\n")
    }
}

fn is_look(effect: &Effect) -> bool {
    matches!(effect, Effect::Observe(_))
}

fn answer_text(outcome: &crate::daemon::Outcome) -> String {
    use crate::daemon::Outcome as Answer;
    let report = outcome.report();
    let mut words: Vec<String> = report
        .runs
        .iter()
        .filter_map(|run| Some(format!("{} {}", run.project.as_ref()?, run.outcome.word())))
        .collect();
    words.extend(report.failed_sources.iter().map(|(name, _)| format!("source {name} failed")));
    words.extend(report.suspended.iter().map(|stack| format!("{} {}", stack.project, stack.why)));
    words.extend(report.troubles.iter().map(|trouble| trouble.error.clone()));
    match outcome {
        Answer::Done(_) => words.join(", "),
        Answer::Stopped(_) => format!("stopped: {}", words.join(", ")),
    }
}
