//! Reading files of this machine for a tree.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt};
use std::path::Path;

use crate::model::tree::{Entry, MAX_FILE, TreeError};

/// What a Git LFS pointer begins with.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";
/// A Git LFS pointer is smaller than this.
const MAX_POINTER: usize = 1024;

/// What stands at `path`, a link not followed; `None` when nothing does.
pub(super) fn entry(path: &Path) -> Result<Option<Entry>, TreeError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(io_error(path, error)),
    };
    let kind = found.file_type();
    Ok(Some(if kind.is_symlink() {
        Entry::Symlink { target: fs::read_link(path).map_err(|error| io_error(path, error))? }
    } else if kind.is_dir() {
        Entry::Directory
    } else if kind.is_file() {
        Entry::File { executable: found.permissions().mode() & 0o100 != 0 }
    } else {
        Entry::Other
    }))
}

/// The contents of the file at `path`, links followed. `asked` is the path for messages.
pub(super) fn read(path: &Path, asked: &Path) -> Result<Vec<u8>, TreeError> {
    let asked_path = || asked.to_owned();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if is_missing(&error) => return Err(TreeError::Missing { path: asked_path() }),
        Err(error) => return Err(io_error(asked, error)),
    };
    if !found.is_file() {
        return Err(TreeError::NotAFile { path: asked_path() });
    }
    if found.len() > MAX_FILE {
        return Err(TreeError::TooLarge { path: asked_path() });
    }
    // The file may have been swapped or have grown meanwhile, and those of `/proc` tell no size and may block.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let mut contents = Vec::new();
    file.and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut contents))
        .map_err(|error| io_error(asked, error))?;
    if contents.len() as u64 > MAX_FILE {
        return Err(TreeError::TooLarge { path: asked_path() });
    }
    Ok(contents)
}

/// The names in the directory at `path`, sorted, links not followed.
pub(super) fn list(path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
    let entries = fs::read_dir(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            return TreeError::Missing { path: path.to_owned() };
        }
        io_error(path, error)
    })?;
    let mut names = Vec::new();
    for found in entries {
        let found = found.map_err(|error| io_error(path, error))?;
        // What is gone since the directory was read is not listed.
        if let Some(kind) = entry(&found.path())? {
            names.push((found.file_name().to_string_lossy().into_owned(), kind));
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

/// Refuses contents that are a Git LFS pointer.
pub(super) fn refuse_pointer(contents: Vec<u8>, asked: &Path) -> Result<Vec<u8>, TreeError> {
    if contents.len() < MAX_POINTER && contents.starts_with(LFS) {
        return Err(TreeError::LfsPointer { path: asked.to_owned() });
    }
    Ok(contents)
}

/// The error of a system call.
pub(super) fn io_error(path: &Path, source: io::Error) -> TreeError {
    TreeError::Io { path: path.to_owned(), source: Box::new(source) }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
