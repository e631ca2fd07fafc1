//! The one outgoing HTTP client: TLS roots, proxies, time-outs, redaction.
//!
//! Whoever asks somebody outside over HTTP does it through `client`, and names the server in errors by its setting: a URL
//! may hold a secret, and appears nowhere.

mod client;
mod error;

pub use client::{Answer, Client, Options, Request};
pub use error::Error;
