//! What readers see.

use super::core::State;
use super::source::Source;
use super::stack::Stack;
use crate::model::name::{ProjectName, SourceName};
use crate::model::snapshot::{
    EngineNow, HostNow, ProblemNow, QueuedNow, RequestNow, RunNow, Snapshot, SourceNow, StackNow,
};

impl State {
    /// Whether a request is accepted and not answered yet.
    pub fn is_waiting(&self, id: crate::daemon::RequestId) -> bool {
        self.requests.contains_key(&id)
    }

    /// This moment, for readers.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            since: self.since,
            at: self.now.seconds(),
            host: HostNow { name: self.terms.host.clone(), instance: self.terms.instance.clone() },
            phase: self.phase,
            engine: EngineNow {
                name: self.terms.engine.clone(),
                observed: self.engine.observed,
                error: self.engine.trouble.as_ref().map(Into::into),
                docker: self.docker.now.clone(),
                alone: self.docker.alone.clone(),
            },
            sources: self.sources.iter().map(|(name, known)| self.source(name, known)).collect(),
            stacks: self.stacks.iter().map(|(name, known)| self.stack(name, known)).collect(),
            runs: self.stacks.iter().filter_map(|(name, known)| run(name, known)).collect(),
            queue: self.queue(),
            requests: self
                .requests
                .iter()
                .map(|(id, waiting)| RequestNow {
                    id: id.0,
                    trigger: waiting.asker.trigger.word().to_owned(),
                    caller: waiting.asker.caller.clone(),
                    since: waiting.since,
                })
                .take(SHOWN)
                .collect(),
            journal: self.journal.trouble.clone(),
            warnings: self.warnings(),
            counters: self.counters.clone(),
        }
    }

    fn source(&self, name: &SourceName, source: &Source) -> SourceNow {
        let until = source.next.saturating_sub(self.now.mono);
        let until = i64::try_from(until.as_secs()).unwrap_or(i64::MAX);
        SourceNow {
            name: name.clone(),
            revision: source.revision.clone(),
            fetched: source.fetched,
            next: (!self.terms.poll.is_zero()).then(|| self.now.seconds().saturating_add(until)),
            fetching: source.fetching.is_some(),
            error: source.trouble.as_ref().map(Into::into),
            failures: source.failures,
            unreadable: source
                .unreadable
                .iter()
                .map(|(path, trouble)| (path.clone(), trouble.into()))
                .collect(),
        }
    }

    fn stack(&self, project: &ProjectName, stack: &Stack) -> StackNow {
        let source = stack.source.as_ref().and_then(|name| self.sources.get(name));
        StackNow {
            project: project.clone(),
            source: stack.source.clone(),
            path: stack.path.clone(),
            revision: source.and_then(|source| source.revision.clone()),
            applied: stack.applied.clone(),
            sync: stack.sync,
            health: stack.health(),
            suspended: stack.left_alone.as_ref().map(ToString::to_string),
            last_run: stack.last_run.clone(),
            services: stack.services.clone(),
        }
    }

    fn queue(&self) -> Vec<QueuedNow> {
        let mut queue: Vec<QueuedNow> = self
            .stacks
            .iter()
            .filter_map(|(project, stack)| {
                let pending = stack.pending.as_ref()?;
                let trigger = pending.asker.trigger.word().to_owned();
                Some(QueuedNow { project: project.clone(), trigger, since: pending.at })
            })
            .collect();
        queue.sort_by_key(|queued| queued.since);
        queue
    }

    /// Keeps what workers want people to know: the last words, each once.
    pub(super) fn keep_notices(&mut self, words: &[String]) {
        for word in words {
            self.notices.retain(|known| known != word);
            self.notices.push_back(word.clone());
        }
        while self.notices.len() > NOTICES {
            self.notices.pop_front();
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.notices.iter().cloned().collect();
        if let Some(trouble) = &self.reload_trouble {
            let problem = ProblemNow::from(trouble);
            warnings.push(format!("the settings stay as they were: {}", problem.error));
        }
        warnings.extend(self.journal_warnings());
        for (name, source) in &self.sources {
            warnings.extend(source.warnings.iter().map(|text| format!("source {name}: {text}")));
        }
        warnings
    }
}

/// How many words of workers are kept.
const NOTICES: usize = 20;
/// How many requests are shown.
const SHOWN: usize = 100;

fn run(project: &ProjectName, stack: &Stack) -> Option<RunNow> {
    let busy = stack.busy.as_ref()?;
    Some(RunNow {
        project: project.clone(),
        revision: busy.revision.clone(),
        trigger: busy.asker.trigger.word().to_owned(),
        caller: busy.asker.caller.clone(),
        began: busy.began,
    })
}
