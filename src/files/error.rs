//! Why a file cannot be laid out.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::failure::{Disposition, Failure};

/// Why a file cannot be laid out, or the state directory not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is below none of Conductor's places.
    #[error("`{}` is outside the directories that belong to Conductor", path.display())]
    Outside {
        /// The path.
        path: PathBuf,
    },
    /// Something else stands where a directory or file is to be.
    #[error("`{}` is in the way: it is {what}", path.display())]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// What it is, such as `a symbolic link`.
        what: &'static str,
    },
    /// The disk is full.
    #[error("cannot write `{}`: no space is left", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk is mounted read-only.
    #[error("cannot write `{}`: the file system is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Secrets would reach a disk.
    #[error("`{}` is not on a tmpfs, and secrets must not reach a disk", directory.display())]
    NotTmpfs {
        /// The directory.
        directory: PathBuf,
        /// Why Conductor could not mount one.
        #[source]
        source: io::Error,
    },
    /// Secrets would reach a disk, and this is a container.
    #[error("`{}` is not on a tmpfs of the host, and secrets must not reach a disk", directory.display())]
    NotShared {
        /// The directory.
        directory: PathBuf,
    },
    /// The system refused something else.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Takes an error of the system apart.
    pub(super) fn io(action: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        let (path, source) = (path.to_owned(), source.into());
        let kind = source.kind();
        if [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&kind) {
            Self::NoSpace { path, source }
        } else if kind == io::ErrorKind::ReadOnlyFilesystem {
            Self::ReadOnly { path, source }
        } else {
            Self::Io { action, path, source }
        }
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::NoSpace { .. } | Self::ReadOnly { .. } | Self::Io { .. } => {
                Disposition::RetryAfter(Duration::from_mins(1))
            }
            Self::Outside { .. } | Self::InTheWay { .. } => Disposition::WaitForChange,
            Self::NotTmpfs { .. } | Self::NotShared { .. } => Disposition::Fatal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::InTheWay { path, what } if *what == "a directory" => Some(format!(
                "an engine makes a directory where a mounted file is missing; look into `{}`, and remove it if nothing in it is needed",
                path.display()
            )),
            Self::InTheWay { path, .. } => Some(format!("move `{}` away", path.display())),
            Self::NoSpace { .. } => Some("make room on the disk, then run it again".to_owned()),
            Self::NotTmpfs { directory, .. } => Some(format!(
                "mount one (`mount -t tmpfs -o mode=0700 tmpfs {}`), or choose a directory on a tmpfs with `CONDUCTOR_RUNTIME_DIR`",
                directory.display()
            )),
            Self::NotShared { directory } => Some(format!(
                "mount a directory of the host over `{}` that is memory there, such as `/run/conductor`",
                directory.parent().unwrap_or(directory).display()
            )),
            Self::Io { source, path, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some(format!("run it as a user who may write to `{}`", path.display()))
            }
            Self::Outside { .. } | Self::ReadOnly { .. } | Self::Io { .. } => None,
        }
    }
}
