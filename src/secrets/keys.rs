//! This host's identities.

use std::io::Read as _;
use std::path::PathBuf;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor, Identity};
use zeroize::Zeroizing;

use super::error::Error;
use crate::model::secret::Secret;

/// Where identities come from; the settings and the environment are read elsewhere.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The text of one or more identities, as in `SOPS_AGE_KEY`.
    Text {
        /// What to call it in errors, such as the variable's name.
        origin: String,
        /// The identities, one per line or separated by blanks; an OpenSSH private key stands alone.
        text: Secret,
    },
    /// A file with identities, as in `SOPS_AGE_KEY_FILE`.
    File(PathBuf),
}

/// The identities with which files are decrypted.
#[derive(Default)]
pub struct Keys {
    identities: Vec<Box<dyn Identity + Send + Sync>>,
    recipients: Vec<String>,
    /// Identities that were given, but cannot be used.
    unsupported: Vec<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("recipients", &self.recipients).finish_non_exhaustive()
    }
}

/// Why a message cannot be decrypted.
pub(super) enum Locked {
    /// It is for other recipients.
    NoMatch,
    /// It is damaged, or of a kind that is not known.
    Damaged,
}

impl Keys {
    /// Reads the identities of all sources; none at all is fine as long as nothing is encrypted.
    pub fn load(sources: &[KeySource]) -> Result<Self, Error> {
        let mut keys = Self::default();
        for source in sources {
            match source {
                KeySource::Text { origin, text } => keys.add(origin, text.expose())?,
                KeySource::File(path) => {
                    let read = std::fs::read(path).map(Zeroizing::new);
                    let text =
                        read.map_err(|source| Error::KeyFile { path: path.clone(), source })?;
                    keys.add(&path.display().to_string(), &text)?;
                }
            }
        }
        Ok(keys)
    }

    /// The public keys that files must be encrypted for, as far as they can be told.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// Whether there is no identity.
    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    /// What was given, but cannot be used, and why.
    pub(super) fn unusable(&self) -> Vec<String> {
        self.unsupported.clone()
    }

    /// The public keys of this host, as far as they are known.
    pub(super) fn own(&self) -> Vec<String> {
        self.recipients.clone()
    }

    /// Decrypts an age message, armoured or not.
    pub(super) fn unlock(&self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Locked> {
        let identities = self.identities.iter().map(|identity| &**identity as &dyn Identity);
        let read = || -> Result<_, DecryptError> {
            let mut plain = Zeroizing::new(Vec::new());
            Decryptor::new(ArmoredReader::new(message))?
                .decrypt(identities)?
                .read_to_end(&mut plain)?;
            Ok(plain)
        };
        read().map_err(|error| {
            if matches!(error, DecryptError::NoMatchingKeys) {
                Locked::NoMatch
            } else {
                Locked::Damaged
            }
        })
    }

    fn add(&mut self, origin: &str, bytes: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with("-----BEGIN AGE ENCRYPTED FILE")
            || text.starts_with("age-encryption.org/")
        {
            return Err(Error::Passphrase { origin: origin.to_owned() });
        }
        if text.starts_with("-----BEGIN") {
            return self.add_ssh(origin, text);
        }
        let mut found = false;
        for (index, line) in text.lines().enumerate() {
            let words = line.split_whitespace();
            for word in words.take_while(|word| !word.starts_with('#')) {
                self.add_age(word).ok_or_else(|| Error::NotAnIdentity {
                    origin: origin.to_owned(),
                    line: index + 1,
                })?;
                found = true;
            }
        }
        if found { Ok(()) } else { Err(Error::NoIdentity { origin: origin.to_owned() }) }
    }

    fn add_age(&mut self, word: &str) -> Option<()> {
        if word.starts_with("AGE-SECRET-KEY-PQ-1") {
            self.unsupported.push("a post-quantum identity".to_owned());
        } else if word.starts_with("AGE-PLUGIN-") {
            self.unsupported.push("an identity of an age plugin".to_owned());
        } else {
            let identity: age::x25519::Identity = word.parse().ok()?;
            self.recipients.push(identity.to_public().to_string());
            self.identities.push(Box::new(identity));
        }
        Some(())
    }

    fn add_ssh(&mut self, origin: &str, text: &str) -> Result<(), Error> {
        let read = age::ssh::Identity::from_buffer(text.as_bytes(), Some(origin.to_owned()));
        let broken = || Error::NotAnIdentity { origin: origin.to_owned(), line: 1 };
        match read.map_err(|_error| broken())? {
            age::ssh::Identity::Encrypted(_) => {
                Err(Error::Passphrase { origin: origin.to_owned() })
            }
            age::ssh::Identity::Unsupported(_) => Err(broken()),
            identity @ age::ssh::Identity::Unencrypted(_) => {
                if let Ok(public) = age::ssh::Recipient::try_from(identity.clone()) {
                    self.recipients.push(public.to_string());
                }
                self.identities.push(Box::new(identity));
                Ok(())
            }
        }
    }
}
