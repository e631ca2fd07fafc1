//! Reaching a directory below a trusted one without following a symbolic link: containers may write below a work
//! directory, and must not be able to lead Conductor elsewhere.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use super::error::Error;

/// An open directory and the name of a file in it.
pub(super) struct Spot {
    /// The directory.
    pub(super) directory: OwnedFd,
    /// The file's name in it.
    pub(super) name: PathBuf,
    /// The whole path, for messages.
    pub(super) path: PathBuf,
}

/// Whether directories that are missing on the way are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are made with these permissions.
    Make(u32),
    /// They are an error.
    Refuse,
}

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens the directory that holds `base`/`relative`, component by component.
pub(super) fn reach(base: &Path, relative: &Path, missing: Missing) -> Result<Spot, Error> {
    let path = base.join(relative);
    if let Missing::Make(_) = missing {
        fs::create_dir_all(base).map_err(|source| Error::io("make", base, source))?;
    }
    let outside = || Error::Outside { path: path.clone() };
    let mut names = Vec::new();
    for component in relative.components() {
        let Component::Normal(name) = component else { return Err(outside()) };
        names.push(name);
    }
    let last = names.pop().ok_or_else(outside)?;
    let mut directory =
        rustix::fs::openat(CWD, base, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|source| Error::io("open", base, source))?;
    let mut here = base.to_owned();
    for name in names {
        here.push(name);
        directory = step(&directory, Path::new(name), &here, missing)?;
    }
    Ok(Spot { directory, name: PathBuf::from(last), path })
}

fn step(directory: &OwnedFd, name: &Path, here: &Path, missing: Missing) -> Result<OwnedFd, Error> {
    let open = || rustix::fs::openat(directory, name, DIRECTORY, Mode::empty());
    match (open(), missing) {
        (Ok(next), _) => Ok(next),
        (Err(Errno::NOENT), Missing::Make(mode)) => {
            match rustix::fs::mkdirat(directory, name, Mode::from_raw_mode(mode)) {
                Ok(()) => {
                    let directory = open().map_err(|error| refused(here, error))?;
                    // Whatever the caller's umask is: containers read below it as other users.
                    rustix::fs::fchmod(&directory, Mode::from_raw_mode(mode))
                        .map_err(|error| Error::io("set the permissions of", here, error))?;
                    Ok(directory)
                }
                Err(Errno::EXIST) => open().map_err(|error| refused(here, error)),
                Err(error) => Err(Error::io("make", here, error)),
            }
        }
        (Err(error), _) => Err(refused(here, error)),
    }
}

fn refused(here: &Path, error: Errno) -> Error {
    match error {
        Errno::LOOP | Errno::NOTDIR => {
            Error::InTheWay { path: here.to_owned(), what: "not a directory, or a symbolic link" }
        }
        other => Error::io("open", here, other),
    }
}
