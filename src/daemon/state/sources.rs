//! Sources: when they are asked, and what comes of it.

use std::collections::BTreeSet;

use super::core::State;
use super::source::{Ask, Source};
use crate::daemon::command::Scope;
use crate::daemon::effect::{Asker, Effect};
use crate::daemon::event::{Seen, Survey, Touched};
use crate::daemon::happening::What;
use crate::journal::Trigger;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::reconcile::{KnownBad, LeftAlone, Prune};

/// Who acts where nobody asked.
const DAEMON: &str = "conductor";

impl State {
    /// Fetches what is due, and what somebody asked for meanwhile.
    pub(super) fn poll(&mut self) {
        let (now, poll) = (self.now.mono, self.terms.poll);
        let is_due = |source: &Source| {
            let first = source.fetched.is_none() && source.failures == 0;
            let by_itself = source.is_due || ((first || !poll.is_zero()) && source.next <= now);
            source.fetching.is_none()
                && (!source.wanted.is_empty() || (by_itself && !source.is_gone))
        };
        let due: Vec<SourceName> = self
            .sources
            .iter()
            .filter(|(_, source)| is_due(source))
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            let Some(source) = self.sources.get_mut(&name) else { continue };
            source.fetching = Some(std::mem::take(&mut source.wanted));
            source.is_due = false;
            let since = source.revision.clone();
            self.changed = true;
            self.begin(Effect::Fetch { source: name, since });
        }
    }

    /// Whoever asks for a source is answered by a fetch that begins after the question.
    pub(super) fn want(&mut self, name: &SourceName, ask: Ask) {
        if let Some(source) = self.sources.get_mut(name) {
            source.wanted.push(ask);
        }
    }

    /// A source was fetched, or could not be.
    pub(super) fn fetched(&mut self, name: &SourceName, seen: Result<Seen, Trouble>) {
        self.at_work = self.at_work.saturating_sub(1);
        let Some(source) = self.sources.get_mut(name) else { return };
        let asks = source.fetching.take().unwrap_or_default();
        if self.ending.is_some() {
            return;
        }
        match seen {
            Ok(Seen::Same) => {
                self.is_there(name);
                for ask in asks {
                    self.serve(name, &ask, &BTreeSet::new());
                }
            }
            Ok(Seen::Other(survey)) => {
                self.is_there(name);
                self.found(name, &survey, &asks);
            }
            Err(trouble) => self.not_fetched(name, &trouble, &asks),
        }
        self.forget_sources();
    }

    fn not_fetched(&mut self, name: &SourceName, trouble: &Trouble, asks: &[Ask]) {
        self.counters.failed_fetches += 1;
        let is_first = |source: &Source| source.failures == 0 && !source.is_gone;
        if self.sources.get(name).is_some_and(is_first) {
            let problem = trouble.into();
            self.effects.push(Effect::Tell(What::SourceFailed { source: name.clone(), problem }));
            self.notice_source(name, Some(trouble));
        }
        if let Some(source) = self.sources.get_mut(name) {
            source.failures = source.failures.saturating_add(1);
            source.trouble = Some(trouble.clone());
            let pause = source.pause(self.terms.poll);
            source.next = self.now.mono + self.chance.around(pause);
        }
        for ask in asks {
            if let Some(waiting) = self.requests.get_mut(&ask.request) {
                waiting.report.failed_sources.push((name.clone(), trouble.clone()));
                waiting.sources.remove(name);
            }
            self.answer_when_done(ask.request);
        }
    }

    /// A source could be asked.
    fn is_there(&mut self, name: &SourceName) {
        self.counters.fetches += 1;
        let next = self.now.mono + self.chance.around(self.terms.poll);
        let Some(source) = self.sources.get(name) else { return };
        let (is_back, is_first) = (source.failures > 0, source.fetched.is_none());
        if is_back {
            self.effects.push(Effect::Tell(What::SourceRecovered { source: name.clone() }));
        }
        // The daemon before may have told that it was away.
        if is_back || is_first {
            self.notice_source(name, None);
        }
        let Some(source) = self.sources.get_mut(name) else { return };
        source.next = next;
        (source.fetched, source.failures, source.trouble) = (Some(self.now.seconds()), 0, None);
    }

    /// A source has another revision.
    fn found(&mut self, name: &SourceName, survey: &Survey, asks: &[Ask]) {
        let Some(source) = self.sources.get_mut(name) else { return };
        let is_first = source.revision.is_none();
        let is_new = source.revision.as_ref() != Some(&survey.revision);
        let here: BTreeSet<ProjectName> =
            survey.stacks.iter().map(|stack| stack.project.clone()).collect();
        let gone: Vec<ProjectName> = source.projects.difference(&here).cloned().collect();
        source.revision = Some(survey.revision.clone());
        source.unreadable.clone_from(&survey.failed);
        source.warnings.clone_from(&survey.warnings);
        source.projects = here;
        if is_new {
            self.counters.new_revisions += 1;
            let revision = survey.revision.clone();
            self.effects.push(Effect::Tell(What::Revision { source: name.clone(), revision }));
        }
        self.take_stacks(name, survey, &gone);
        let touched = self.touched(name, &survey.touched);
        let asker = asker_of(asks, is_first);
        for project in &touched {
            self.enqueue(project, &asker, KnownBad::Skip, None);
            if is_new {
                self.supersede(project);
            }
        }
        if survey.touched == Touched::All || !gone.is_empty() {
            self.want_whole((Prune::Guarded, KnownBad::Skip), &asker, None);
        }
        for ask in asks {
            self.serve(name, ask, &touched);
        }
    }

    /// Takes what a source holds now.
    fn take_stacks(&mut self, name: &SourceName, survey: &Survey, gone: &[ProjectName]) {
        for project in gone {
            self.release(name, project);
        }
        for fact in &survey.stacks {
            let stack = self.stacks.entry(fact.project.clone()).or_default();
            // Of two sources that claim a project, none may touch it; whoever had it first is shown.
            let is_free = stack.source.is_none() || stack.source.as_ref() == Some(name);
            if is_free {
                let is_known = stack.source.replace(name.clone()).is_some();
                stack.path.clone_from(&fact.path);
                // What a person said comes here first; what a fetch saw of it may be older.
                let by_person = matches!(stack.left_alone, Some(LeftAlone::ByPerson(_)));
                stack.left_alone = match &fact.left_alone {
                    None if by_person => stack.left_alone.take(),
                    Some(LeftAlone::ByPerson(_)) if is_known && stack.left_alone.is_none() => None,
                    other => other.clone(),
                };
            }
        }
    }

    fn touched(&self, name: &SourceName, touched: &Touched) -> BTreeSet<ProjectName> {
        let Some(source) = self.sources.get(name) else { return BTreeSet::new() };
        match touched {
            Touched::All => source.projects.clone(),
            Touched::Only(some) => some.intersection(&source.projects).cloned().collect(),
        }
    }

    /// Gives somebody who asked for a source the runs that answer it.
    fn serve(&mut self, name: &SourceName, ask: &Ask, touched: &BTreeSet<ProjectName>) {
        let (asker, known_bad) = (&ask.asker, ask.known_bad);
        match &ask.scope {
            Scope::Changed(_) => {
                for project in touched {
                    self.enqueue(project, asker, known_bad, Some(ask.request));
                }
                self.join_what_goes_on(name, ask.request);
            }
            // The pass over everything answers it.
            Scope::All => self.tell_unreadable(name, ask.request),
            Scope::Stacks(names) => {
                for project in self.projects_of(name) {
                    let Some(stack) = self.stacks.get(&project) else { continue };
                    let called = |wanted: &&String| {
                        super::requests::is_called(&project, &stack.path, wanted)
                    };
                    let Some(called) = names.iter().find(called).cloned() else { continue };
                    if let Some(waiting) = self.requests.get_mut(&ask.request) {
                        waiting.unknown.remove(&called);
                    }
                    self.enqueue(&project, asker, KnownBad::Retry, Some(ask.request));
                }
            }
        }
        if let Some(waiting) = self.requests.get_mut(&ask.request) {
            waiting.sources.remove(name);
        }
        self.answer_when_done(ask.request);
    }

    fn projects_of(&self, name: &SourceName) -> Vec<ProjectName> {
        self.sources
            .get(name)
            .map_or_else(Vec::new, |source| source.projects.iter().cloned().collect())
    }
}

/// At whose word the stacks run that a new revision touches: of whoever asked first, else of the poll.
fn asker_of(asks: &[Ask], is_first: bool) -> Asker {
    let by_itself = Asker {
        trigger: if is_first { Trigger::Start } else { Trigger::Poll },
        caller: DAEMON.to_owned(),
    };
    asks.first().map_or(by_itself, |ask| ask.asker.clone())
}

/// Who acts where nobody asked.
pub(super) fn by_itself(trigger: Trigger) -> Asker {
    Asker { trigger, caller: DAEMON.to_owned() }
}
