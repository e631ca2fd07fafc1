//! Logs, on standard error.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;

use super::screen::Screen;
use crate::config::Environment;

/// Standard error, from which what is being drawn there is taken away while something is written.
struct Log(MultiProgress);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// Starts logging: `RUST_LOG` decides, else the number of `-v`.
pub(super) fn start(environment: &Environment, screen: &Screen, verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "conductor=info,warn",
        2 => "conductor=debug,info",
        _ => "trace",
    };
    let directives = environment.get("RUST_LOG").unwrap_or(level);
    let filter = EnvFilter::builder().parse_lossy(directives);
    let bars = screen.bars().clone();
    // Fails when there is a subscriber already, as in tests: then that one serves.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Log(bars.clone()))
        .with_ansi(false)
        .with_target(verbose > 1)
        .try_init()
        .ok();
}
