//! Files that the real `sops` wrote, and what may go wrong with them.

mod bad_input;
mod corpus;
mod identities;
mod mutated;
mod refused;
mod vectors;
mod written;

use std::path::{Path, PathBuf};

use super::{KeySource, Keys, Opened};
use crate::model::failure::Failure;
use crate::model::secret::Secret;

/// A fixture's path.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sops").join(name)
}

/// The identities in these fixtures.
fn keys(names: &[&str]) -> Keys {
    let sources: Vec<_> =
        names.iter().map(|name| KeySource::file(fixture("keys").join(name))).collect();
    Keys::load(&sources).unwrap()
}

/// What a file says when it is opened under `name`, or the error with its cause and hint.
fn open(keys: &Keys, name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    match keys.open(Path::new(name), bytes) {
        Ok(Opened::Decrypted(plain)) => Ok(plain.expose().to_vec()),
        Ok(Opened::Plain) => Err("plain".to_owned()),
        Err(error) => Err(told(&error)),
    }
}

/// An error as people see it.
fn told(error: &impl Failure) -> String {
    let mut text = format!("error: {error}");
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text += &format!("\n  cause: {cause}");
        next = cause.source();
    }
    if let Some(hint) = error.hint() {
        text += &format!("\nhint: {hint}");
    }
    text
}

/// A key source of a text.
fn text_source(text: &str) -> KeySource {
    KeySource::Text { origin: "SOPS_AGE_KEY".to_owned(), text: Secret::new(text.into()) }
}
