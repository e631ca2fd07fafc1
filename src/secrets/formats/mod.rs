//! The formats in which SOPS keeps files: bytes to documents and back, through a `buffer` that leaves no copies.

mod buffer;
mod dotenv;
mod flat;
mod format;
mod ini;
mod json;
mod yaml;

pub use format::{Format, Indent};
