//! Asking the person at the terminal for a passphrase, without showing it.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::model::secret::Secret;

/// Bytes of a passphrase at most.
const MAX: usize = 1024;

/// The terminal with its echo off; on again when this goes.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn open() -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        tcsetattr(&self.terminal, OptionalActions::Flush, &self.before).ok();
    }
}

/// The passphrase of what `origin` holds; `None` without a terminal.
pub(super) fn passphrase(origin: &str) -> Option<Secret> {
    let mut silent = Silent::open().ok()?;
    write!(silent.terminal, "Passphrase of `{origin}`: ").ok()?;
    let mut line = Vec::with_capacity(MAX);
    let mut byte = [0];
    while line.len() < MAX && silent.terminal.read(&mut byte).ok()? == 1 && byte != *b"\n" {
        line.push(byte[0]);
    }
    Some(Secret::new(line))
}

/// Whether there is somebody at a terminal, who would see the question: not in a script whose errors go elsewhere.
pub(super) fn is_possible() -> bool {
    io::stderr().is_terminal() && OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
}
