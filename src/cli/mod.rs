//! The command line: a file per subcommand. Parses, calls, prints; nothing else prints.
//!
//! `arguments` is what can be typed, `target` what it is about, `session` what every command has at hand, `screen` where
//! its words go, `failure` how errors end it, `interrupt` what Ctrl-C does.

#![expect(dead_code, reason = "`sync`, `plan`, `config` and `stacks` come next")]

mod arguments;
mod failure;
mod interrupt;
mod logging;
mod progress;
mod screen;
mod session;
mod target;
mod project;
mod render;
mod config;
mod status;
mod start;

pub use start::main;
