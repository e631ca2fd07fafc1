//! Keeping a mirror sound: one writer at a time, leftovers of a killed one removed, damage noticed, a fresh one swapped in.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::Oid;

use super::error::Error;
use super::session::io_error;

/// With more packs than this a mirror is fetched anew: each fetch of a new revision adds one.
const MANY_PACKS: usize = 100;
/// How often a lock that another process holds is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Keeps every other writer of a mirror out until it is dropped; the kernel frees it when the process dies.
pub(super) struct Turn(
    #[expect(dead_code, reason = "the lock lives as long as the open file")] File,
);

/// Waits for the turn to write the mirror at `dir`; `None` when `goes_on` says no before.
pub(super) fn take_turn(dir: &Path, goes_on: &dyn Fn() -> bool) -> Result<Option<Turn>, Error> {
    if let Some(parent) = dir.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(|source| io_error(parent, source))?;
    }
    let path = dir.with_added_extension("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| io_error(&path, source))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Turn(file))),
            Err(TryLockError::WouldBlock) if goes_on() => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(io_error(&path, source)),
        }
    }
}

/// Where a fresh mirror is made before it takes the place of the one at `dir`.
pub(super) fn fresh(dir: &Path) -> PathBuf {
    dir.with_added_extension("new")
}

fn old(dir: &Path) -> PathBuf {
    dir.with_added_extension("old")
}

/// Removes what a killed process left behind; call it with the turn taken.
pub(super) fn sweep(dir: &Path) -> Result<(), Error> {
    if old(dir).exists() && !dir.exists() {
        fs::rename(old(dir), dir).map_err(|source| io_error(dir, source))?;
    }
    for leftover in [old(dir), fresh(dir)] {
        remove(&leftover)?;
    }
    sweep_files(dir).map_err(|source| io_error(dir, source))
}

/// Puts the fresh mirror in the place of the one at `dir`, if there is one.
pub(super) fn swap(dir: &Path) -> Result<(), Error> {
    let moved = if dir.exists() { fs::rename(dir, old(dir)) } else { Ok(()) };
    moved.and_then(|()| fs::rename(fresh(dir), dir)).map_err(|source| io_error(dir, source))?;
    remove(&old(dir))
}

/// Removes a directory or file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    let outcome = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    outcome.map_err(|source| io_error(path, source))
}

/// Removes lock files and half-written files of libgit2.
fn sweep_files(dir: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let is_lock = path.extension().is_some_and(|extension| extension == "lock");
        let is_half =
            path.file_name().is_some_and(|name| name.to_string_lossy().contains("_git2_"));
        if path.is_dir() {
            sweep_files(&path)?;
        } else if is_lock || is_half {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The file that says for which commit the objects were last read, and what the packs looked like then.
fn stamp_path(mirror: &Path) -> PathBuf {
    mirror.join("conductor-verified")
}

/// The commit, and name, size and time of each file with objects.
fn stamp(mirror: &Path, commit: Oid) -> io::Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(mirror.join("objects/pack"))? {
        let entry = entry?;
        let found = entry.metadata()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push(format!("{name} {} {}.{}", found.len(), found.mtime(), found.mtime_nsec()));
    }
    files.sort();
    let mut text = String::new();
    for line in std::iter::once(commit.to_string()).chain(files) {
        writeln!(text, "{line}").ok();
    }
    Ok(text)
}

/// Whether the objects of `commit` were read before, and no file with objects has changed since.
pub(super) fn is_verified(mirror: &Path, commit: Oid) -> bool {
    let noted = fs::read_to_string(stamp_path(mirror)).ok();
    noted.is_some() && noted == stamp(mirror, commit).ok()
}

/// Notes that the objects of `commit` were read.
pub(super) fn note_verified(mirror: &Path, commit: Oid) -> Result<(), Error> {
    stamp(mirror, commit)
        .and_then(|text| fs::write(stamp_path(mirror), text))
        .map_err(|source| io_error(mirror, source))
}

/// Forgets that any objects were read, so that the next fetch looks again.
pub(super) fn suspect(mirror: &Path) {
    fs::remove_file(stamp_path(mirror)).ok();
}

/// Whether so many packs have gathered that a fresh mirror is better.
pub(super) fn has_many_packs(mirror: &Path) -> bool {
    let packs = fs::read_dir(mirror.join("objects/pack")).into_iter().flatten().flatten();
    packs
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack"))
        .count()
        > MANY_PACKS
}
