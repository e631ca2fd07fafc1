//! Decrypted files to show and to change, and plaintext to encrypted files.
//!
//! `view` decrypts a file for people, whole or one value of it; `convert` writes it in another format.

mod error;
mod convert;
mod view;

pub use error::Error;
pub use view::View;
