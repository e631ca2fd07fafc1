//! One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U32;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::Cause;
use super::random;
use super::tree::{Bytes, Value};
use crate::yaml::Timestamp;

/// Bytes of a data key.
pub(super) const KEY_SIZE: usize = 32;
/// Bytes of SOPS's nonce.
const NONCE_SIZE: usize = 32;
/// Bytes of the tag behind a ciphertext.
const TAG_SIZE: usize = 16;

/// The cipher of one file, made of its data key.
pub(super) struct Cipher(Box<AesGcm<Aes256, U32>>);

/// The parts of an encrypted value as they were written.
struct Sealed<'t> {
    data: &'t str,
    iv: &'t str,
    tag: &'t str,
    kind: &'t str,
}

/// Whether a text is an encrypted value, whole or damaged.
pub(super) fn is_sealed(text: &[u8]) -> bool {
    text.starts_with(b"ENC[AES256_GCM,data:")
}

impl Cipher {
    /// Makes a cipher of a data key of [`KEY_SIZE`] bytes.
    pub(super) fn new(key: &[u8; KEY_SIZE]) -> Self {
        Self(Box::new(AesGcm::new(GenericArray::from_slice(key))))
    }

    /// Decrypts the value that stands at `path`, authenticated together with `aad`.
    pub(super) fn open(&self, text: &[u8], path: &str, aad: &str) -> Result<Value, Cause> {
        let bad = |reason| Cause::Value { path: path.to_owned(), reason };
        let sealed = split(text).ok_or_else(|| bad("it does not look like `ENC[…]`"))?;
        let decode =
            |part: &str| STANDARD.decode(part).map_err(|_error| bad("its base64 is damaged"));
        let (mut message, iv, tag) =
            (decode(sealed.data)?, decode(sealed.iv)?, decode(sealed.tag)?);
        if iv.len() != NONCE_SIZE {
            return Err(bad("its nonce has another length"));
        }
        message.extend(tag);
        let payload = Payload { msg: &message, aad: aad.as_bytes() };
        let plain = self
            .0
            .decrypt(GenericArray::from_slice(&iv), payload)
            .map(Zeroizing::new)
            .map_err(|_error| Cause::Tampered { path: path.to_owned() })?;
        typed(sealed.kind, &plain).ok_or_else(|| bad("its type does not fit"))
    }

    /// Encrypts a value, authenticated together with `aad`; `None` when it is longer than the cipher allows.
    pub(super) fn seal(&self, value: &Value, aad: &str) -> Option<Bytes> {
        let (kind, plain) = match value {
            Value::Bool(_) => ("bool", value.canonical()?),
            Value::Int(_) => ("int", value.canonical()?),
            Value::Float(_) => ("float", value.canonical()?),
            Value::Time(_) => ("time", value.canonical()?),
            Value::Text(text) => ("str", text.clone()),
            Value::Comment(text) => ("comment", text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        };
        let iv = random::bytes::<NONCE_SIZE>();
        let payload = Payload { msg: &plain, aad: aad.as_bytes() };
        let sealed = self.0.encrypt(GenericArray::from_slice(&*iv), payload).ok()?;
        let (data, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_SIZE)?)?;
        let [data, iv, tag] = [data, &*iv, tag].map(|part| STANDARD.encode(part));
        let text = format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]");
        Some(Bytes::new(text.into_bytes()))
    }
}

fn split(text: &[u8]) -> Option<Sealed<'_>> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("ENC[AES256_GCM,data:")?;
    let (data, rest) = text.split_once(",iv:")?;
    let (iv, rest) = rest.split_once(",tag:")?;
    let (tag, rest) = rest.split_once(",type:")?;
    Some(Sealed { data, iv, tag, kind: rest.strip_suffix(']')? })
}

fn typed(kind: &str, plain: &[u8]) -> Option<Value> {
    let text = || std::str::from_utf8(plain).ok();
    Some(match kind {
        "str" => Value::Text(Zeroizing::new(plain.to_vec())),
        "comment" => Value::Comment(Zeroizing::new(plain.to_vec())),
        "int" => Value::Int(text()?.parse().ok()?),
        "float" => Value::Float(text()?.parse().ok()?),
        "bool" => Value::Bool(match text()? {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
            "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
            _ => return None,
        }),
        "time" => Value::Time(Timestamp::parse(text()?)?),
        _ => return None,
    })
}
