//! One pass, from fetch to outcome.
//!
//! A `pass` fetches each source (`fetch`), finds its stacks (`found`, each at its `place`), and runs each (`run`): it renders what is desired
//! (`render`, with `layout`, `binds`, `objects` and `profiles` for what containers need from files, and `socket` for those
//! that get the engine's), observes what is there, plans, and (for a sync) applies. `together` runs several at once, in
//! their `order`. A revision of git is on `trial`: when an `attempt` fails, the stack goes `back` to what `remember` knows
//! as good; `rollback` does that at a person's word. A stack that fails is one failed stack: the others go on, but for
//! those that need it. The first change takes the `right` to change the engine, and `record` keeps the run in the journal.
//! `listing` names stacks
//! and `show` loads one without asking the engine.

mod context;
mod error;
mod progress;
mod fetch;
mod alone;
mod found;
mod place;
mod layout;
mod binds;
mod objects;
mod profiles;
mod socket;
mod masked;
mod render;
mod remember;
mod attempt;
mod back;
mod trial;
mod order;
mod right;
mod record;
mod shown;
mod run;
mod together;
mod pass;
mod listing;
mod show;
mod rollback;
mod memory;
mod prune;

#[cfg(test)]
mod tests;

pub use alone::{LeftAlone, Suspended};
pub use context::{Context, keys};
pub use error::Error;
pub use fetch::Terms;
pub use listing::{Freshness, Listed, Listing, applied, list};
pub use pass::{Report, Target, pass};
pub use progress::{Progress, Silent};
pub use prune::Prune;
pub use rollback::{Wish, roll_back};
pub use run::{KnownBad, Mode, StackRun};
pub use show::{inspect, show};
