//! Questions to a person at a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::file;
use crate::cli::failure::Error;
use crate::model::secret::Secret;

/// Whether somebody can be asked.
pub(in crate::cli) fn anybody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes; anything else is a no.
pub(in crate::cli) fn confirm(question: &str) -> bool {
    eprint(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).unwrap_or_default();
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A value from standard input: typed unseen on a terminal, else all of it.
pub(super) fn value(prompt: &str) -> Result<Secret, Error> {
    let input = io::stdin();
    if !input.is_terminal() {
        return file::read_input();
    }
    let before = tcgetattr(&input).ok();
    if let Some(mut quiet) = before.clone() {
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&input, OptionalActions::Flush, &quiet).unwrap_or_default();
    }
    eprint(prompt);
    let mut line = Vec::new();
    let read = input.lock().read_until(b'\n', &mut line);
    if let Some(before) = before {
        tcsetattr(&input, OptionalActions::Flush, &before).unwrap_or_default();
    }
    read.map_err(|source| Error::Read { path: "standard input".into(), source })?;
    Ok(Secret::new(line))
}

fn eprint(text: &str) {
    let mut out = io::stderr().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).unwrap_or_default();
}
