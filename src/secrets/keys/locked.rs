//! Identities that a passphrase protects: opened when they are first needed, once.

use std::fmt;
use std::sync::OnceLock;

use age::secrecy::SecretString;
use age::{DecryptError, Identity, scrypt};
use sha2::{Digest as _, Sha256};

use super::identities::{AgeKeys, decrypt, ssh};
use super::passphrase::{Missing, Passphrases, Purpose};
use crate::model::secret::Secret;

/// The most work that the passphrase of an identity file may take, as age counts it: 2^22, some seconds.
const MAX_WORK: u8 = 22;

/// A protected identity.
pub(super) struct Protected {
    /// The file, or the variable.
    pub(super) origin: String,
    kind: Kind,
    text: Secret,
    digest: [u8; 32],
    opened: OnceLock<Result<AgeKeys, Shut>>,
}

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file of age identities, encrypted with age.
    AgeFile,
    /// An OpenSSH private key.
    Ssh,
}

/// Why a protected identity stays shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shut {
    /// There is nobody to ask for the passphrase.
    NoPassphrase,
    /// The file that should hold the passphrase cannot be read.
    PassphraseFile(String),
    /// The passphrase is another one.
    WrongPassphrase,
    /// It would take too long.
    TooMuchWork,
    /// There is no identity behind the passphrase, or the file is damaged.
    Damaged,
}

impl fmt::Display for Shut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPassphrase => f.write_str("is protected by a passphrase that nobody gave"),
            Self::PassphraseFile(path) => {
                write!(f, "is protected by a passphrase, and `{path}` cannot be read")
            }
            Self::WrongPassphrase => f.write_str("is protected by another passphrase"),
            Self::TooMuchWork => f.write_str("is protected by a passphrase that takes too long"),
            Self::Damaged => f.write_str("is damaged, or is not one that age made"),
        }
    }
}

impl From<Missing> for Shut {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Nobody => Self::NoPassphrase,
            Missing::Unreadable(path) => Self::PassphraseFile(path.display().to_string()),
        }
    }
}

impl Protected {
    /// A protected identity of this text.
    pub(super) fn new(origin: &str, kind: Kind, text: &Secret) -> Self {
        let digest = Sha256::digest(text.expose()).into();
        let (origin, text) = (origin.to_owned(), text.clone());
        Self { origin, kind, text, digest, opened: OnceLock::new() }
    }

    /// Whether it is open.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.opened.get(), Some(Ok(_)))
    }

    /// Whether both are the same thing from the same place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.origin == other.origin && self.digest == other.digest
    }

    /// What it holds, as far as it was opened.
    pub(super) fn known(&self) -> Option<&AgeKeys> {
        self.opened.get()?.as_ref().ok()
    }

    /// What it holds. The passphrase is asked for, and its work done, only once.
    pub(super) fn open(&self, passphrases: &Passphrases) -> Result<&AgeKeys, Shut> {
        let opened = self.opened.get_or_init(|| {
            let passphrase = passphrases.get(Purpose::Age, &self.origin)?;
            let text = passphrase.expose_str().ok_or(Shut::WrongPassphrase)?;
            let passphrase = SecretString::from(text.to_owned());
            match self.kind {
                Kind::AgeFile => self.open_file(passphrase),
                Kind::Ssh => self.open_ssh(passphrase),
            }
        });
        opened.as_ref().map_err(Clone::clone)
    }

    fn open_file(&self, passphrase: SecretString) -> Result<AgeKeys, Shut> {
        let mut identity = scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MAX_WORK);
        let plain = decrypt(self.text.expose(), std::iter::once(&identity as &dyn Identity));
        let plain = plain.map_err(|error| match error {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
                Shut::WrongPassphrase
            }
            DecryptError::ExcessiveWork { .. } => Shut::TooMuchWork,
            DecryptError::InvalidHeader
            | DecryptError::InvalidMac
            | DecryptError::Io(_)
            | DecryptError::NoMatchingKeys
            | DecryptError::UnknownFormat => Shut::Damaged,
        })?;
        let mut keys = AgeKeys::default();
        keys.add_lines(&plain).map_err(|_bad| Shut::Damaged)?;
        Ok(keys)
    }

    fn open_ssh(&self, passphrase: SecretString) -> Result<AgeKeys, Shut> {
        let Some(age::ssh::Identity::Encrypted(key)) = ssh(self.text.expose()) else {
            return Err(Shut::Damaged);
        };
        let key = key.decrypt(passphrase).map_err(|_error| Shut::WrongPassphrase)?;
        let mut keys = AgeKeys::default();
        keys.add_ssh(key.into());
        Ok(keys)
    }
}
