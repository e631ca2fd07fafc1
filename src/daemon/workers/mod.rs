//! Those who carry effects out: git, passes, the engine, the journal. Each effect ends in one event.
//!
//! `crew` hands each effect to its place: `fetch` looks what a source has, `passes` brings stacks in line (and tells of each
//! operation through a `sink`), `look` lists containers and listens to the engine, `logs` reads what they wrote, `notes` writes to the journal, `reload`
//! takes new settings.

mod crew;
mod fetch;
mod logs;
mod look;
mod notes;
mod passes;
mod reload;
mod sink;

pub use crew::{Crew, Load};
