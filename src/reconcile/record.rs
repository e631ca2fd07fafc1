//! Records a run in the journal: when it begins, each operation, and how it ended.
//!
//! A run in which nothing happens leaves no trace, and costs one look. The first operation begins the record; a thread of
//! its own writes, so that no operation waits for the disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::apply;
use crate::docker::PullProgress;
use crate::journal::{End, Ended, Journal, NewOperation, NewRun, RunId, Verdict};
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome, Trouble};
use crate::plan::Operation;
use crate::source::FetchProgress;

use super::context::Context;
use super::fetch::Terms;
use super::found::{Files, Found};
use super::progress::Progress;
use super::run::blocking;

/// The record of one run.
#[derive(Clone)]
pub(super) struct Recording(Arc<Inner>);

struct Inner {
    journal: Journal,
    run: NewRun,
    files: Files,
    begun: Instant,
    terms: Terms,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    writer: Option<Writer>,
    /// Where the operations of the next plan begin.
    places: usize,
    under_way: BTreeMap<usize, Instant>,
}

struct Writer {
    notes: mpsc::Sender<Note>,
    task: JoinHandle<()>,
}

/// What the writer writes.
enum Note {
    Begun(usize, NewOperation, i64),
    Ended(usize, Ended),
    Over(End),
}

impl Recording {
    /// Prepares the record of a run, which begins now.
    pub(super) fn of(context: &Context, found: &Found, terms: &Terms) -> Self {
        let run = NewRun {
            key: context.key(&found.project),
            source: found.source.clone(),
            stack: found.path.clone(),
            revision: found.files.revision(),
            commit: None,
            trigger: terms.trigger,
            caller: terms.caller.clone(),
            started: terms.by_now(),
        };
        Self(Arc::new(Inner {
            journal: context.journal.clone(),
            run,
            files: found.files.clone(),
            begun: Instant::now(),
            terms: terms.clone(),
            state: Mutex::default(),
        }))
    }

    /// The same terms, with this record among those who hear of each step.
    pub(super) fn terms(&self) -> Terms {
        let terms = self.0.terms.clone();
        Terms { progress: Arc::new(self.clone()), ..terms }
    }

    /// Ends the record, and waits until it is written. A run in which nothing happened is recorded only where it says
    /// something new.
    pub(super) async fn end(self, outcome: &Outcome) {
        let inner = self.0;
        let end = End {
            outcome: outcome.word(),
            done: outcome.done(),
            undone: outcome.left().len(),
            trouble: outcome.trouble().cloned(),
            ended: inner.terms.by_now(),
            took: inner.begun.elapsed(),
        };
        let writer = inner.state().writer.take();
        if let Some(Writer { notes, task }) = writer {
            notes.send(Note::Over(end)).ok();
            drop(notes);
            // What the writer could not write is among the journal's words.
            task.await.ok();
        } else {
            let outcome = outcome.clone();
            blocking(move || inner.note(&outcome, &end)).await.ok();
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run with who made its revision.
    fn new_run(&self) -> NewRun {
        let commit = match &self.files {
            Files::Git { mirror, revision } => mirror.commit(revision).ok(),
            Files::Directory { .. } => None,
        };
        NewRun { commit, ..self.run.clone() }
    }

    /// Notes a run without an operation, unless the last one of the stack says as much already.
    fn note(&self, outcome: &Outcome, end: &End) {
        let said: &[&str] = match outcome {
            Outcome::InSync => &["in sync", "changed"],
            Outcome::Held { .. } => &["held", "rolled back"],
            Outcome::Changed { .. }
            | Outcome::Blocked(_)
            | Outcome::Failed { .. }
            | Outcome::RolledBack { .. }
            | Outcome::Degraded { .. }
            | Outcome::Superseded { .. }
            | Outcome::Cancelled { .. } => &[],
        };
        let last = self.journal.last_run(&self.run.key).ok().flatten();
        let is_said = last.is_some_and(|last| {
            let word = last.outcome.as_deref().unwrap_or_default();
            last.revision == self.run.revision && said.contains(&word)
        });
        if !is_said {
            // A forgiving journal keeps what went wrong to itself.
            self.journal.note_run(&self.new_run(), end).ok();
        }
    }

    /// Hands a note to the writer, which begins with the first one.
    fn send(self: &Arc<Self>, state: &mut State, note: Note) {
        if self.journal.is_absent() {
            return;
        }
        let writer = state.writer.get_or_insert_with(|| {
            let (notes, inbox) = mpsc::channel();
            let inner = self.clone();
            Writer { notes, task: tokio::task::spawn_blocking(move || inner.write(&inbox)) }
        });
        writer.notes.send(note).ok();
    }

    fn write(&self, inbox: &mpsc::Receiver<Note>) {
        let run = self.journal.begin_run(&self.new_run()).unwrap_or(RunId(0));
        for note in inbox {
            match note {
                Note::Begun(place, operation, at) => {
                    self.journal.begin_operation((run, place), &operation, at).ok();
                }
                Note::Ended(place, ended) => {
                    self.journal.end_operation((run, place), &ended).ok();
                }
                Note::Over(end) => {
                    self.journal.end_run(run, &end).ok();
                }
            }
        }
    }

    fn started(self: &Arc<Self>, place: usize, operation: &Operation) {
        let mut state = self.state();
        state.places = state.places.max(place + 1);
        state.under_way.insert(place, Instant::now());
        let new = NewOperation {
            verb: operation.action.verb().to_owned(),
            subject: operation.action.subject(),
            service: operation.service.clone(),
            cause: operation.cause.to_string(),
        };
        self.send(&mut state, Note::Begun(place, new, self.terms.by_now()));
    }

    fn ended(self: &Arc<Self>, place: usize, verdict: Verdict, error: Option<String>) {
        let mut state = self.state();
        let began = state.under_way.remove(&place);
        let took = began.map_or(Duration::ZERO, |began| began.elapsed());
        self.send(&mut state, Note::Ended(place, Ended { verdict, took, error }));
    }
}

impl Progress for Recording {
    fn fetching(&self, source: &SourceName, progress: FetchProgress) {
        self.0.terms.progress.fetching(source, progress);
    }

    fn fetched(&self, source: &SourceName) {
        self.0.terms.progress.fetched(source);
    }

    fn project(&self, project: &ProjectName) -> Arc<dyn apply::Progress> {
        let base = self.0.state().places;
        Arc::new(Listener {
            inner: self.0.clone(),
            next: self.0.terms.progress.project(project),
            base,
        })
    }
}

/// Hears of the operations of one plan, and passes it on.
struct Listener {
    inner: Arc<Inner>,
    next: Arc<dyn apply::Progress>,
    base: usize,
}

impl apply::Progress for Listener {
    fn started(&self, operation: &Operation) {
        self.inner.started(self.base + operation.id.0, operation);
        self.next.started(operation);
    }

    fn finished(&self, operation: &Operation) {
        self.inner.ended(self.base + operation.id.0, Verdict::Done, None);
        self.next.finished(operation);
    }

    fn failed(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.ended(self.base + operation.id.0, Verdict::Failed, Some(in_a_line(trouble)));
        self.next.failed(operation, trouble);
    }

    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.ended(self.base + operation.id.0, Verdict::PassedOver, Some(in_a_line(trouble)));
        self.next.passed_over(operation, trouble);
    }

    fn broken_off(&self, operation: &Operation) {
        self.inner.ended(self.base + operation.id.0, Verdict::BrokenOff, None);
        self.next.broken_off(operation);
    }

    fn pulling(&self, operation: &Operation, step: &PullProgress) {
        self.next.pulling(operation, step);
    }

    fn waiting(&self, operation: &Operation, state: &str) {
        self.next.waiting(operation, state);
    }
}

fn in_a_line(trouble: &Trouble) -> String {
    std::iter::once(&trouble.error).chain(&trouble.causes).cloned().collect::<Vec<_>>().join(": ")
}
