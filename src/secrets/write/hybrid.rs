//! Post-quantum recipients of age 1.3: HPKE with X-Wing (ML-KEM-768 and X25519) around the key of a file.

use std::collections::HashSet;
use std::convert::Infallible;

use age::EncryptError;
use age_core::format::{FileKey, Stanza};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{FromBase32 as _, Variant};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _, single_shot_seal_with_rng};

use crate::secrets::random;

/// What a recipient begins with.
pub(super) const PREFIX: &str = "age1pq1";
/// The human-readable part of a recipient.
const RECIPIENT: &str = "age1pq";
/// The type of its stanzas.
const TAG: &str = "mlkem768x25519";
/// What the key is bound to.
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
/// What age calls those that are safe from quantum computers: they go together with no others.
const LABEL: &str = "postquantum";

/// A post-quantum recipient.
pub(super) struct Recipient {
    key: <XWing as Kem>::PublicKey,
}

impl Recipient {
    /// Reads `age1pq1…`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (part, data, variant) = bech32::decode(text).ok()?;
        let key = Vec::<u8>::from_base32(&data).ok()?;
        if part != RECIPIENT || variant != Variant::Bech32 {
            return None;
        }
        Some(Self { key: <XWing as Kem>::PublicKey::from_bytes(&key).ok()? })
    }
}

impl age::Recipient for Recipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let sealed = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.key,
            INFO,
            file_key.expose_secret(),
            b"",
            &mut Chance,
        );
        let failed =
            |error: hpke::HpkeError| EncryptError::Io(std::io::Error::other(error.to_string()));
        let (encapped, body) = sealed.map_err(failed)?;
        let args = vec![STANDARD_NO_PAD.encode(encapped.to_bytes())];
        let stanza = Stanza { tag: TAG.to_owned(), args, body };
        Ok((vec![stanza], HashSet::from([LABEL.to_owned()])))
    }
}

/// Chance from the system, for HPKE.
struct Chance;

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(*random::bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(*random::bytes()))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for chunk in to.chunks_mut(32) {
            chunk.copy_from_slice(&random::bytes::<32>()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Chance {}
