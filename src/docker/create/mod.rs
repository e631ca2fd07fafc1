//! A service as the body of a create request, by API version. Pure.
//!
//! The bodies are JSON of our own making: they hold members that bollard's types have no place for, and come out the same
//! every time.

mod body;
mod check;
mod devices;
mod hook;
mod host_config;
mod labels;
mod members;
mod mounts;
mod namespaces;
mod networks;
mod objects;
mod ports;
mod resources;
mod security;
mod unsupported;
#[cfg(test)]
mod tests;

pub use check::{check, check_service};

pub(super) use body::body;
pub(super) use hook::hook_body;
pub(super) use objects::{network, volume};
