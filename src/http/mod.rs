//! The doors: webhooks and requests in, a snapshot of the daemon out.
//!
//! `hooks` is pure: what a webhook proves and asks for. `bucket` (how much one address may send) and `client` (who that
//! is, behind proxies) are pure, too. `serve` takes connections and keeps them within bounds, each of them `patient` for a while; `receive` is what answers
//! webhooks, `api` programs and the command line, `metrics` Prometheus. `rules` is what the settings say about all of it,
//! with the secrets; `doors` opens everything, and takes new rules while it is open.

pub mod hooks;
mod bucket;
mod client;
mod peer;
mod answer;
mod tally;
mod seen_file;
mod rules;
mod error;
mod patient;
mod serve;
mod receive;
mod sse;
mod api;
mod metrics;
mod doors;

#[cfg(test)]
mod tests;

pub use doors::{Doors, Surroundings};
pub use error::Error;
pub use rules::Rules;
