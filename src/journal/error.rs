//! Why the journal cannot be used.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::failure::{Disposition, Failure};

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer Conductor wrote it, in a way that this one cannot read.
    #[error(
        "the journal `{}` was written by a newer Conductor (schema {schema}, readable from {oldest_reader} on)",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        schema: i64,
        /// The oldest version that may read it.
        oldest_reader: i64,
    },
    /// Its contents are broken.
    #[error("the journal `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Its contents do not fit together.
    #[error("the journal `{}` is damaged: {found}", path.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        found: String,
    },
    /// Its file was taken away, or another one is in its place.
    #[error("the journal `{}` was taken away while it was open", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("cannot write the journal `{}`: no space is left", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// It cannot be read or written.
    #[error("cannot use the journal `{}`", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The system refused something to do with its file.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, such as `rename`.
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// Takes what SQLite said about the journal at `path`.
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, source }
            }
            Some(ErrorCode::DiskFull) => Self::NoSpace { path, source },
            // A value that cannot be what was written.
            None if is_conversion(&source) => Self::Damaged { path, source },
            Some(_) | None => Self::Unusable { path, source },
        }
    }

    /// The error with its cause, in one line.
    pub fn in_words(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// Whether the contents of the file are broken, so that only a fresh one helps.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Torn { .. } | Self::Gone { .. })
    }
}

fn is_conversion(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
    )
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Fatal
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Newer { path, .. } => format!(
                "update Conductor, or move `{}` away: its history, last good revisions and suspensions are then forgotten",
                path.display()
            ),
            Self::Damaged { path, .. } | Self::Torn { path, .. } | Self::Gone { path } => {
                format!(
                    "the next `conductor sync` sets `{}` aside and begins a fresh one",
                    path.display()
                )
            }
            Self::NoSpace { .. } => "make room on the disk of the state directory".to_owned(),
            Self::Unusable { .. } | Self::Io { .. } => {
                "check the state directory and its permissions".to_owned()
            }
        })
    }
}
