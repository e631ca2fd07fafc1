//! The signature of Standard Webhooks: over an id, a time and the body. GitLab's newer form, and ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::check::{any, digest, hmac, same};
use super::delivery::Delivery;
use super::verdict::{Once, Refusal};
use crate::model::secret::Secret;

/// Seconds that the sender's clock may differ from ours, either way.
const TOLERANCE: i64 = 5 * 60;
/// What a secret of this form begins with.
const PREFIX: &[u8] = b"whsec_";
/// Signatures that one header may hold: one for each secret that the sender rotates, and then some.
const MAX_SIGNATURES: usize = 8;

/// Whether a secret is of this form; such a secret is never sent as a token.
pub(super) fn is_signing(secret: &Secret) -> bool {
    secret.expose().starts_with(PREFIX)
}

/// Whether the delivery is signed this way at all.
pub(super) fn is_signed(delivery: &Delivery<'_>) -> bool {
    delivery.headers.contains_key("webhook-signature")
}

/// Whether the signature holds and the time is near.
pub(super) fn proof(secrets: &[Secret], delivery: &Delivery<'_>) -> Result<Option<Once>, Refusal> {
    let header = |name| {
        delivery
            .bytes(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Refusal::unproven(format!("no `{name}`, or more than one")))
    };
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    let signatures: Vec<&[u8]> =
        header("webhook-signature")?.split(|byte| *byte == b' ').take(MAX_SIGNATURES).collect();
    let expected = |secret: &Secret| {
        let mac = hmac(&key(secret), &[id, b".", time, b".", delivery.body]);
        format!("v1,{}", STANDARD.encode(mac))
    };
    let holds = any(secrets, |secret| {
        let expected = expected(secret);
        signatures.iter().fold(false, |found, given| same(expected.as_bytes(), given) | found)
    });
    if !holds {
        return Err(Refusal::unproven("the signature does not match"));
    }
    let time = std::str::from_utf8(time).ok().and_then(|text| text.parse::<i64>().ok());
    let Some(time) = time else {
        return Err(Refusal::malformed("`webhook-timestamp` is no number of seconds since 1970"));
    };
    if delivery.now.saturating_sub(time).saturating_abs() > TOLERANCE {
        return Err(Refusal::unproven(format!(
            "it was signed more than {} minutes from now: compare the clocks of both machines",
            TOLERANCE / 60
        )));
    }
    let until = time.saturating_add(TOLERANCE).saturating_add(1);
    Ok(Some(Once { digest: digest(&[b"id", id]), until }))
}

/// The bytes that sign: what follows the prefix in base64, else the secret as it stands.
fn key(secret: &Secret) -> zeroize::Zeroizing<Vec<u8>> {
    let bytes = secret.expose();
    let decoded = bytes.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    zeroize::Zeroizing::new(decoded.unwrap_or_else(|| bytes.to_vec()))
}
