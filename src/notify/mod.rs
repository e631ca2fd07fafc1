//! Outcomes to people: what happened, once, to where they look.
//!
//! `decide` is the pure heart: notices and the time in, messages out, and what a channel remembers of what it told. `queue`
//! keeps messages on their way until they arrive or are worth nothing, `message` puts one into words and `template` into a
//! form of the user's own. `channels` has a file for each kind, from a message to a request; `deliver` makes one try,
//! `work` looks after one channel, and `start` after all of them.

mod decide;
mod queue;
mod message;
mod template;
mod channels;
mod deliver;
mod work;
mod start;
mod error;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use start::{Clock, Notices, Sender, start};
