//! What is asked for: taken or refused at once, answered when it is done.

use std::collections::BTreeSet;
use std::path::Path;

use super::core::State;
use super::source::Ask;
use super::stack::WayBack;
use crate::daemon::command::{
    Accepted, Command, Outcome, Refusal, Refused, Report, Request, RequestId, Scope, Sync,
};
use crate::daemon::effect::{Asker, Effect, Fact, Note};
use crate::daemon::happening::What;
use crate::daemon::terms::Terms;
use crate::journal::Suspension;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome as RunOutcome, Trouble};
use crate::reconcile::{self, KnownBad, LeftAlone, Prune, StackRun};

/// How many plans are made at once.
const PLANS: usize = 2;

/// A request that is accepted and not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) asker: Asker,
    /// Seconds since 1970.
    pub(super) since: i64,
    /// Sources whose fetch is waited for.
    pub(super) sources: BTreeSet<SourceName>,
    /// Stacks whose run is waited for.
    pub(super) stacks: BTreeSet<ProjectName>,
    /// Names that no source has shown yet.
    pub(super) unknown: BTreeSet<String>,
    /// A pass over everything is wanted, once the sources have been fetched.
    pub(super) wants_whole: Option<(Prune, KnownBad)>,
    /// A pass over everything is waited for.
    pub(super) whole: bool,
    /// Anything else is being done.
    pub(super) work: bool,
    pub(super) report: Report,
}

impl Waiting {
    /// Adds what came of a worker.
    pub(super) fn add(&mut self, warnings: &[String], trouble: Option<&Trouble>) {
        self.report.warnings.extend_from_slice(warnings);
        self.report.troubles.extend(trouble.cloned());
    }

    fn is_done(&self) -> bool {
        self.sources.is_empty()
            && self.stacks.is_empty()
            && self.wants_whole.is_none()
            && !self.whole
            && !self.work
    }
}

impl State {
    /// Takes a request, or refuses it.
    pub(super) fn ask(&mut self, id: RequestId, request: Request) {
        let asker = Asker { trigger: request.trigger, caller: request.caller };
        if let Some(refused) = self.refusal(&request.command) {
            self.counters.refused += 1;
            let (wants, stack) = self.wanted(&request.command);
            let (trigger, caller, why) = (asker.trigger.word(), asker.caller, refused.why.clone());
            self.effects.push(Effect::Tell(What::Refused { trigger, caller, wants, stack, why }));
            self.effects.push(Effect::Reply(id, Err(refused)));
            return;
        }
        self.counters.accepted += 1;
        self.accept(id, &asker, &request.command);
        self.begin_request(id, asker, request.command);
        self.answer_when_done(id);
    }

    /// What a command wants, in words, and the stack, where it is one that is known.
    fn wanted(&self, command: &Command) -> (String, Option<ProjectName>) {
        (command.to_string(), command.stack().and_then(|name| self.find(name)))
    }

    fn accept(&mut self, id: RequestId, asker: &Asker, command: &Command) {
        let waiting = Waiting {
            asker: asker.clone(),
            since: self.now.seconds(),
            sources: BTreeSet::new(),
            stacks: BTreeSet::new(),
            unknown: BTreeSet::new(),
            wants_whole: None,
            whole: false,
            work: false,
            report: Report::default(),
        };
        self.requests.insert(id, waiting);
        self.effects.push(Effect::Reply(id, Ok(Accepted { request: id })));
        let (trigger, caller) = (asker.trigger.word(), asker.caller.clone());
        let (wants, stack) = self.wanted(command);
        let accepted = What::Accepted { request: id, trigger, caller, wants, stack };
        self.effects.push(Effect::Tell(accepted));
    }

    /// Why a command is not taken.
    fn refusal(&self, command: &Command) -> Option<Refused> {
        if self.ending.is_some() {
            return Some(Refused::stopped());
        }
        if self.requests.len() >= self.terms.requests {
            return Some(Refused {
                kind: Refusal::TooMany,
                why: format!("{} requests wait already", self.requests.len()),
                hint: Some("try again later".to_owned()),
            });
        }
        if matches!(command, Command::Plan(_) | Command::RollBack { .. })
            || matches!(command, Command::Sync(Sync { scope: Scope::All | Scope::Stacks(_), .. }))
        {
            let refused = self.docker_is_down();
            if refused.is_some() {
                return refused;
            }
        }
        match command {
            Command::Sync(Sync { scope, .. }) | Command::Plan(scope) => self.no_such_source(scope),
            Command::RollBack { stack, .. } | Command::Suspend { stack, .. } => {
                self.find(stack).is_none().then(|| self.unknown(stack))
            }
            Command::Resume { stack } => match self.find(stack) {
                None => Some(self.unknown(stack)),
                Some(project) => self.cannot_resume(&project),
            },
            Command::Reload => None,
        }
    }

    fn no_such_source(&self, scope: &Scope) -> Option<Refused> {
        let refused = |why: String, hint: String| {
            Some(Refused { kind: Refusal::Unknown, why, hint: Some(hint) })
        };
        let known: Vec<&str> = self.terms.sources.iter().map(SourceName::as_str).collect();
        if known.is_empty() {
            return refused(
                "no source is configured".to_owned(),
                "add one to `sources` in the settings, then reload".to_owned(),
            );
        }
        match scope {
            Scope::Stacks(names) if names.is_empty() => {
                refused("no stack is named".to_owned(), "name one, or ask for all".to_owned())
            }
            Scope::All | Scope::Stacks(_) => None,
            Scope::Changed(names) => {
                let name = names.iter().find(|name| !self.terms.sources.contains(name))?;
                refused(format!("no source `{name}`"), format!("there are {}", known.join(", ")))
            }
        }
    }

    fn unknown(&self, name: &str) -> Refused {
        let known: Vec<&str> = self.stacks.keys().map(ProjectName::as_str).collect();
        Refused {
            kind: Refusal::Unknown,
            why: format!("no stack `{name}`"),
            hint: (!known.is_empty()).then(|| format!("there are {}", known.join(", "))),
        }
    }

    fn cannot_resume(&self, project: &ProjectName) -> Option<Refused> {
        let by_repository = self
            .stacks
            .get(project)
            .is_some_and(|stack| stack.left_alone == Some(LeftAlone::ByRepository));
        by_repository.then(|| Refused {
            kind: Refusal::NotNow,
            why: format!("`{project}` is suspended by `conductor.yaml`"),
            hint: Some("remove `suspended: true` there".to_owned()),
        })
    }

    /// The stack of this project name, or at this path of its source.
    fn find(&self, name: &str) -> Option<ProjectName> {
        let mut stacks = self.stacks.iter();
        let found = stacks.find(|(project, stack)| is_called(project, &stack.path, name));
        found.map(|(project, _)| project.clone())
    }

    fn begin_request(&mut self, id: RequestId, asker: Asker, command: Command) {
        match command {
            Command::Sync(sync) => self.sync(id, &asker, sync),
            Command::Plan(scope) => {
                self.plans.push((id, asker, scope));
                self.working(id);
            }
            Command::RollBack { stack, revision } => {
                let Some(project) = self.find(&stack) else { return };
                let way = WayBack { request: id, asker, revision };
                if let Some(known) = self.stacks.get_mut(&project) {
                    known.back.push_back(way);
                }
                self.supersede(&project);
                if let Some(waiting) = self.requests.get_mut(&id) {
                    waiting.stacks.insert(project);
                }
            }
            Command::Suspend { stack, reason } => {
                let at = self.now.seconds();
                let known = self.find(&stack).and_then(|project| self.stacks.get(&project));
                let earlier = known.and_then(|known| known.left_alone.as_ref()?.suspension());
                let suspension = Suspension { who: asker.caller, reason, at }.after(earlier);
                self.note(Some(id), &stack, Fact::Suspended(suspension));
            }
            Command::Resume { stack } => self.note(Some(id), &stack, Fact::Resumed),
            Command::Reload => {
                self.working(id);
                self.reload(Some(id));
            }
        }
    }

    fn working(&mut self, id: RequestId) {
        if let Some(waiting) = self.requests.get_mut(&id) {
            waiting.work = true;
        }
    }

    fn note(&mut self, request: Option<RequestId>, stack: &str, fact: Fact) {
        let Some(project) = self.find(stack) else { return };
        if let Some(id) = request {
            self.working(id);
        }
        self.begin(Effect::Note(Note { request, project, fact }));
    }

    /// Asks the sources for what a sync is about.
    fn sync(&mut self, id: RequestId, asker: &Asker, sync: Sync) {
        let Sync { scope, known_bad, prune } = sync;
        let sources: BTreeSet<SourceName> = match &scope {
            Scope::All => self.terms.sources.iter().cloned().collect(),
            Scope::Changed(names) => names.iter().cloned().collect(),
            Scope::Stacks(names) => {
                let source = |name: &String| {
                    self.find(name).and_then(|project| self.stacks.get(&project)?.source.clone())
                };
                let known: Option<BTreeSet<SourceName>> = names.iter().map(source).collect();
                known.unwrap_or_else(|| self.terms.sources.iter().cloned().collect())
            }
        };
        if let Some(waiting) = self.requests.get_mut(&id) {
            waiting.sources.clone_from(&sources);
            match &scope {
                Scope::Stacks(names) => waiting.unknown.extend(names.iter().cloned()),
                Scope::All => waiting.wants_whole = Some((prune, known_bad)),
                Scope::Changed(_) => (),
            }
        }
        for source in &sources {
            let (asker, scope) = (asker.clone(), scope.clone());
            self.want(source, Ask { request: id, asker, scope, known_bad });
        }
    }

    /// Tells who asked for everything of stacks whose name cannot even be told.
    pub(super) fn tell_unreadable(&mut self, name: &SourceName, request: RequestId) {
        let (Some(source), Some(waiting)) =
            (self.sources.get(name), self.requests.get_mut(&request))
        else {
            return;
        };
        let Some(revision) = &source.revision else { return };
        waiting.report.warnings.extend(source.warnings.iter().cloned());
        let blocked = source.unreadable.iter().map(|(path, trouble)| StackRun {
            project: None,
            source: Some(name.clone()),
            stack: path.clone(),
            revision: revision.clone(),
            plan: None,
            diff: Vec::new(),
            outcome: RunOutcome::Blocked(trouble.clone()),
            warnings: Vec::new(),
        });
        waiting.report.runs.extend(blocked.map(std::sync::Arc::new));
    }

    /// Begins as many plans as may be made at once.
    pub(super) fn begin_plans(&mut self) {
        while self.planning < PLANS && !self.plans.is_empty() {
            let (id, asker, scope) = self.plans.remove(0);
            self.planning += 1;
            self.begin(Effect::Plan(id, asker, scope));
        }
    }

    pub(super) fn planned(&mut self, id: RequestId, result: Result<Report, Trouble>) {
        self.at_work = self.at_work.saturating_sub(1);
        self.planning = self.planning.saturating_sub(1);
        if let Some(waiting) = self.requests.get_mut(&id) {
            waiting.work = false;
            match result {
                Ok(report) => waiting.report = report,
                Err(trouble) => waiting.add(&[], Some(&trouble)),
            }
        }
        self.answer_when_done(id);
    }

    pub(super) fn reload(&mut self, id: Option<RequestId>) {
        if self.ending.is_none() {
            self.begin(Effect::Reload(id));
        }
    }

    /// The settings were read again; where they are wrong, those before stay.
    pub(super) fn reloaded(&mut self, id: Option<RequestId>, result: Result<Terms, Trouble>) {
        self.at_work = self.at_work.saturating_sub(1);
        let trouble = match result {
            Ok(terms) => {
                self.take_terms(terms);
                self.forget_sources();
                // Addresses and credentials may be others now.
                for source in self.sources.values_mut() {
                    source.is_due = true;
                }
                None
            }
            Err(trouble) => Some(trouble),
        };
        let problem = trouble.as_ref().map(Into::into);
        self.effects.push(Effect::Tell(What::Reloaded { problem }));
        if let Some(waiting) = id.and_then(|id| self.requests.get_mut(&id)) {
            waiting.work = false;
            waiting.add(&[], trouble.as_ref());
        }
        self.reload_trouble = trouble;
        if let Some(id) = id {
            self.answer_when_done(id);
        }
    }

    /// Answers a request of which nothing is left to do.
    pub(super) fn answer_when_done(&mut self, id: RequestId) {
        let Some(waiting) = self.requests.get_mut(&id) else { return };
        if waiting.sources.is_empty()
            && let Some(whole) = waiting.wants_whole.take()
        {
            waiting.whole = true;
            let asker = waiting.asker.clone();
            self.want_whole(whole, &asker, Some(id));
            return;
        }
        if !waiting.is_done() {
            return;
        }
        let Some(Waiting { mut report, unknown, .. }) = self.requests.remove(&id) else { return };
        if let Some(name) = unknown.into_iter().next().filter(|_| report.failed_sources.is_empty())
        {
            let known = self.stacks.keys().map(ToString::to_string).collect();
            report.troubles.push(Trouble::of(&reconcile::Error::NoSuchStack { name, known }));
        }
        self.answer(id, Outcome::Done(std::sync::Arc::new(report)));
    }

    pub(super) fn answer(&mut self, id: RequestId, outcome: Outcome) {
        let well = outcome.is_well();
        self.effects.push(Effect::Tell(What::Answered { request: id, well }));
        self.effects.push(Effect::Answer(id, outcome));
    }
}

/// Whether a person means this stack: by its project name, or its path in its source.
pub(super) fn is_called(project: &ProjectName, path: &Path, name: &str) -> bool {
    project.as_str() == name || path == Path::new(name.trim_end_matches('/'))
}
