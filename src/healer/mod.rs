//! The loop that keeps Docker well, from outside: looks, asks [`crate::heal`], and obeys.
//!
//! `setup` is what it needs to know, `look` asks the engine and the manager, `host` the machine, `kernel` its log, `pressure` how much waits, `reach` what a rebuild needs, `survey` what runs on the
//! engine, `losses` what that is made of and is gone; `evidence`, `treat`, `quarantine` and `remains` carry remedies out; `store` keeps the memory, so that a Conductor that was
//! killed goes on where it was; `health` is what others see; `run` joins them. Nothing here decides anything.

mod setup;
mod store;
mod host;
mod kernel;
mod pressure;
mod pause;
mod processes;
mod survey;
mod losses;
mod reach;
mod look;
mod evidence;
mod remains;
mod quarantine;
mod treat;
mod health;
mod run;

pub use health::{Health, Told};
pub use pause::{Paused, pause, resume};
pub use processes::docker_runs;
pub use quarantine::{Kept, kept, restore, would_move};
pub use run::run;
pub use setup::Setup;
pub use store::read as memory;
