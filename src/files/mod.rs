//! What containers need from the repository, laid out on disk or tmpfs. Blocking.
//!
//! `observe` tells what is there, `write` lays one file out and `remove` takes one away: only ever below the two places
//! that are Conductor's own (`places`), and never through a symbolic link. `record` remembers what was written. `tmpfs` sees to it that secrets stay in memory;
//! `lock` lets one Conductor at a time act.

mod error;
mod places;
mod beneath;
mod observe;
mod write;
mod record;
mod tmpfs;
mod lock;
#[cfg(test)]
mod container_tests;

pub use error::Error;
pub use lock::Lock;
pub use observe::{add_old_texts, observe};
pub use places::{Elsewhere, Places};
pub use tmpfs::{is_memory, ready_tmpfs};
pub use write::{remove, write};
