//! Encrypted files to show, to change and to make.
//!
//! `view` decrypts a file for people, whole or one value of it; `convert` writes it in another format. `change` opens a file
//! and writes it again: `set` changes values, `encrypt` seals them, `heading` is what SOPS notes of them. A `recipe` says for
//! whom and what of a file is encrypted, a `policy` (`.sops.yaml`) has a recipe for every file; a `recipient` (`hybrid`: a post-quantum one) decrypts the
//! data key, or its `share`. `whole` encrypts a file with age alone; an `identity` is a new one.

mod error;
mod convert;
mod view;
mod hybrid;
mod recipient;
mod recipe;
mod policy;
mod share;
mod heading;
mod encrypt;
mod set;
mod change;
mod identity;
mod whole;

pub(super) use change::compare;
pub use change::{NewValue, Readers, Unsealed};
pub use error::Error;
pub use identity::{NewIdentity, generate_identity};
pub use policy::{POLICY_FILE, Policy};
pub use recipe::Recipe;
pub(super) use view::find;
pub use view::{Holders, View, readers};
pub use whole::encrypt_whole;
