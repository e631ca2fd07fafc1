//! A file for each kind of channel: from a message to a request.
//!
//! `outgoing` is what all of them make, and leads to the one that a channel is of.

mod ntfy;
mod outgoing;
mod webhook;

pub(super) use outgoing::{Outgoing, Parcel, outgoing};
