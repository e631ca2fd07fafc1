//! This host's identities: where they come from, what they are, and what they open.
//!
//! `source` reads files, texts and the output of a command; `identities` makes keys of what they say, with `hybrid` for
//! post-quantum age and `pgp` for PGP; what a passphrase protects waits in `locked` until it is needed, once. `ring` is all
//! of it together, and notices when a file changes.

mod command;
mod hybrid;
mod identities;
mod locked;
mod passphrase;
mod pgp;
mod ring;
mod source;
mod words;

pub use passphrase::{Ask, Passphrases};
pub use ring::{Keys, MacOnlyEncrypted};
pub use source::{KeySource, Presence};

pub(super) use identities::Locked;
pub(super) use source::bounded;
