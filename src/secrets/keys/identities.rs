//! What sources say, as keys.

use std::io::Read as _;
use std::sync::Arc;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor, Identity};
use zeroize::Zeroizing;

use super::hybrid;
use super::locked::{Kind, Protected};
use super::passphrase::{Passphrases, Purpose};
use super::pgp;
use super::source::{Presence, Read};
use crate::secrets::error::Error;

/// An age identity that can be used.
pub(super) type AgeIdentity = Box<dyn Identity + Send + Sync>;

/// Why a message cannot be decrypted.
#[derive(Debug)]
pub(in crate::secrets) enum Locked {
    /// It is for other recipients.
    NoMatch,
    /// It is damaged, or of a kind that is not known.
    Damaged,
    /// An identity that may fit stays shut.
    Shut {
        /// The file, or the variable.
        origin: String,
        /// Why.
        reason: String,
    },
}

/// Age identities and what is public about them.
#[derive(Default)]
pub(super) struct AgeKeys {
    pub(super) identities: Vec<AgeIdentity>,
    pub(super) recipients: Vec<String>,
    /// What was given, but cannot be used, and why.
    pub(super) unusable: Vec<String>,
}

/// All identities.
#[derive(Default)]
pub(super) struct Identities {
    pub(super) age: AgeKeys,
    pub(super) protected: Vec<Arc<Protected>>,
    pub(super) pgp: Vec<Arc<pgp::SecretKeys>>,
}

/// What keeps a text from being a source of identities.
pub(super) enum Bad {
    /// A line is no identity.
    Line(usize),
    /// There is no identity in it.
    Empty,
}

impl Identities {
    /// Whether there is nothing to decrypt with.
    pub(super) fn is_empty(&self) -> bool {
        self.age.identities.is_empty() && self.protected.is_empty() && self.pgp.is_empty()
    }

    /// Adds what a source says. What is protected is taken over from `before`, where it was opened already.
    pub(super) fn add(
        &mut self,
        read: &Read,
        passphrases: &Passphrases,
        before: Option<&Self>,
    ) -> Result<(), Error> {
        let added = self.try_add(read, passphrases, before);
        match added {
            Err(error) if read.presence == Presence::Optional => {
                self.age.unusable.push(error.to_string());
                Ok(())
            }
            added => added,
        }
    }

    fn try_add(
        &mut self,
        read: &Read,
        passphrases: &Passphrases,
        before: Option<&Self>,
    ) -> Result<(), Error> {
        let origin = &read.origin;
        let protected = |kind| {
            if !passphrases.any(Purpose::Age) {
                return Err(Error::Passphrase { origin: origin.clone() });
            }
            let new = Protected::new(origin, kind, &read.text);
            let known = before.into_iter().flat_map(|before| &before.protected);
            let known = known.filter(|known| known.is_open()).find(|known| known.is_same(&new));
            Ok(known.map_or_else(|| Arc::new(new), Arc::clone))
        };
        if pgp::is_secret_key(read.text.expose()) {
            let keys = pgp::SecretKeys::read(origin, &read.text)?;
            if keys.is_protected() && !passphrases.any(Purpose::Pgp) {
                return Err(Error::Passphrase { origin: origin.clone() });
            }
            let known = before.into_iter().flat_map(|before| &before.pgp);
            let known = known.filter(|known| known.is_open()).find(|known| known.is_same(&keys));
            self.pgp.push(known.map_or_else(|| Arc::new(keys), Arc::clone));
            return Ok(());
        }
        if is_age_message(read.text.expose()) {
            self.protected.push(protected(Kind::AgeFile)?);
            return Ok(());
        }
        if is_pem(read.text.expose()) {
            return match ssh(read.text.expose()) {
                Some(age::ssh::Identity::Encrypted(_)) => {
                    self.protected.push(protected(Kind::Ssh)?);
                    Ok(())
                }
                Some(identity @ age::ssh::Identity::Unencrypted(_)) => {
                    self.age.add_ssh(identity);
                    Ok(())
                }
                Some(age::ssh::Identity::Unsupported(_)) | None => {
                    Err(Error::NotAnIdentity { origin: origin.clone(), line: 1 })
                }
            };
        }
        self.age.add_lines(read.text.expose()).map_err(|bad| match bad {
            Bad::Line(line) => Error::NotAnIdentity { origin: origin.clone(), line },
            Bad::Empty => Error::NoIdentity { origin: origin.clone() },
        })
    }
}

impl AgeKeys {
    /// Adds age's own identities: one per line, or separated by blanks; `#` begins a comment.
    pub(super) fn add_lines(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut found = false;
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = std::str::from_utf8(line).map_err(|_error| Bad::Line(index + 1))?;
            let words = line.split_whitespace();
            for word in words.take_while(|word| !word.starts_with('#')) {
                self.add_word(word).ok_or(Bad::Line(index + 1))?;
                found = true;
            }
        }
        if found { Ok(()) } else { Err(Bad::Empty) }
    }

    fn add_word(&mut self, word: &str) -> Option<()> {
        if word.starts_with(hybrid::PREFIX) {
            let identity = hybrid::Identity::parse(word)?;
            self.recipients.push(identity.recipient());
            self.identities.push(Box::new(identity));
        } else if word.starts_with("AGE-PLUGIN-") {
            let text = "an identity of an age plugin, and plugins are not run";
            self.unusable.push(text.to_owned());
        } else {
            let identity: age::x25519::Identity = word.parse().ok()?;
            self.recipients.push(identity.to_public().to_string());
            self.identities.push(Box::new(identity));
        }
        Some(())
    }

    /// Adds an SSH key without a passphrase.
    pub(super) fn add_ssh(&mut self, identity: age::ssh::Identity) {
        if let Ok(public) = age::ssh::Recipient::try_from(identity.clone()) {
            self.recipients.push(public.to_string());
        }
        self.identities.push(Box::new(identity));
    }

    /// Decrypts an age message, armoured or not.
    pub(super) fn unlock(&self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Locked> {
        decrypt(message, self.identities.iter().map(|identity| &**identity as &dyn Identity))
            .map_err(|error| match error {
                DecryptError::NoMatchingKeys => Locked::NoMatch,
                DecryptError::DecryptionFailed
                | DecryptError::ExcessiveWork { .. }
                | DecryptError::InvalidHeader
                | DecryptError::InvalidMac
                | DecryptError::Io(_)
                | DecryptError::KeyDecryptionFailed
                | DecryptError::UnknownFormat => Locked::Damaged,
            })
    }
}

/// Decrypts an age message, armoured or not.
pub(super) fn decrypt<'i>(
    message: &[u8],
    identities: impl Iterator<Item = &'i dyn Identity>,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    // Never more than the message: what grows is copied, and the copies are not wiped.
    let mut plain = Zeroizing::new(Vec::with_capacity(message.len()));
    Decryptor::new(ArmoredReader::new(message))?.decrypt(identities)?.read_to_end(&mut plain)?;
    Ok(plain)
}

/// An OpenSSH private key.
pub(super) fn ssh(bytes: &[u8]) -> Option<age::ssh::Identity> {
    age::ssh::Identity::from_buffer(begin(bytes), None).ok()
}

fn is_age_message(bytes: &[u8]) -> bool {
    begin(bytes).starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
        || begin(bytes).starts_with(b"age-encryption.org/")
}

fn is_pem(bytes: &[u8]) -> bool {
    begin(bytes).starts_with(b"-----BEGIN")
}

/// The bytes without a byte order mark and blanks at the beginning.
fn begin(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}
