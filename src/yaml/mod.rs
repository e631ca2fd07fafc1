//! YAML text to nodes with locations, and back: the dialect that Compose and SOPS read.
//!
//! `node` is what a document becomes; `parse` makes it of `events` with the rules of `scalar`, `timestamp` and `keys`, and
//! gives it its `comments`; `merge` applies `<<`; `write` and `quote` turn nodes into text that every reader takes for the same,
//! `print` writes JSON-like values as Compose does, in the style of `go`; `error` names the place.

mod comments;
mod error;
mod events;
mod go;
mod keys;
mod merge;
mod node;
mod parse;
mod quote;
mod scalar;
mod timestamp;
mod print;
mod write;

pub use error::{Error, Kind, excerpt, excerpt_of};
pub use go::go_float;
pub use merge::apply_merges;
pub use node::{Comments, Entry, Node, Position, Style, Value};
pub use parse::{parse, parse_bytes};
pub use print::print;
pub use scalar::resolve;
pub use timestamp::Timestamp;
pub use write::{write, write_indented};
