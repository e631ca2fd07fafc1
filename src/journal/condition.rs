//! How a journal is doing under whoever goes on with it, whatever becomes of it.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, OpenFlags};

use super::error::Error;
use super::open::PATIENCE;
use super::store::{Journal, Keep, Store};

/// How a forgiving journal is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// Why nothing can be noted now, if nothing can.
    pub trouble: Option<String>,
    /// Calls that failed.
    pub failures: u64,
    /// How often a file was given up, and a fresh one begun.
    pub set_aside: u64,
    /// What was said the last time.
    pub last_word: Option<String>,
}

/// How long after a whole check nobody checks again what looks like a journal.
const CALM: i64 = 600;
/// How a journal's file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What tells one state of a file from another: its device and number, its length, when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looks {
    file: (u64, u64),
    length: u64,
    written: (i64, i64),
    /// When it was checked as a whole.
    checked: i64,
}

impl Looks {
    pub(super) fn of(path: &Path, checked: i64) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            file: (found.dev(), found.ino()),
            length: found.len(),
            written: (found.mtime(), found.mtime_nsec()),
            checked,
        })
    }

    /// Whether it is the same file, however it was written to.
    pub(super) fn is_file_of(self, seen: Option<Self>) -> bool {
        seen.is_some_and(|seen| seen.file == self.file)
    }
}

impl Journal {
    /// Looks whether the file is still the one that was opened, and whole; a forgiving journal begins a fresh one where it is
    /// not. Costs next to nothing while nobody has written to it. `now` is the time, for the name of a damaged one.
    pub fn look(&self, now: i64) -> Result<(), Error> {
        self.tell_time(now);
        let Some(store) = &self.store else { return Ok(()) };
        self.forgive_failure(store.look(now))
    }

    /// Tries whether something can be noted, after it could not.
    pub fn try_out(&self) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| {
            let sql = "INSERT INTO meta VALUES ('tried', ?1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            // More than the room that is left in pages that are there.
            journal.execute(sql, ["x".repeat(16 << 10)])?;
            journal.execute("DELETE FROM meta WHERE key = 'tried'", []).map(drop)
        })
    }
}

impl Store {
    fn look(&self, now: i64) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *seen;
        let checked = before.map_or(0, |seen| seen.checked);
        let found = Looks::of(&self.path, checked).filter(|found| found.is_file_of(before));
        let Some(found) = found.filter(|_| !self.is_lost.load(Ordering::Relaxed)) else {
            return Err(Error::Gone { path: self.path.clone() });
        };
        let is_due = (now - checked).abs() >= CALM || !begins_well(&self.path);
        if Some(found) != before && is_due {
            whole(&self.path)?;
            *seen = Some(Looks { checked: now, ..found });
        }
        Ok(())
    }
}

/// Whether it begins as a journal does. One whose contents are still in its log alone need not.
fn begins_well(path: &Path) -> bool {
    let mut first = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == MAGIC
}

/// Checks the file as another process would see it.
fn whole(path: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let checked = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
    });
    match checked.map_err(|source| Error::of(path, source))?.as_str() {
        "ok" => Ok(()),
        found => Err(Error::Torn { path: path.to_owned(), found: found.to_owned() }),
    }
}
