//! Where keys come from, and reading it.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::command;
use crate::model::secret::{Secret, others_may_read};
use crate::secrets::error::Error;

/// Bytes of a file of keys at most.
const MAX_FILE: usize = 16 << 20;

/// Where keys come from; the settings and the environment are read elsewhere.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The text of one or more identities, as in `SOPS_AGE_KEY`.
    Text {
        /// What to call it in errors, such as the variable's name.
        origin: String,
        /// The identities, one per line or separated by blanks; an OpenSSH or PGP private key stands alone.
        text: Secret,
    },
    /// A file: age identities, one OpenSSH private key, or PGP secret keys.
    File {
        /// The setting that names it, for messages.
        setting: String,
        /// The file.
        path: PathBuf,
        /// Whether it must be there and be usable.
        presence: Presence,
    },
    /// A command that prints identities, as in `SOPS_AGE_KEY_CMD`; run without a shell.
    Command {
        /// What to call it in errors, such as the variable's name.
        origin: String,
        /// The program and its arguments.
        line: String,
    },
}

/// Whether a file of keys must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// A person named it: an error when it is not there or not usable.
    Required,
    /// It is where `sops` looks: passed over when it is not there, and only noted when it cannot be used.
    Optional,
}

/// What a source says.
pub(super) struct Read {
    pub(super) origin: String,
    pub(super) text: Secret,
    pub(super) presence: Presence,
}

/// What tells that a file is another one than before; `None` when it is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Option<(u64, u64, u64, i64, i64)>);

impl KeySource {
    /// A file that must be there, named by the setting `age_key_files`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let setting = "secrets: age_key_files".to_owned();
        Self::File { setting, path: path.into(), presence: Presence::Required }
    }

    /// Reads it. Warnings are about who else may read it.
    pub(super) fn read(&self, warnings: &mut Vec<String>) -> Result<Option<Read>, Error> {
        match self {
            Self::Text { origin, text } => Ok(Some(Read {
                origin: origin.clone(),
                text: text.clone(),
                presence: Presence::Required,
            })),
            Self::Command { origin, line } => {
                let text = command::run(origin, line)?;
                Ok(Some(Read { origin: origin.clone(), text, presence: Presence::Required }))
            }
            Self::File { setting, path, presence } => {
                if *presence == Presence::Optional && !path.exists() {
                    return Ok(None);
                }
                let text = match read_file(setting, path, warnings) {
                    Ok(text) => text,
                    Err(_) if *presence == Presence::Optional => return Ok(None),
                    Err(error) => return Err(error),
                };
                let origin = path.display().to_string();
                Ok(Some(Read { origin, text, presence: *presence }))
            }
        }
    }

    /// What tells whether it has changed.
    pub(super) fn stamp(&self) -> Stamp {
        match self {
            Self::File { path, .. } => Stamp::of(path),
            Self::Text { .. } | Self::Command { .. } => Stamp(None),
        }
    }
}

impl Stamp {
    /// The stamp of a file.
    pub(super) fn of(path: &Path) -> Self {
        let found = fs::metadata(path).ok();
        Self(
            found.map(|meta| (meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())),
        )
    }
}

fn read_file(setting: &str, path: &Path, warnings: &mut Vec<String>) -> Result<Secret, Error> {
    let fail =
        |source| Error::KeyFile { setting: setting.to_owned(), path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(fail)?;
    let mode = file.metadata().map_err(fail)?.permissions().mode();
    let secret = bounded(file).map_err(fail)?;
    warnings.extend(others_may_read(setting, path, mode));
    Ok(secret)
}

/// Reads to the end, but not for ever: `/dev/zero` has none.
pub(in crate::secrets) fn bounded(file: impl io::Read) -> io::Result<Secret> {
    Secret::read(file, MAX_FILE)
}
