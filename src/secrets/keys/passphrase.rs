//! Passphrases of protected identities: from a file, or from a person at a terminal; never asked for by a daemon.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::secret::Secret;

use super::source::bounded;

/// Asks a person; the argument says what for. `None` when there is nobody to ask.
pub type Ask = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// Where the passphrases of protected identities come from.
#[derive(Clone, Default)]
pub struct Passphrases {
    /// A file with the passphrase of age identity files and SSH keys; its first line counts.
    pub age: Option<PathBuf>,
    /// A file with the passphrase of PGP keys; its first line counts.
    pub pgp: Option<PathBuf>,
    /// Whoever sits at the terminal.
    pub ask: Option<Ask>,
}

impl fmt::Debug for Passphrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrases")
            .field("age", &self.age)
            .field("pgp", &self.pgp)
            .field("ask", &self.ask.is_some())
            .finish()
    }
}

/// What a passphrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An age identity file or an SSH key.
    Age,
    /// A PGP key.
    Pgp,
}

/// Why there is no passphrase.
pub(super) enum Missing {
    /// No file is named, and there is nobody to ask.
    Nobody,
    /// The file cannot be read.
    Unreadable(PathBuf),
}

impl Passphrases {
    /// Whether there is a file or a person to ask.
    pub(super) fn any(&self, purpose: Purpose) -> bool {
        self.file(purpose).is_some() || self.ask.is_some()
    }

    /// The passphrase for the identities of `origin`.
    pub(super) fn get(&self, purpose: Purpose, origin: &str) -> Result<Secret, Missing> {
        if let Some(path) = self.file(purpose) {
            let bytes = std::fs::File::open(path).and_then(bounded);
            let bytes = bytes.map_err(|_error| Missing::Unreadable(path.clone()))?;
            let line = bytes.expose().split(|byte| *byte == b'\n').next().unwrap_or_default();
            return Ok(Secret::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()));
        }
        self.ask.as_ref().and_then(|ask| ask(origin)).ok_or(Missing::Nobody)
    }

    fn file(&self, purpose: Purpose) -> Option<&PathBuf> {
        match purpose {
            Purpose::Age => self.age.as_ref(),
            Purpose::Pgp => self.pgp.as_ref(),
        }
    }
}
