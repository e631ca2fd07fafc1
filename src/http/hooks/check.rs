//! Whether a webhook proves who sends it. Every comparison takes the same time, whatever differs.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::delivery::Delivery;
use super::verdict::{Digest, Once, Refusal};
use super::{generic, gitlab};
use crate::model::name::SourceName;
use crate::model::secret::Secret;
use crate::model::webhook::Provider;

/// How long a signed body is remembered.
const REMEMBERED: i64 = 24 * 60 * 60;

/// One entry of `webhooks` in the settings, with the secrets that it names.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Who calls.
    pub provider: Provider,
    /// The source that it is for; every source of the pushed repository where it is not set.
    pub source: Option<SourceName>,
    /// What signs, or the token: each of them is valid, so that one can be replaced by another.
    pub secrets: Vec<Secret>,
    /// What may stand in the path.
    pub path_secrets: Vec<Secret>,
    /// A user and passwords.
    pub basic: Option<Basic>,
    /// Branches that count; empty is those that the source follows.
    pub branches: Vec<String>,
    /// Paths that count; empty is all.
    pub paths: Vec<String>,
}

/// A user and the passwords that are valid now.
#[derive(Debug, Clone)]
pub struct Basic {
    /// The user.
    pub username: String,
    /// The passwords.
    pub passwords: Vec<Secret>,
}

/// Whether everything that the hook asks for is there; and what of it counts once.
pub(super) fn proof(hook: &Hook, delivery: &Delivery<'_>) -> Result<Option<Once>, Refusal> {
    let asked = [
        !hook.secrets.is_empty(),
        !hook.path_secrets.is_empty(),
        hook.basic.as_ref().is_some_and(|basic| !basic.passwords.is_empty()),
    ];
    if !asked.contains(&true) {
        return Err(Refusal::unproven("this webhook has no secret in the settings"));
    }
    let path = delivery.path_secret.unwrap_or_default().as_bytes();
    if !hook.path_secrets.is_empty() && !is_one_of(&hook.path_secrets, path) {
        return Err(Refusal::unproven("the secret in the path is wrong"));
    }
    if hook.path_secrets.is_empty() && delivery.path_secret.is_some() {
        return Err(Refusal::unproven("no secret is expected in the path"));
    }
    if let Some(basic) = &hook.basic {
        basic_auth(basic, delivery)?;
    }
    if hook.secrets.is_empty() {
        return Ok(None);
    }
    match hook.provider {
        Provider::GitHub | Provider::Ghcr => {
            signed_body(hook, delivery, &["x-hub-signature-256"], "sha256=")
        }
        Provider::Bitbucket | Provider::BitbucketServer => {
            signed_body(hook, delivery, &["x-hub-signature"], "sha256=")
        }
        Provider::Gitea => signed_body(hook, delivery, &["x-gitea-signature"], ""),
        Provider::Forgejo => {
            signed_body(hook, delivery, &["x-forgejo-signature", "x-gitea-signature"], "")
        }
        Provider::Gogs => signed_body(hook, delivery, &["x-gogs-signature"], ""),
        Provider::GitLab => gitlab::proof(hook, delivery),
        Provider::Generic => generic::proof(hook, delivery),
        Provider::Distribution => bearer(&hook.secrets, delivery).map(|()| None),
        Provider::Azure | Provider::DockerHub => {
            Err(Refusal::unproven("this provider signs nothing: use `path_secret_file` or `basic`"))
        }
    }
}

/// A signature over the body alone, in hexadecimal digits. Lower case only: a signature has one spelling.
fn signed_body(
    hook: &Hook,
    delivery: &Delivery<'_>,
    headers: &[&str],
    prefix: &str,
) -> Result<Option<Once>, Refusal> {
    let Some(given) = headers.iter().find_map(|header| delivery.bytes(header)) else {
        return Err(Refusal::unproven(format!(
            "no `{}`: set the secret at the sender",
            headers.join("` or `")
        )));
    };
    let expected =
        |secret: &Secret| format!("{prefix}{}", hex(&hmac(secret.expose(), &[delivery.body])));
    if !any(&hook.secrets, |secret| same(expected(secret).as_bytes(), given)) {
        return Err(Refusal::unproven("the signature does not match"));
    }
    let digest = digest(&[hook.provider.word().as_bytes(), delivery.body]);
    Ok(Some(Once { digest, until: delivery.now.saturating_add(REMEMBERED) }))
}

/// `Authorization: Bearer …`.
pub(super) fn bearer(secrets: &[Secret], delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let Some(given) = delivery.bytes("authorization") else {
        return Err(Refusal::unproven("no `authorization`: send `Bearer` and the secret"));
    };
    let given = given.strip_prefix(b"Bearer ").unwrap_or_default();
    if is_one_of(secrets, given) {
        Ok(())
    } else {
        Err(Refusal::unproven("the bearer token does not match"))
    }
}

/// `Authorization: Basic …`.
fn basic_auth(basic: &Basic, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let Some(given) = delivery.bytes("authorization") else {
        return Err(Refusal::unproven(
            "no `authorization`: set the user and password at the sender",
        ));
    };
    let expected = |password: &Secret| {
        let plain = [basic.username.as_bytes(), b":", password.expose()].concat();
        format!("Basic {}", STANDARD.encode(plain))
    };
    if any(&basic.passwords, |password| same(expected(password).as_bytes(), given)) {
        Ok(())
    } else {
        Err(Refusal::unproven("the user or password does not match"))
    }
}

/// Whether `given` is one of `secrets`.
pub(super) fn is_one_of(secrets: &[Secret], given: &[u8]) -> bool {
    any(secrets, |secret| same(secret.expose(), given))
}

/// Whether `holds` of any secret; always asks all of them.
pub(super) fn any(secrets: &[Secret], holds: impl Fn(&Secret) -> bool) -> bool {
    secrets.iter().fold(false, |found, secret| holds(secret) | found)
}

/// Whether two texts are equal. Their digests are compared, so that not even the lengths show.
pub(in crate::http) fn same(one: &[u8], other: &[u8]) -> bool {
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

/// HMAC-SHA256 of all parts together.
pub(in crate::http) fn hmac(key: &[u8], parts: &[&[u8]]) -> Digest {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Digest::default(); // A key of any length will do.
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256 of parts, each with its length before it.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    let mut all = Sha256::new();
    for part in parts {
        all.update((part.len() as u64).to_be_bytes());
        all.update(part);
    }
    all.finalize().into()
}

/// Hexadecimal digits, lower case.
pub(in crate::http) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}
