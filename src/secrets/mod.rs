//! SOPS and age: ciphertext to `Secret`, in memory.
//!
//! `keys` holds this host's identities, `open` decrypts a file with them, whatever it is called, and
//! `counts` what came of it; `detect` finds out what a
//! file is. A SOPS file becomes a `tree` by one of the `formats`; its `metadata` say who may read it and, by their `rule`,
//! what is encrypted; `datakey` gets the file's key, by `shamir` from several groups, `leaf` decrypts one value; on a `walk`
//! through all of them `decrypt` does so, and checks the MAC. `write` shows, changes and makes encrypted files; a `path`
//! names a value inside one; `check` finds what is wrong with those of a repository. `provider` asks managers of secrets outside.

mod error;
mod keys;
mod open;
mod counts;
mod detect;
mod tree;
mod metadata;
mod rule;
mod shamir;
mod datakey;
mod leaf;
mod random;
mod walk;
mod decrypt;
mod formats;
mod path;
mod write;
mod check;
mod provider;
#[cfg(test)]
mod tests;

pub use check::{Finding, FindingKind, check_plain, check_sealed};
pub use counts::Counts;
pub use error::{Cause, Error};
pub use formats::{Format, Indent};
pub use keys::{Ask, KeySource, Keys, MacOnlyEncrypted, Passphrases, Presence};
pub use open::{Opened, is_encrypted, sealed_variables};
pub use path::{PathError, ValuePath};
pub use provider::{ProviderError, Providers};
pub use write::{
    Error as WriteError, Holders, NewIdentity, NewValue, POLICY_FILE, Policy, Readers, Recipe,
    Unsealed, View, encrypt_whole, generate_identity, readers,
};
