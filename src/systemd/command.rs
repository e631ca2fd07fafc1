//! The one door to other programs: readers of the system's journal, and service managers that are nothing but commands.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::error::Error;

/// How much of an answer is kept.
const MOST: u64 = 4 << 20;

/// Runs a program to its end, but not for ever, and answers what it printed. Blocks.
pub(super) fn run(line: &[String], limit: Duration) -> Result<String, Error> {
    let failed = |why: String| Error::Command { command: line.join(" "), why };
    let Some((program, arguments)) = line.split_first() else {
        return Err(failed("it is empty".into()));
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the named door: journalctl has no API, and rc.docker, synopkg and rc-service are programs"
    )]
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let reader = child.stdout.take().map(|stdout| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _read = stdout.take(MOST).read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| failed(error.to_string()))? {
            Some(status) => break status,
            None if began.elapsed() > limit => {
                let _killed = child.kill();
                let _waited = child.wait();
                return Err(failed(format!("it has not ended for {} s", limit.as_secs())));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if status.success() { Ok(text) } else { Err(failed(status.to_string())) }
}

/// The same, off the runtime's own threads.
pub async fn said(line: Vec<String>, limit: Duration) -> Result<String, Error> {
    let name = line.join(" ");
    let ran = tokio::task::spawn_blocking(move || run(&line, limit)).await;
    ran.unwrap_or_else(|error| Err(Error::Command { command: name, why: error.to_string() }))
}
