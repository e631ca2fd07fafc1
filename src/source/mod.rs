//! Git: a bare mirror, the tree of a revision, and the stacks in it.
//!
//! `address` reads a source's URL, `mirror` keeps what was fetched (`network` and `local` are its two ways in, `session`
//! is one conversation with a server: credentials, pinned host keys, progress, and what an error means).
//! `git_tree` and `dir_tree` answer reads; `discovery` finds the stacks in them.

mod address;
mod error;
mod library;
mod credentials;
mod known_hosts;
mod session;
mod network;
mod local;
mod objects;
mod mirror;
mod upkeep;
mod links;
mod disk;
mod git_tree;
mod dir_tree;
mod discovery;
mod ignored;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use address::{Address, Place};
pub use credentials::{Credentials, KeyProblem, Tried};
pub use dir_tree::{DirTree, Links};
pub use discovery::{COMPOSE_FILES, Discovery, OVERRIDE_FILES, Skip, StackDir, stacks};
pub use error::{Error, GitSaid};
pub use git_tree::GitTree;
pub use ignored::ignored;
pub use library::prepare;
pub use mirror::{FetchProgress, Keep, Mirror, Remote};
