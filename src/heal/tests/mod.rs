//! Scenes: facts told in short words, a verdict read back in one line.

mod blockers;
mod budget;
mod crashes;
mod containers;
mod hangs;
mod intents;
mod scene;
mod simulation;
mod world;
