//! The whole of the daemon's logic: pure, one event in, effects out.
//!
//! `core` holds the state and hands each event to its place: `requests` (what people ask for, and their answers), `sources`
//! (polling, what a fetch brought), `queue` (which stack waits for what), `passes` (runs, one per stack at a time), `engine`
//! (drift, what was stopped by hand, observation), `docker` (whether runs wait for Docker itself), `notes` (suspended, resumed),
//! `people` (who wants to be told), `leavings` (stacks and sources that are no more), `stop` (the end). `view` is what readers see; `chance` spreads polls.

mod chance;
mod core;
mod docker;
mod engine;
mod journal;
mod leavings;
mod notes;
mod passes;
mod people;
mod queue;
mod requests;
mod source;
mod sources;
mod stack;
mod stop;
#[cfg(test)]
mod tests;
mod view;

pub use self::core::State;
