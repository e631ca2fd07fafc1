//! Managers of secrets outside: OpenBao and Vault, asked over HTTP for what stacks refer to.
//!
//! `ask` is one question to one server, `client` how it is reached; `cache` keeps the answers in memory for as long as
//! the settings say.

mod ask;
mod cache;
mod client;
mod error;
#[cfg(test)]
mod tests;

pub use cache::Providers;
pub use error::ProviderError;
