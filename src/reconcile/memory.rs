//! What is remembered about containers, between the journal and the planner.
//!
//! A journal that cannot be read or written costs no run: what it would have told is then done once more, or told in
//! fewer words.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::apply;
use crate::docker::PullProgress;
use crate::journal::{AppliedInputs, Error, Journal, StackKey};
use crate::model::desired::Desired;
use crate::model::memory::{Applied, Memory};
use crate::model::name::ServiceName;
use crate::model::observed::Observed;
use crate::model::outcome::Trouble;
use crate::plan::{self, Action, Cause, Operation, Plan};

use super::fetch::Terms;
use super::run::{Conditions, Heed, Mode, blocking};

fn key_of(desired: &Desired) -> StackKey {
    StackKey { engine: desired.engine.clone(), project: desired.project.name.clone() }
}

/// What the journal remembers about the containers of a stack, as far as this run heeds it.
pub(super) async fn recall(conditions: &Conditions, desired: &Desired) -> Memory {
    let (journal, key) = (conditions.context.journal.clone(), key_of(desired));
    if journal.is_absent() {
        return Memory::default();
    }
    let heed = conditions.heed;
    let recalled = blocking(move || {
        let known = journal.applied_inputs(&key)?;
        let applied = known.into_iter().map(|(id, has)| (id, Applied::from_map(&has.inputs)));
        let applied = applied.collect();
        Ok::<_, Error>(match heed {
            Heed::Nothing => Memory { applied, ..Memory::default() },
            Heed::All => Memory {
                applied,
                stopped: journal.stopped_by_hand(&key)?.into_keys().collect(),
                heals: journal.heals(&key)?,
            },
        })
    });
    match recalled.await {
        Ok(Ok(memory)) => memory,
        Ok(Err(error)) => {
            tracing::warn!(%error, "cannot read what is remembered of containers");
            Memory::default()
        }
        Err(_ended) => Memory::default(),
    }
}

/// Forgets who was stopped by hand, where a run that is carried out heeds nothing: all of them are started.
pub(super) async fn forget_stops(conditions: &Conditions, desired: &Desired) {
    let (journal, key) = (conditions.context.journal.clone(), key_of(desired));
    if conditions.heed == Heed::All || conditions.mode == Mode::Plan || journal.is_absent() {
        return;
    }
    let forgotten = blocking(move || {
        let known = journal.stopped_by_hand(&key)?;
        if known.is_empty() { Ok(()) } else { journal.forget_all_stopped(&key) }
    });
    if let Ok(Err(error)) = forgotten.await {
        tracing::warn!(%error, "cannot forget which containers were stopped by hand");
    }
}

/// Remembers what containers that others made have read of the files that a plan is about to write over.
pub(super) async fn note_overwritten(
    conditions: &Conditions,
    desired: &Desired,
    (observed, plan): (&Observed, &Plan),
) {
    note_all(conditions, desired, plan::overwritten(desired, observed, plan)).await;
}

/// Remembers what containers have that nobody else tells about, once their stack is as it should be.
pub(super) async fn adopt(
    conditions: &Conditions,
    desired: &Desired,
    (observed, plan): (&Observed, &Plan),
) {
    note_all(conditions, desired, plan::adopted(desired, observed, plan)).await;
}

async fn note_all(
    conditions: &Conditions,
    desired: &Desired,
    adopted: Vec<(ServiceName, String, Applied)>,
) {
    if adopted.is_empty() || conditions.context.journal.is_absent() {
        return;
    }
    let (journal, key) = (conditions.context.journal.clone(), key_of(desired));
    let at = conditions.terms.now;
    let noted = blocking(move || {
        adopted.into_iter().try_for_each(|(service, id, applied)| {
            let applied = AppliedInputs { service, inputs: applied.to_map(), at };
            journal.note_applied(&key, &id, &applied)
        })
    });
    if let Ok(Err(error)) = noted.await {
        tell(&error);
    }
}

fn tell(error: &Error) {
    tracing::warn!(%error, "cannot remember what was applied to a container");
}

/// Remembers at once what each container got, and passes everything on.
pub(super) struct Noting<'d> {
    inner: Arc<dyn apply::Progress>,
    journal: Journal,
    desired: &'d Desired,
    terms: Terms,
    notes: Mutex<Vec<JoinHandle<()>>>,
}

impl<'d> Noting<'d> {
    pub(super) fn new(conditions: &Conditions, desired: &'d Desired) -> Self {
        Self {
            inner: conditions.terms.progress.project(&desired.project.name),
            journal: conditions.context.journal.clone(),
            desired,
            terms: conditions.terms.clone(),
            notes: Mutex::new(Vec::new()),
        }
    }

    /// Notes something on a thread of its own.
    fn note(&self, note: impl FnOnce(&Journal, &StackKey) -> Result<(), Error> + Send + 'static) {
        let (journal, key) = (self.journal.clone(), key_of(self.desired));
        let note = tokio::task::spawn_blocking(move || {
            if let Err(error) = note(&journal, &key) {
                tell(&error);
            }
        });
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Waits until everything is remembered.
    pub(super) async fn settle(self) {
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        for note in notes {
            // One that ended early has nothing more to say.
            note.await.unwrap_or_default();
        }
    }
}

impl apply::Progress for Noting<'_> {
    fn supplied(&self, service: &ServiceName, container: &str) {
        self.inner.supplied(service, container);
        let inputs = self.desired.inputs_of(service);
        if inputs.is_empty() || self.journal.is_absent() {
            return;
        }
        let inputs = Applied::of(container, inputs).to_map();
        let applied = AppliedInputs { service: service.clone(), inputs, at: self.terms.now };
        let container = container.to_owned();
        self.note(move |journal, key| journal.note_applied(key, &container, &applied));
    }

    fn started(&self, operation: &Operation) {
        self.inner.started(operation);
    }

    fn finished(&self, operation: &Operation) {
        self.inner.finished(operation);
        // What a person asks for counts against no budget.
        if let (Action::StartContainer { name }, Cause::Exited(_)) =
            (&operation.action, &operation.cause)
            && !self.terms.trigger.is_by_hand()
            && !self.journal.is_absent()
        {
            let (name, at) = (name.clone(), self.terms.by_now());
            self.note(move |journal, key| journal.note_heal(key, &name, at));
        }
    }

    fn failed(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.failed(operation, trouble);
    }

    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        self.inner.passed_over(operation, trouble);
        if let Action::RemoveContainer { name, broken: true } = &operation.action
            && !self.journal.is_absent()
        {
            let (name, at) = (name.clone(), self.terms.by_now());
            self.note(move |journal, key| journal.note_heal(key, &name, at));
        }
    }

    fn broken_off(&self, operation: &Operation) {
        self.inner.broken_off(operation);
    }

    fn pulling(&self, operation: &Operation, step: &PullProgress) {
        self.inner.pulling(operation, step);
    }

    fn waiting(&self, operation: &Operation, state: &str) {
        self.inner.waiting(operation, state);
    }
}
