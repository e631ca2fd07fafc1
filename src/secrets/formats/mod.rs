//! The formats in which SOPS keeps files: bytes to documents and back.

mod dotenv;
mod flat;
mod format;
mod ini;
mod json;
mod yaml;

pub use format::{Format, Indent};
