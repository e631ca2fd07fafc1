//! Programs: where they are, what they say, and waiting for conditions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::missing::Missing;

/// What a program said and how it ended. Look at it: `stdout()` for success, `failed(code)` for a failure.
#[must_use = "look at the output, or assert how the program ended"]
#[derive(Debug)]
pub(crate) struct Ran {
    line: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Asserts exit code 0; gives the standard output.
    pub(crate) fn stdout(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.out
    }

    /// Asserts the exit code; gives the standard error.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self}");
        self.err
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, code, out, err } = self;
        write!(f, "{line}\nexit code {code:?}\n--- stdout\n{out}\n--- stderr\n{err}")
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let line = format!("{command:?}");
    match command.output() {
        Ok(Output { status, stdout, stderr }) => Ran {
            line,
            code: status.code(),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        },
        Err(error) => panic!("cannot run {line}: {error}"),
    }
}

/// A program of this machine, also where `/usr/sbin` is not on the path.
pub(crate) fn program(name: &str) -> Result<PathBuf, Missing> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"])
        .map(|directory| Path::new(directory).join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| Missing(format!("the program `{name}`")))
}

/// Waits until there is a value; after `limit` fails with what was waited for.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = probe() {
            return value;
        }
        assert!(start.elapsed() < limit, "no {what} after {limit:?}");
        sleep(Duration::from_millis(20));
    }
}

/// Waits until a condition holds.
pub(crate) fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    wait_for(what, limit, || holds().then_some(()));
}
