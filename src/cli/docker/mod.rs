//! `conductor docker …`: Docker itself, its health and what was done for it.

pub(in crate::cli) mod arguments;
mod setup;
mod status;
mod watch;
mod acts;
mod incidents;
mod aside;
mod run;

pub(in crate::cli) use run::run;
use setup::setup;
