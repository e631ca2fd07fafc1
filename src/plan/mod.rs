//! What is desired and what is observed become an ordered list of operations, each with its cause. Pure.
//!
//! `operation`, `cause` and `note` are what a plan says (`words` says it to people), `options` what a caller may choose, `error` why there is no plan.
//! `planner` decides: about `resources` (networks and volumes), files (`layout`), `images`, `orphans`, and about the
//! containers of each service (`replicas`, by the `verdict` on each, which `explain` words). Then it puts the decisions in
//! order: `changes` and `removals` first, `starts` behind them, with the `hooks` of services at both, and at the end the
//! `wrecks` that an engine could not remove. `rest` is what has to
//! be waited for beside that, `gone` what becomes of a stack that its source has lost, `unused` of images.

mod operation;
mod words;
mod change;
mod cause;
mod note;
mod budget;
mod options;
mod error;
mod planner;
mod order;
mod images;
mod resources;
mod layout;
mod orphans;
mod replicas;
mod startfirst;
mod succession;
mod handover;
mod verdict;
mod explain;
mod leftover;
mod oneshot;
mod names;
mod inherit;
mod diff;
mod draft;
mod hooks;
mod changes;
mod removals;
mod starts;
mod rest;
mod gone;
mod unused;
mod wrecks;
mod adopted;
#[cfg(test)]
mod tests;

pub use adopted::{adopted, overwritten};
pub use budget::Budget;
pub use cause::Cause;
pub use change::Change;
pub use diff::{Before, Diff, DiffLine, diff};
pub use error::Error;
pub use gone::{gone, needs_confirmation};
pub use note::Note;
pub use operation::{Action, OpId, Operation, Phase, Place, Plan, Unmet, Until};
pub use options::{Options, Wait};
pub use planner::plan;
pub use rest::rest;
pub use unused::{Brought, unused};
