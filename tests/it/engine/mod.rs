//! The engine side against real engines: observe, act, pull.

mod stack;
mod life;
mod observation;
mod refusals;
mod pulls;
mod wire;
mod plans;
