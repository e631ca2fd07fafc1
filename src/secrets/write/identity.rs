//! New identities.

use age::secrecy::ExposeSecret as _;

use super::change::time;
use crate::model::secret::Secret;

/// An identity that was just made.
#[derive(Debug)]
pub struct NewIdentity {
    /// The text of an identity file.
    pub text: Secret,
    /// Its public key.
    pub recipient: String,
}

/// Makes an age identity; `now` is in seconds since 1970.
pub fn generate_identity(now: i64) -> NewIdentity {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let secret = identity.to_string();
    let text = format!(
        "# created: {}\n# public key: {recipient}\n{}\n",
        time(now),
        secret.expose_secret()
    );
    NewIdentity { text: Secret::new(text.into_bytes()), recipient }
}
