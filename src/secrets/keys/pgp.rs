//! PGP: secret keys from files, and the messages that SOPS encrypts for them.

use std::io::Read as _;
use std::sync::OnceLock;

use pgp::composed::{DecryptionOptions, Message, PublicOrSecret, SignedSecretKey, TheRing};
use pgp::errors::Error as PgpError;
use pgp::types::{KeyDetails as _, Password};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::identities::Locked;
use super::locked::Shut;
use super::passphrase::{Passphrases, Purpose};
use crate::model::secret::Secret;
use crate::secrets::error::Error;

/// Bytes of a decrypted message at most; a data key has 32.
const MAX_PLAIN: u64 = 1 << 16;

/// The secret keys of one file.
pub(super) struct SecretKeys {
    /// The file.
    pub(super) origin: String,
    /// The fingerprints of the keys and their subkeys, in upper case.
    pub(super) fingerprints: Vec<String>,
    keys: Vec<SignedSecretKey>,
    protected: bool,
    digest: [u8; 32],
    opened: OnceLock<Result<Vec<SignedSecretKey>, Shut>>,
}

/// Whether bytes are PGP secret keys, as text or not.
pub(super) fn is_secret_key(bytes: &[u8]) -> bool {
    let begin = bytes.trim_ascii_start();
    // The first packet is a secret key: tag 5 in the old form of a header, or in the new one.
    begin.starts_with(b"-----BEGIN PGP PRIVATE KEY BLOCK-----")
        || bytes.first().is_some_and(|first| matches!(first, 0x94..=0x97 | 0xc5))
}

impl SecretKeys {
    /// Reads the keys of a file.
    pub(super) fn read(origin: &str, text: &Secret) -> Result<Self, Error> {
        let bad = || Error::PgpKey { origin: origin.to_owned() };
        let (found, _) = PublicOrSecret::from_reader_many(text.expose().trim_ascii_start())
            .map_err(|_| bad())?;
        let mut keys = Vec::new();
        for key in found {
            if let PublicOrSecret::Secret(key) = key.map_err(|_error| bad())? {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err(bad());
        }
        let fingerprints = keys.iter().flat_map(fingerprints).collect();
        let protected = keys.iter().any(is_protected);
        let digest = Sha256::digest(text.expose()).into();
        let origin = origin.to_owned();
        Ok(Self { origin, fingerprints, keys, protected, digest, opened: OnceLock::new() })
    }

    /// Whether it takes a passphrase to use them.
    pub(super) fn is_protected(&self) -> bool {
        self.protected
    }

    /// Whether the passphrase was given.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.opened.get(), Some(Ok(_)))
    }

    /// Whether both are the same keys from the same place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.origin == other.origin && self.digest == other.digest
    }

    /// Whether a fingerprint, or the end of one, is among them.
    pub(super) fn has(&self, fingerprint: &str) -> bool {
        let wanted = fingerprint.trim().to_ascii_uppercase();
        !wanted.is_empty() && self.fingerprints.iter().any(|own| own.ends_with(&wanted))
    }

    /// Decrypts a message.
    pub(super) fn unlock(
        &self,
        message: &[u8],
        passphrases: &Passphrases,
    ) -> Result<Zeroizing<Vec<u8>>, Locked> {
        let keys = self.open(passphrases).map_err(|shut| Locked::Shut {
            origin: self.origin.clone(),
            reason: shut.to_string(),
        })?;
        let damaged = |_error: PgpError| Locked::Damaged;
        let (parsed, _) = Message::from_reader(message).map_err(damaged)?;
        if !parsed.is_encrypted() {
            return Err(Locked::Damaged);
        }
        let empty = Password::empty();
        let ring = TheRing {
            secret_keys: keys.iter().collect(),
            key_passwords: vec![&empty],
            decrypt_options: DecryptionOptions::new().enable_gnupg_aead(),
            ..TheRing::default()
        };
        let opened = parsed.decrypt_the_ring(ring, true);
        let (mut plain, _) = opened.map_err(|error| {
            if matches!(error, PgpError::MissingKey) { Locked::NoMatch } else { Locked::Damaged }
        })?;
        if plain.is_compressed() {
            plain = plain.decompress().map_err(damaged)?;
        }
        let mut key = Zeroizing::new(Vec::with_capacity(64));
        plain.take(MAX_PLAIN).read_to_end(&mut key).map_err(|_error| Locked::Damaged)?;
        Ok(key)
    }

    /// The keys without a passphrase; it is asked for, and its work done, only once.
    fn open(&self, passphrases: &Passphrases) -> Result<&[SignedSecretKey], Shut> {
        if !self.protected {
            return Ok(&self.keys);
        }
        let opened = self.opened.get_or_init(|| {
            let passphrase = passphrases.get(Purpose::Pgp, &self.origin)?;
            let password = Password::from(passphrase.expose());
            let mut keys = self.keys.clone();
            let opened = keys.iter_mut().fold(0, |opened, key| opened + open(key, &password));
            if opened > 0 { Ok(keys) } else { Err(Shut::WrongPassphrase) }
        });
        opened.as_deref().map_err(Clone::clone)
    }
}

fn is_protected(key: &SignedSecretKey) -> bool {
    key.primary_key.secret_params().is_encrypted()
        || key.secret_subkeys.iter().any(|subkey| subkey.key.secret_params().is_encrypted())
}

/// Takes the passphrase away where it fits, and counts where it did. A primary key may be kept elsewhere.
fn open(key: &mut SignedSecretKey, password: &Password) -> usize {
    let mut opened = usize::from(key.primary_key.remove_password(password).is_ok());
    for subkey in &mut key.secret_subkeys {
        opened += usize::from(subkey.key.remove_password(password).is_ok());
    }
    opened
}

fn fingerprints(key: &SignedSecretKey) -> Vec<String> {
    let subkeys = key.secret_subkeys.iter().map(|subkey| subkey.key.fingerprint());
    let all = std::iter::once(key.primary_key.fingerprint()).chain(subkeys);
    all.map(|fingerprint| format!("{fingerprint:X}")).collect()
}
