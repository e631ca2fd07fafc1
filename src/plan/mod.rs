//! What is desired and what is observed become an ordered list of operations, each with its cause. Pure.
//!
//! `operation`, `cause` and `note` are what a plan says, `options` what a caller may choose, `error` why there is no plan.

mod operation;
mod cause;
mod note;
mod options;
mod error;

pub use cause::Cause;
pub use error::Error;
pub use note::Note;
pub use operation::{Action, InheritedVolume, OpId, Operation, Plan, Until};
pub use options::{Options, Wait};
