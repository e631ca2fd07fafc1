//! Carries a plan out; decides nothing.
//!
//! `schedule` begins whatever is ready, `act` hands one operation to the engine or to the disk, `wait` watches containers
//! until they are what somebody waits for, `hooks` runs what services want around starts and stops, `progress` is told about each step.

mod progress;
mod error;
mod schedule;
mod wait;
mod hooks;
mod act;

pub use act::{Hands, apply};
pub use error::Error;
pub use progress::{Progress, Silent};
pub use schedule::{Blame, Report};
