//! Post-quantum identities of age 1.3: HPKE with X-Wing (ML-KEM-768 and X25519) around the key of a file.

use age::DecryptError;
use age_core::format::{FileKey, Stanza};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{FromBase32 as _, ToBase32 as _, Variant};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, OpModeR, Serializable as _, single_shot_open};
use zeroize::Zeroizing;

/// What an identity begins with.
pub(super) const PREFIX: &str = "AGE-SECRET-KEY-PQ-1";
/// The human-readable part of an identity, in lower case.
const IDENTITY: &str = "age-secret-key-pq-";
/// The human-readable part of a recipient.
const RECIPIENT: &str = "age1pq";
/// The type of its stanzas.
const TAG: &str = "mlkem768x25519";
/// What the key is bound to.
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
/// Bytes of a file key with its tag.
const SEALED: usize = 16 + 16;

/// A post-quantum identity.
pub(super) struct Identity {
    key: <XWing as Kem>::PrivateKey,
}

impl Identity {
    /// Reads `AGE-SECRET-KEY-PQ-1…`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (part, data, variant) = bech32::decode(text).ok()?;
        let seed = Zeroizing::new(Vec::<u8>::from_base32(&data).ok()?);
        if part.to_ascii_lowercase() != IDENTITY || variant != Variant::Bech32 {
            return None;
        }
        Some(Self { key: <XWing as Kem>::PrivateKey::from_bytes(&seed).ok()? })
    }

    /// Its public key: `age1pq1…`.
    pub(super) fn recipient(&self) -> String {
        let key = XWing::sk_to_pk(&self.key).to_bytes();
        bech32::encode(RECIPIENT, key.to_base32(), Variant::Bech32).unwrap_or_default()
    }

    fn open(&self, stanza: &Stanza) -> Option<FileKey> {
        let [encapped] = stanza.args.as_slice() else { return None };
        let encapped = STANDARD_NO_PAD.decode(encapped).ok()?;
        let encapped = <XWing as Kem>::EncappedKey::from_bytes(&encapped).ok()?;
        if stanza.body.len() != SEALED {
            return None;
        }
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.key,
            &encapped,
            INFO,
            &stanza.body,
            b"",
        );
        let opened = Zeroizing::new(opened.ok()?);
        let key: [u8; 16] = opened.as_slice().try_into().ok()?;
        Some(FileKey::new(Box::new(key)))
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        // As for X25519, nothing in a stanza says for whom it is: one that does not open is for somebody else.
        if stanza.tag == TAG { self.open(stanza).map(Ok) } else { None }
    }
}
