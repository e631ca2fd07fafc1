//! The service manager: Docker's units, seen and treated from outside.
//!
//! [`Manager`] is whichever manager this machine has, and `sight` what it sees; for systemd `bus` speaks D-Bus with it, `unit` reads what a unit
//! says of itself, `watch` notes who stops Docker as it happens, and `log` reads the system's journal. Other managers
//! (`others`) are a few commands each. `first` starts units that have to run before Docker's. `notify` is what this service itself tells systemd. A manager that does not answer is unknown, never "Docker is down".

mod error;
mod clock;
mod bus;
mod names;
mod unit;
mod watch;
mod command;
mod log;
mod others;
mod manager;
mod sight;
mod first;
mod notify;

#[cfg(test)]
mod tests;

pub use clock::{boot, up};
pub use command::said;
pub use error::Error;
pub use first::{reload_units, start_first};
pub use manager::{Kind, Manager};
pub use names::Names;
pub use notify::{Tidings, tell, watchdog};
pub use others::{Commands, Wanted};
