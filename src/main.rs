//! Conductor.
fn main() {}
