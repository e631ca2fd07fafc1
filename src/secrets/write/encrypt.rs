//! All values of a file, in order, to ciphertext, and the MAC over them.

use std::cell::Cell;
use std::collections::HashMap;

use sha2::{Digest as _, Sha256, Sha512};

use crate::secrets::leaf::{Cipher, is_sealed};
use crate::secrets::rule::Rule;
use crate::secrets::tree::{Bytes, Document, Item, Value};
use crate::secrets::walk::{Place, Visit, walk};

/// What is encrypted, and with what.
pub(super) struct Terms<'a> {
    /// Which values are encrypted.
    pub(super) rule: &'a Rule,
    /// Whether the MAC covers encrypted values only.
    pub(super) mac_only_encrypted: bool,
    /// The cipher of the data key.
    pub(super) cipher: &'a Cipher,
    /// What the values looked like so far.
    pub(super) known: &'a Known,
}

/// Encrypts the documents in place, and answers with the MAC; or why they cannot be encrypted.
pub(super) fn encrypt(documents: &mut [Document], terms: &Terms<'_>) -> Result<String, String> {
    let mut mac = Sha512::new();
    if terms.mac_only_encrypted {
        mac.update(Sha256::digest(b"sops"));
    }
    let mut sealing = Sealing { terms, mac };
    walk(documents, &mut sealing)?;
    Ok(format!("{:X}", sealing.mac.finalize()))
}

struct Sealing<'a> {
    terms: &'a Terms<'a>,
    mac: Sha512,
}

impl Visit for Sealing<'_> {
    type Error = String;

    fn comment_of_list(&mut self, place: &mut Place, text: &mut Bytes) -> Result<(), String> {
        // SOPS takes an encrypted comment that says nothing for an item.
        if text.is_empty() {
            text.push(b' ');
        }
        self.comment(place, text)
    }

    /// A comment that makes the rest encrypted stays clear, and so does one that makes the rest clear.
    fn comment(&mut self, place: &mut Place, text: &mut Bytes) -> Result<(), String> {
        let rule = self.terms.rule;
        let before = rule.encrypts(&place.path, &place.comments);
        place.comments.add(text);
        let encrypted = match rule {
            Rule::EncryptedCommentRegex(_) => before,
            Rule::UnencryptedSuffix(_)
            | Rule::EncryptedSuffix(_)
            | Rule::UnencryptedRegex(_)
            | Rule::EncryptedRegex(_)
            | Rule::UnencryptedCommentRegex(_) => rule.encrypts(&place.path, &place.comments),
        };
        if !encrypted || text.is_empty() {
            return Ok(());
        }
        *text = self.seal(place, &Value::Comment(text.clone()))?;
        if let Rule::UnencryptedCommentRegex(regex) = rule
            && regex.is_match(&String::from_utf8_lossy(text))
        {
            return Err("its `unencrypted_comment_regex` matches an encrypted comment".to_owned());
        }
        Ok(())
    }

    fn leaf(&mut self, place: &Place, value: &mut Value) -> Result<(), String> {
        let encrypted = self.terms.rule.encrypts(&place.path, &place.comments);
        if !encrypted && *value == Value::Float(0.0) {
            // Written `-0` or `0`, it is read back as an integer, which has no sign.
            *value = Value::Int(0);
        }
        let Some(plain) = value.canonical() else { return Ok(()) };
        if encrypted || !self.terms.mac_only_encrypted {
            self.mac.update(&*plain);
        }
        if encrypted && !plain.is_empty() {
            *value = Value::Text(self.seal(place, value)?);
        }
        Ok(())
    }
}

impl Sealing<'_> {
    /// The value as it was encrypted before, where nothing about it changed: a small change stays a small difference.
    fn seal(&self, place: &Place, value: &Value) -> Result<Bytes, String> {
        let aad = place.aad();
        if let Some(known) = self.terms.known.next(&digest(&aad, value)) {
            return Ok(known);
        }
        let sealed = self.terms.cipher.seal(value, &aad);
        sealed.ok_or_else(|| format!("the value at `{}` is too large", place.name()))
    }
}

/// The ciphertexts of values by what they said, and where: in the order of the file, each to be used once, because two that
/// look the same say that they are.
#[derive(Default)]
pub(super) struct Known(HashMap<[u8; 32], (Vec<Bytes>, Cell<usize>)>);

impl Known {
    /// Takes the values of a file from before and after it was decrypted.
    pub(super) fn gather(sealed: &[Document], plain: &[Document]) -> Self {
        let mut known = Self::default();
        for (sealed, plain) in sealed.iter().zip(plain) {
            known.map(sealed, plain, "");
        }
        known
    }

    fn next(&self, digest: &[u8; 32]) -> Option<Bytes> {
        let (known, used) = self.0.get(digest)?;
        known.get(used.replace(used.get() + 1)).cloned()
    }

    fn map(&mut self, sealed: &[Item], plain: &[Item], aad: &str) {
        for pair in sealed.iter().zip(plain) {
            match pair {
                (Item::Entry(key, sealed), Item::Entry(_, plain)) => {
                    self.value(sealed, plain, &format!("{aad}{key}:"));
                }
                (Item::Comment(sealed), Item::Comment(plain)) => {
                    let aad = if aad.is_empty() { ":" } else { aad };
                    self.note(sealed, &Value::Comment(plain.clone()), aad);
                }
                (Item::Entry(..), Item::Comment(_)) | (Item::Comment(_), Item::Entry(..)) => (),
            }
        }
    }

    fn value(&mut self, sealed: &Value, plain: &Value, aad: &str) {
        match (sealed, plain) {
            (Value::Map(sealed), Value::Map(plain)) => self.map(sealed, plain, aad),
            (Value::List(sealed), Value::List(plain)) => {
                for (sealed, plain) in sealed.iter().zip(plain) {
                    self.value(sealed, plain, aad);
                }
            }
            (Value::Text(sealed) | Value::Comment(sealed), plain) => self.note(sealed, plain, aad),
            _ => (),
        }
    }

    fn note(&mut self, sealed: &Bytes, plain: &Value, aad: &str) {
        if is_sealed(sealed) {
            self.0.entry(digest(aad, plain)).or_default().0.push(sealed.clone());
        }
    }
}

/// What a value is known by: its place, its kind and what it says.
fn digest(aad: &str, value: &Value) -> [u8; 32] {
    let (kind, plain) = match value {
        Value::Comment(text) => ("comment", Some(text.clone())),
        Value::Bool(_) => ("bool", value.canonical()),
        Value::Int(_) => ("int", value.canonical()),
        Value::Float(_) => ("float", value.canonical()),
        Value::Time(_) => ("time", value.canonical()),
        Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) => ("str", value.canonical()),
    };
    let mut hash = Sha256::new();
    hash.update((aad.len() as u64).to_be_bytes());
    hash.update(aad);
    hash.update(kind);
    hash.update([0]);
    hash.update(&*plain.unwrap_or_default());
    hash.finalize().into()
}
