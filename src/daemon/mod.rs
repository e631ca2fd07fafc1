//! One owner of the daemon's state, and workers around it.
//!
//! Everything that can happen is an [`Event`]; `state` takes one, changes itself, and answers with the [`Effect`]s to be
//! carried out. It never waits, reads no clock and touches nothing. `run` is the loop around it: it hands events in, starts
//! effects, publishes a [`crate::model::snapshot::Snapshot`]. `work` makes exactly one event of every effect, whatever
//! becomes of it, `workers` carry them out. A [`Handle`] is how everybody else asks, waits, reads and follows; `command` is what can be asked
//! for and how it is answered, `happening` what is told to those who follow, `logs` how what containers wrote is read, `terms` what the settings say about all this. `diary` writes what happens to the journal.

mod command;
mod diary;
mod effect;
mod event;
mod handle;
mod happening;
mod logs;
mod run;
mod state;
mod terms;
mod work;
mod workers;

pub use command::{
    Accepted, Command, Outcome, Refusal, Refused, Report, Request, RequestId, Scope, Sync,
};
pub use diary::keep_diary;
pub use effect::{Asker, Effect, Ending, Fact, Look, Note, Order, PassId, RollBack, WholeOrder};
pub use event::{
    Change, DockerEvent, EngineEvent, Event, Now, Running, Seen, StackFact, Survey, Touched, Why,
};
pub use handle::{Coming, Handle};
pub use happening::{Happening, OperationState, What};
pub use logs::Logs;
pub use run::{Daemon, People, Pulse, Start, run};
pub use state::State;
pub use terms::Terms;
pub use work::{Tell, Workers};
pub use workers::{Crew, Load};
