//! Docker as a patient: facts and time in, a verdict and at most one remedy out. Pure: no clock, no I/O.
//!
//! `facts` and `units` are what is known, `blocker` and `lost` read a log, `memory` is what is kept between two looks and on disk,
//! `policy` is what a person allows. `intent` decides whether Docker is wanted at all, `examine` what is wrong with it,
//! `ladder` which remedy is next, `ledger` whether it may be used now, and `judge` joins them; a `note` is
//! a line of an illness's history:
//!
//! ```text
//! loop { verdict = memory.judge(&policy, &facts); save(memory); if let Some(remedy) = verdict.remedy {
//!        carry_out(remedy); memory.ended(now); } }
//! ```
//!
//! A remedy is noted in the memory before it is handed out. Who is killed in the middle of one calls
//! [`Memory::resume`] first, and neither its budget nor its place on the ladder is lost.

mod time;
mod units;
mod facts;
mod blocker;
mod lost;
mod remedy;
mod ledger;
mod policy;
mod state;
mod memory;
mod intent;
mod examine;
mod ladder;
mod note;
mod judge;

#[cfg(test)]
mod tests;

pub use blocker::Blocker;
pub use facts::{
    Ailing, Ailment, Answer, Canary, Disk, Facts, Host, Identity, Pause, Reply, Survey,
};
pub use judge::{Pace, Verdict};
pub use ledger::{Entry, Ledger, Refusal};
pub use lost::Lost;
pub use memory::{Begun, Episode, Memory};
pub use note::{Note, NoteKind};
pub use policy::{Mode, Patience, Policy};
pub use remedy::{DAILY, HOURLY, Limits, Remedy, Step, Target};
pub use state::State;
pub use time::{Now, Up};
pub use units::{Active, Enabled, Restarts, Sight, Stop, System, Unit, Units};
