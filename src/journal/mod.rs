//! What Conductor remembers: one SQLite file, `<state>/journal.db`.
//!
//! It holds what cannot be observed again: runs with their operations and causes (`runs`, `operations`), what was good and
//! bad and who said stop (`verdicts`), what containers have been through (`containers`), which were started again
//! and which images runs brought (`heals`), what a person allowed a source to
//! lose (`sources`), the illnesses of Docker itself (`incidents`), and what else happened (`events`). Everything of a stack is keyed by engine and project ([`StackKey`]).
//!
//! **How to use it.** [`Journal`] is cheap to clone; every call blocks for a moment, so it belongs on a worker thread.
//! [`Journal::open`] makes the file where it is missing and sets a damaged one aside; [`Journal::read`] never writes, and
//! [`Journal::absent`] answers every question with nothing and takes every note without a word, so that a run goes on
//! without a journal. A failure is an [`Error`]; a run asks a [`Journal::forgiving`] one, which never fails it: it sets
//! a damaged file aside by itself, answers like an absent one, and keeps what went wrong for [`Journal::words`] (`condition` says how it is doing).
//! Times are seconds since 1970 and always arguments.
//!
//! **What lasts.** Verdicts, container notes and confirmations are on the disk when their call returns. Runs and operations
//! outlive the end of this process at any instant, but not always a power cut. Reading never waits for a writer.
//!
//! **What it never holds:** a secret. Texts come redacted; inputs are told by digest, never by value.
//!
//! **How it grows.** `schema` holds the migrations. To remember more, append one: it may add tables, columns and indexes,
//! and may change nothing that is there, so that an older Conductor still reads the file after an update is undone.

mod error;
mod schema;
mod store;
mod open;
mod values;
mod runs;
mod operations;
mod verdicts;
mod containers;
mod heals;
mod sources;
mod incidents;
mod events;
mod condition;
mod upkeep;

#[cfg(test)]
mod tests;

pub use condition::Condition;
pub use containers::{AppliedInputs, StoppedByHand};
pub use error::Error;
pub use events::{EventRecord, NewEvent};
pub use heals::{Images, PulledImage};
pub use incidents::{Incident, IncidentId, IncidentLine};
pub use open::Opened;
pub use operations::{Ended, NewOperation, OperationRecord, Verdict};
pub use runs::{End, NewRun, Run, RunId, Selection, StoredTrouble, Trigger};
pub use sources::Confirmation;
pub use store::{Journal, StackKey};
pub use upkeep::Bounds;
pub use verdicts::{BadRevision, LastGood, PinnedImage, Suspension};
