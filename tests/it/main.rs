//! End-to-end tests: real engines, a real git server, a real registry.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start the programs they test against, and read their own settings"
)]
#![expect(clippy::print_stdout, reason = "a skipped test says what is missing")]

mod support;

mod adoption;
mod architecture;
mod bad_input;
mod chroot;
mod cli;
mod compose_cli;
mod contained;
mod daemon;
mod engine;
mod harness;
mod image;
mod monitoring;
mod promises;
mod reconcile;
mod source;
mod systemd;
