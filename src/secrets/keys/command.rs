//! The one command that secrets may run: the one that prints age identities, where the settings allow it.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::source::bounded;
use super::words;
use crate::model::secret::Secret;
use crate::secrets::error::Error;

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What the command prints.
pub(super) fn run(origin: &str, line: &str) -> Result<Secret, Error> {
    let fail = |reason: String| Error::Command { origin: origin.to_owned(), reason };
    let words = words::split(line).ok_or_else(|| fail("a quote is not closed".to_owned()))?;
    let (program, arguments) = words.split_first().ok_or_else(|| fail("it is empty".to_owned()))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the named door: a command of the user's, only where the settings allow it"
    )]
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
    let Some(stdout) = child.stdout.take() else { return Err(fail("it has no output".to_owned())) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the time is over.
        sender.send(bounded(stdout)).ok();
    });
    let Ok(read) = receiver.recv_timeout(LIMIT) else {
        child.kill().ok();
        child.wait().ok();
        return Err(fail(format!("it took longer than {} s", LIMIT.as_secs())));
    };
    let status = child.wait().map_err(|error| fail(error.to_string()))?;
    if !status.success() {
        return Err(fail(status.to_string()));
    }
    read.map_err(|error| fail(error.to_string()))
}
