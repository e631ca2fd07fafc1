//! Opening: makes what is missing, sets aside what is damaged, refuses what comes from the future.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::Error;
use super::schema;
use super::store::Journal;

/// How long a call waits for another process that writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// What stands behind the name of each file that belongs to a journal.
const ALL: [&str; 3] = [WAL, INDEX, ""];
const WAL: &str = "-wal";
const INDEX: &str = "-shm";

/// A journal that was opened to be written, and what a person should know about it.
#[derive(Debug)]
pub struct Opened {
    /// The journal; [`Journal::absent`] where none can be kept.
    pub journal: Journal,
    /// What happened to it, in words.
    pub warnings: Vec<String>,
}

impl Journal {
    /// Opens the journal at `path` to be written, and makes it where it is missing. A damaged one is set aside, and one that
    /// cannot be kept is absent: both are told, and neither is a failure. Fails only for a journal of the future.
    pub fn open(path: &Path, now: i64) -> Result<Opened, Error> {
        let mut warnings = Vec::new();
        let opened = match open_to_write(path) {
            Err(error) if error.is_damage() => set_aside(path, now, &ALL).and_then(|kept| {
                warnings.push(set_aside_warning(path, &kept));
                open_to_write(path)
            }),
            other => other,
        };
        let journal = match opened {
            Ok(connection) => Self::of(path, connection),
            Err(error @ Error::Newer { .. }) => return Err(error),
            Err(
                error @ (Error::Damaged { .. }
                | Error::Torn { .. }
                | Error::Gone { .. }
                | Error::NoSpace { .. }
                | Error::Unusable { .. }
                | Error::Io { .. }),
            ) => {
                warnings.push(format!("{}; going on without a journal", error.in_words()));
                Self::absent()
            }
        };
        Ok(Opened { journal, warnings })
    }

    /// Opens the journal at `path` to be read only; [`Journal::absent`] where there is none. Another process may write it
    /// meanwhile.
    pub fn read(path: &Path) -> Result<Self, Error> {
        match fs::metadata(path) {
            Ok(found) if found.len() > 0 => (),
            Ok(_empty) => return Ok(Self::absent()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::absent()),
            Err(source) => {
                return Err(Error::Io { action: "read", path: path.to_owned(), source });
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |source| Error::of(path, source);
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        connection.busy_timeout(PATIENCE).map_err(fail)?;
        let version = check(path, &connection)?;
        if version.schema == 0 { Ok(Self::absent()) } else { Ok(Self::of(path, connection)) }
    }

    /// Sets the file aside and begins a fresh one behind the same handle, after a call failed with damage. One that another
    /// file took the place of is gone already; that other one is opened, if it is a journal. Answers with a word for people.
    pub fn renew(&self, now: i64) -> Result<String, Error> {
        let Some(store) = &self.store else { return Ok(String::new()) };
        let path = &store.path;
        let mut connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let nowhere = Connection::open_in_memory().map_err(|source| Error::of(path, source))?;
        drop(std::mem::replace(&mut *connection, nowhere));
        let word = if store.is_lost.swap(true, Ordering::Relaxed) {
            format!("the journal `{}` begins anew", path.display())
        } else if store.is_there() {
            set_aside_warning(path, &set_aside(path, now, &ALL)?)
        } else {
            // What is left of the one before is no part of what is there now.
            let _kept = set_aside(path, now, &[WAL, INDEX])?;
            Error::Gone { path: path.clone() }.to_string()
        };
        *connection = match open_to_write(path) {
            Err(error) if error.is_damage() => {
                set_aside(path, now, &ALL).and_then(|_kept| open_to_write(path))
            }
            opened => opened,
        }?;
        store.opened();
        Ok(word)
    }
}

fn set_aside_warning(path: &Path, kept: &Path) -> String {
    format!(
        "the journal `{}` was damaged: it is kept as `{}`, and a fresh one begins; history, last good revisions and suspensions are forgotten",
        path.display(),
        kept.display()
    )
}

fn open_to_write(path: &Path) -> Result<Connection, Error> {
    prepare_file(path)?;
    let fail = |source| Error::of(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    connection.busy_timeout(PATIENCE).map_err(fail)?;
    if check(path, &connection)?.schema == 0 {
        // Before the first table, or it has no effect.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(fail)?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(())).map_err(fail)?;
    // A pass that changes nothing must not wait for the disk when it closes the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(fail)?;
    schema::migrate(&mut connection).map_err(fail)?;
    Ok(connection)
}

/// Refuses a file that a newer Conductor wrote and that we cannot read.
fn check(path: &Path, connection: &Connection) -> Result<schema::Version, Error> {
    let version = schema::version(connection).map_err(|source| Error::of(path, source))?;
    if version.oldest_reader > schema::ours() {
        return Err(Error::Newer {
            path: path.to_owned(),
            schema: version.schema,
            oldest_reader: version.oldest_reader,
        });
    }
    Ok(version)
}

/// Makes the directory and an empty file that only this user can read, which SQLite then fills.
fn prepare_file(path: &Path) -> Result<(), Error> {
    let io = |action, path: &Path, source| Error::Io { action, path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).map_err(|source| io("make", directory, source))?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop).map_err(|source| io("open", path, source))
}

/// Gives a damaged journal a name of its own: `journal.db.damaged-<time>`. What belongs to it goes with it.
fn set_aside(path: &Path, now: i64, ends: &[&str]) -> Result<PathBuf, Error> {
    let kept = (0..100)
        .map(|number| with_end(path, &format!(".damaged-{}{}", stamp(now), numbered(number))))
        .find(|candidate| fs::symlink_metadata(candidate).is_err())
        .unwrap_or_else(|| with_end(path, ".damaged"));
    for end in ends {
        let from = with_end(path, end);
        match fs::rename(&from, with_end(&kept, end)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(Error::Io { action: "rename", path: from, source });
            }
            Ok(()) | Err(_) => (),
        }
    }
    Ok(kept)
}

fn numbered(number: u32) -> String {
    if number == 0 { String::new() } else { format!("-{number}") }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

/// A time as part of a file name: `20261121T134500Z`.
fn stamp(now: i64) -> String {
    jiff::Timestamp::from_second(now)
        .map_or_else(|_error| now.to_string(), |time| time.strftime("%Y%m%dT%H%M%SZ").to_string())
}
