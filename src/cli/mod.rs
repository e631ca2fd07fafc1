//! The command line: a file per subcommand. Parses, calls, prints; nothing else prints.
//!
//! `arguments` and `checks` are what can be typed (`alone` reads most of it, sooner), `target` and `project` what it is about, `pass` what `sync` and `plan` share, `known` which stack is meant, `session` what every command has at hand, `screen` where
//! its words go, `failure` how errors end it, `interrupt` what Ctrl-C does, `remote` how the daemon is asked where it is in
//! charge. `serve` runs the daemon, with its `doors`, `signals`, its `heartbeat` for systemd, its `tidings` for the log, its
//! `notices` for people (and what they were `told`), and little `memory`. `secrets` has
//! subcommands of its own.

mod arguments;
mod checks;
mod alone;
mod failure;
mod input;
mod interrupt;
mod logging;
mod progress;
mod prompt;
mod screen;
mod session;
mod target;
mod project;
mod pass;
mod sync;
mod plan;
mod rollback;
mod adopt;
mod status;
mod render;
mod config;
mod config_lists;
mod lint;
mod digests;
mod stacks;
mod known;
mod history;
mod why;
mod suspend;
mod remote;
mod events;
mod serve;
mod doors;
mod heartbeat;
mod notices;
mod signals;
mod tidings;
mod told;
mod secrets;
mod docker;
mod hardening;
mod memory;
mod start;

pub use start::main;
