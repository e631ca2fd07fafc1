//! The rules of the Compose file as tables: which keys there are, what their values may look like and what they become.
//!
//! `shape` is what a table can say, `check` holds a value to it; `project`, `service`, `build`, `deploy` and `mounts` are the
//! tables, in the order in which Compose prints their members, `scalars` what many of them share.

mod build;
mod check;
mod deploy;
mod mounts;
mod project;
mod scalars;
mod service;
mod shape;

pub(super) use check::{check, check_project, fits};
pub(super) use project::{CONFIG, INCLUDES, MODEL, NETWORK, SECRET, VOLUME};
pub(super) use service::SERVICE;
pub(super) use shape::{NUMBER, Pairs, Record, Rule, Shape, To};
