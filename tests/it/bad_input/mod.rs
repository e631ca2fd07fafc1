//! Bad input of every kind: what is said, how it ends, and that nothing was touched.

mod sources;
mod stacks;
mod files;
mod engines;
