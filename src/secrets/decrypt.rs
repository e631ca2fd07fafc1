//! All values of a file, in order, and the MAC over them.

use sha2::{Digest as _, Sha256, Sha512};

use super::error::Cause;
use super::leaf::{Cipher, KEY_SIZE, is_sealed};
use super::metadata::Metadata;
use super::rule::Comments;
use super::tree::{Bytes, Document, Item, Value};

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
    let cipher = Cipher::new(key);
    let path = Vec::new();
    let mut walk = Walk { metadata, cipher, mac, path, comments: Comments::default() };
    for document in documents {
        walk.map(document)?;
    }
    walk.check()
}

struct Walk<'m> {
    metadata: &'m Metadata,
    cipher: Cipher,
    mac: Sha512,
    path: Vec<String>,
    comments: Comments,
}

impl Walk<'_> {
    fn map(&mut self, items: &mut Document) -> Result<(), Cause> {
        self.comments.enter();
        for item in items {
            match item {
                Item::Comment(text) => self.comment(text)?,
                Item::Entry(key, value) => {
                    self.path.push(key.clone());
                    self.value(value)?;
                    self.path.pop();
                    self.comments.used();
                }
            }
        }
        self.comments.leave();
        Ok(())
    }

    fn list(&mut self, items: &mut [Value]) -> Result<(), Cause> {
        self.comments.enter();
        for item in items {
            if let Value::Comment(text) = item {
                self.comment(text)?;
                continue;
            }
            self.value(item)?;
            // An encrypted comment stood there as if it were an item.
            if let Value::Comment(text) = item {
                self.comments.add(text);
            } else {
                self.comments.used();
            }
        }
        self.comments.leave();
        Ok(())
    }

    /// A comment may be encrypted or clear wherever it stands; it is not part of the MAC.
    fn comment(&mut self, text: &mut Bytes) -> Result<(), Cause> {
        if is_sealed(text) {
            let value = self.cipher.open(text, &self.name(), &self.aad())?;
            if let Value::Comment(plain) | Value::Text(plain) = value {
                *text = plain;
            }
        }
        self.comments.add(text);
        Ok(())
    }

    fn value(&mut self, value: &mut Value) -> Result<(), Cause> {
        match value {
            Value::Map(items) => self.map(items),
            Value::List(items) => self.list(items),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Time(_)
            | Value::Text(_)
            | Value::Comment(_) => self.leaf(value),
        }
    }

    fn leaf(&mut self, value: &mut Value) -> Result<(), Cause> {
        let encrypted = self.metadata.rule.encrypts(&self.path, &self.comments);
        if encrypted {
            match value {
                Value::Null => (),
                Value::Text(text) if text.is_empty() => (),
                Value::Text(text) if is_sealed(text) => {
                    *value = self.cipher.open(text, &self.name(), &self.aad())?;
                }
                Value::Text(_)
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Time(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::Comment(_) => return Err(Cause::NotEncrypted { path: self.name() }),
            }
        }
        if encrypted || !self.metadata.mac_only_encrypted {
            self.mac.update(&*value.canonical().unwrap_or_default());
        }
        Ok(())
    }

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

    /// The path as SOPS authenticates it: list items have no index.
    fn aad(&self) -> String {
        self.path.join(":") + ":"
    }

    /// The path for people.
    fn name(&self) -> String {
        if self.path.is_empty() { "a comment".to_owned() } else { self.path.join(".") }
    }
}
