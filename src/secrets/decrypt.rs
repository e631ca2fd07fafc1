//! All values of a file, in order, and the MAC over them.

use sha2::{Digest as _, Sha256, Sha512};

use super::error::{COMMENT, Cause};
use super::leaf::{Cipher, KEY_SIZE, is_sealed};
use super::metadata::Metadata;
use super::tree::{Bytes, Document, Value};
use super::walk::{Place, Visit, walk};

/// Decrypts the documents of a file in place, without their metadata, and checks its MAC.
pub(super) fn decrypt(
    documents: &mut [Document],
    metadata: &Metadata,
    key: &[u8; KEY_SIZE],
) -> Result<(), Cause> {
    let mut mac = Sha512::new();
    if metadata.mac_only_encrypted {
        mac.update(Sha256::digest(b"sops"));
    }
    let mut opening = Opening { metadata, cipher: Cipher::new(key), mac };
    walk(documents, &mut opening)?;
    opening.check()
}

struct Opening<'m> {
    metadata: &'m Metadata,
    cipher: Cipher,
    mac: Sha512,
}

impl Visit for Opening<'_> {
    type Error = Cause;

    /// A comment may be encrypted or clear wherever it stands; it is not part of the MAC.
    fn comment(&mut self, place: &mut Place, text: &mut Bytes) -> Result<(), Cause> {
        if is_sealed(text) {
            let name = match place.path.as_slice() {
                [] => COMMENT.to_owned(),
                _ => format!("{COMMENT} below `{}`", place.name()),
            };
            let value = self.cipher.open(text, &name, &place.aad())?;
            if let Value::Comment(plain) | Value::Text(plain) = value {
                *text = plain;
            }
        }
        place.comments.add(text);
        Ok(())
    }

    fn leaf(&mut self, place: &Place, value: &mut Value) -> Result<(), Cause> {
        let encrypted = self.metadata.rule.encrypts(&place.path, &place.comments);
        if encrypted {
            match value {
                Value::Null => (),
                Value::Text(text) if text.is_empty() => (),
                Value::Text(text) if is_sealed(text) => {
                    *value = self.cipher.open(text, &place.name(), &place.aad())?;
                }
                Value::Text(_)
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Time(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::Comment(_) => return Err(Cause::NotEncrypted { path: place.name() }),
            }
        }
        if encrypted || !self.metadata.mac_only_encrypted {
            self.mac.update(&*value.canonical().unwrap_or_default());
        }
        Ok(())
    }
}

impl Opening<'_> {
    fn check(self) -> Result<(), Cause> {
        let open = self.cipher.open(
            self.metadata.mac.as_bytes(),
            "sops.mac",
            &self.metadata.last_modified,
        );
        let noted = match open {
            Err(Cause::Tampered { .. }) => return Err(Cause::Mac),
            other => other?,
        };
        let computed = format!("{:X}", self.mac.finalize());
        if noted.canonical().is_some_and(|noted| *noted == computed.as_bytes()) {
            Ok(())
        } else {
            Err(Cause::Mac)
        }
    }
}
