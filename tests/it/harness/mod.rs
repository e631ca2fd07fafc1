//! The harness itself: what other tests rely on.

mod engines;
mod servers;
mod proxy;
