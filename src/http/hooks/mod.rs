//! What a webhook proves and asks for. Pure: headers, body, secrets and the time in; a verdict out.
//!
//! `judge` is the whole: it finds the hooks of a provider whose credentials hold (`check`, `standard`), reads what is said
//! (a file per provider), and asks the hook's filters (`filter`) and the sources (`address`) what it means here. `seen`
//! remembers what must not count twice.
//!
//! A webhook can only ask for a run: nothing that it carries reaches a container.

mod verdict;
mod delivery;
mod check;
mod standard;
mod body;
mod push;
mod github;
mod gitlab;
mod gitea;
mod bitbucket;
mod bitbucket_server;
mod azure;
mod docker_hub;
mod ghcr;
mod distribution;
mod generic;
mod address;
mod filter;
mod judge;
mod seen;

#[cfg(test)]
mod tests;

pub use address::Followed;
pub(super) use check::same;
pub use check::{Basic, Hook};
#[cfg(test)]
pub(super) use check::{hex, hmac};
pub use delivery::Delivery;
pub use judge::{Judgement, judge};
pub use seen::Seen;
pub use verdict::{Asked, Digest, Image, Once, Verdict};
