//! Conductor: GitOps for Docker Compose.
//!
//! The map of the house, in the order in which data flows. Values go down, one way: a revision of a git repository
//! (`source`) is decrypted (`secrets`) and rendered (`compose`) to what is desired; the engine and the disk
//! (`docker`, `files`) report what is observed; `plan` compares the two; `apply` carries the plan out. `reconcile` is one
//! such pass from end to end, `journal` remembers what cannot be observed again, `lint` checks what can be checked without
//! an engine, `heal` judges Docker's own health and says which remedy is next, `systemd` speaks with the service manager,
//! `healer` is the loop that looks, asks `heal`, and obeys, `notify` tells people what happened (`web` is
//! the one way out over HTTP), `daemon` does passes by itself for as long as it runs, `http` lets webhooks and programs in,
//! and `cli` is what people call.

pub mod model;
pub mod yaml;
pub mod config;
pub mod web;
pub mod source;
pub mod secrets;
pub mod compose;
pub mod plan;
pub mod docker;
pub mod files;
pub mod journal;
pub mod apply;
pub mod reconcile;
pub mod heal;
pub mod systemd;
pub mod healer;
pub mod lint;
pub mod report;
pub mod notify;
pub mod daemon;
pub mod http;
pub mod cli;
