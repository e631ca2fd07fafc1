//! The nouns that two or more stages share. Pure: no clock, no I/O, nothing foreign in a signature.
//!
//! `name` and `revision` say who something is, `tree` reads the files of one revision, `host_paths` is
//! what the engine's host calls our own files, `project` and `service` are
//! the typed Compose model, `desired` and `observed` are what the planner compares, `snapshot` is the daemon at one moment,
//! `secret` cannot be printed, and a `redactor` masks it in the words of others. A `notice` is what people hear of, through
//! a `channel`.

pub mod name;
pub mod revision;
pub mod secret;
pub mod provided;
pub mod redactor;
pub mod tree;
pub mod host_paths;
pub mod scalar;
pub mod parts;
mod mounts;
mod devices;
pub mod behaviour;
pub mod memory;
pub mod lines;
pub mod service;
pub mod project;
pub mod hash;
pub mod labels;
pub mod desired;
pub mod observed;
pub mod pull;
pub mod settings;
pub mod failure;
pub mod outcome;
pub mod notice;
pub mod channel;
pub mod snapshot;
pub mod logs;
pub mod webhook;
