//! All keys of this host, and noticing when the files that hold them change.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use super::identities::{Identities, Locked};
use super::passphrase::Passphrases;
use super::pgp::SecretKeys;
use super::source::{KeySource, Stamp};
use crate::secrets::counts::Counts;
use crate::secrets::error::Error;

/// What becomes of files whose MAC covers encrypted values only, so that every clear value can be changed unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MacOnlyEncrypted {
    /// They are read, as `sops` does.
    #[default]
    Allow,
    /// They are refused.
    Refuse,
}

/// The keys with which files are decrypted.
#[derive(Default)]
pub struct Keys {
    sources: Vec<KeySource>,
    passphrases: Passphrases,
    pub(in crate::secrets) mac_only_encrypted: MacOnlyEncrypted,
    now: RwLock<Arc<Loaded>>,
    /// What came of the files that they were asked to open.
    pub counts: Counts,
}

/// The identities as they were read, and from what.
#[derive(Default)]
struct Loaded {
    identities: Identities,
    stamps: Vec<Stamp>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("recipients", &self.recipients()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys of all sources, none of them protected; none at all is fine as long as nothing is encrypted.
    pub fn load(sources: &[KeySource]) -> Result<Self, Error> {
        Self::open_all(sources.to_vec(), Passphrases::default(), &mut Vec::new())
    }

    /// Reads the keys of all sources. Passphrases are asked for when a protected key is first needed. Warnings are about
    /// who else may read the files.
    pub fn open_all(
        sources: Vec<KeySource>,
        passphrases: Passphrases,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let keys = Self { sources, passphrases, ..Self::default() };
        let loaded = keys.read(None, warnings)?;
        Ok(Self { now: RwLock::new(Arc::new(loaded)), ..keys })
    }

    /// Sets what becomes of files whose MAC covers encrypted values only.
    #[must_use]
    pub fn with_mac_only_encrypted(self, rule: MacOnlyEncrypted) -> Self {
        Self { mac_only_encrypted: rule, ..self }
    }

    /// Reads the keys again where a file of theirs has changed, and says whether one has. After an error the keys are what
    /// they were.
    pub fn refresh(&self, warnings: &mut Vec<String>) -> Result<bool, Error> {
        let before = self.now();
        if before.stamps == self.stamps() {
            return Ok(false);
        }
        let loaded = Arc::new(self.read(Some(&before.identities), warnings)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// The public keys that files must be encrypted for, as far as they can be told: those behind a passphrase only once it
    /// was needed.
    pub fn recipients(&self) -> Vec<String> {
        let now = self.now();
        let protected = now.identities.protected.iter().filter_map(|protected| protected.known());
        let all = std::iter::once(&now.identities.age).chain(protected);
        all.flat_map(|keys| keys.recipients.iter().cloned()).collect()
    }

    /// The fingerprints of PGP keys and their subkeys.
    pub fn fingerprints(&self) -> Vec<String> {
        let now = self.now();
        now.identities.pgp.iter().flat_map(|keys| keys.fingerprints.iter().cloned()).collect()
    }

    /// Whether there is nothing to decrypt with.
    pub fn is_empty(&self) -> bool {
        self.now().identities.is_empty()
    }

    /// The keys of this host for people, as far as they are known.
    pub(in crate::secrets) fn own(&self) -> Vec<String> {
        let now = self.now();
        let shut = now.identities.protected.iter().filter(|protected| !protected.is_open());
        let shut = shut.map(|protected| format!("what `{}` protects", protected.origin));
        let pgp = now.identities.pgp.iter().filter_map(|keys| keys.fingerprints.first());
        let pgp = pgp.map(|fingerprint| format!("PGP key {fingerprint}"));
        self.recipients().into_iter().chain(shut).chain(pgp).collect()
    }

    /// What was given, but cannot be used, and why.
    pub(in crate::secrets) fn unusable(&self) -> Vec<String> {
        self.now().identities.age.unusable.clone()
    }

    /// Decrypts an age message, armoured or not. What a passphrase protects is opened only when nothing else fits.
    pub(in crate::secrets) fn unlock(&self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Locked> {
        let now = self.now();
        let mut answer = now.identities.age.unlock(message);
        for protected in &now.identities.protected {
            match answer {
                Err(Locked::NoMatch | Locked::Shut { .. }) => (),
                Ok(_) | Err(Locked::Damaged) => break,
            }
            let opened = protected.open(&self.passphrases).map_err(|shut| Locked::Shut {
                origin: protected.origin.clone(),
                reason: shut.to_string(),
            });
            answer = match opened.and_then(|keys| keys.unlock(message)) {
                // That another one stayed shut may be the reason.
                Err(Locked::NoMatch) => answer,
                other => other,
            };
        }
        answer
    }

    /// Decrypts a PGP message for the key with this fingerprint.
    pub(in crate::secrets) fn unlock_pgp(
        &self,
        message: &[u8],
        fingerprint: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Locked> {
        let now = self.now();
        let fitting = |keys: &&Arc<SecretKeys>| keys.has(fingerprint);
        let keys = now.identities.pgp.iter().find(fitting).ok_or(Locked::NoMatch)?;
        keys.unlock(message, &self.passphrases)
    }

    fn now(&self) -> Arc<Loaded> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn stamps(&self) -> Vec<Stamp> {
        let files = [&self.passphrases.age, &self.passphrases.pgp];
        let files = files.into_iter().flatten().map(|path| Stamp::of(Path::new(path)));
        self.sources.iter().map(KeySource::stamp).chain(files).collect()
    }

    fn read(
        &self,
        before: Option<&Identities>,
        warnings: &mut Vec<String>,
    ) -> Result<Loaded, Error> {
        // Stamped first: what changes meanwhile is read again the next time.
        let stamps = self.stamps();
        let mut identities = Identities::default();
        for source in &self.sources {
            if let Some(read) = source.read(warnings)? {
                identities.add(&read, &self.passphrases, before)?;
            }
        }
        Ok(Loaded { identities, stamps })
    }
}
