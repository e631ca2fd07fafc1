//! The daemon's logic, held to its promises: event by event, over random interleavings, and over all of them up to a bound.

mod cuts;
mod docker;
mod journal;
mod endings;
mod leavings;
mod interleavings;
mod made;
mod model;
mod remote;
mod runs;
mod world;
