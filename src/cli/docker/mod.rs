//! `conductor docker …`: Docker itself, its health and what was done for it.

pub(in crate::cli) mod arguments;
mod setup;
mod progress;
mod beside;
mod status;
mod watch;
mod acts;
mod incidents;
mod note;
mod aside;
mod drop_in;
mod run;

pub(in crate::cli) use beside::{Around, Beside};
pub(in crate::cli) use note::{note, value};
pub(in crate::cli) use progress::Progress;
pub(in crate::cli) use run::run;
use setup::setup;
pub(in crate::cli) use setup::{gate, illness, left_alone};
