//! One pass, from fetch to outcome.
//!
//! A `pass` fetches each source (`fetch`), finds its stacks (`found`, each at its `place`; `findings` keeps what one commit
//! brought), and runs each (`run`): it renders what is desired (`render`, with `layout`, `binds`, `objects` and `profiles` for
//! what containers need from files, `whereabouts` for where a fault stands, and `socket` for those that get the engine's),
//! observes what is there, plans, and (for a sync) applies. `together` runs several at once, in their `order` and at their
//! `turns`; `prune` removes what a source no longer holds, `sweep` the `images` that nobody needs any more (both carry out
//! plans for `nothing`), and `upkeep` says when the journal is. A revision of git is on `trial`: when an `attempt` fails, the
//! stack goes `back` to what `remember` knows as good; `rollback` does that at a person's word. A stack that fails is one
//! failed stack: the others go on, but for those that need it. The first change takes the `right` to change the engine, and
//! `record` keeps the run in the journal; `cuts` end runs at a wait, where something newer wants its turn. `container` knows
//! what the engine's host calls our files, where Conductor lives in a container. `ahead` lays out secrets before Docker starts
//! with the machine. `listing` names stacks and `show` loads one without asking the engine.
//!
//! **What a daemon needs.** One [`Context`] for its life, opened with [`Context::to_act`] under the lock of the state directory:
//! it holds the [`Right`] to change the engine, so that its passes may run at once and no other Conductor's may. [`news`] asks
//! a remote and says which stacks a new revision touched (`footprint` knows what they were made from); a pass over these
//! stacks alone, with the revision in `known`, asks nobody again. What events of the engine tell of containers goes through
//! [`Stops`] and [`Context::witness`] into the journal, and from there (`memory`) to the planner. The trigger in [`Terms`] says whether
//! a person asks: what was stopped by hand, or ends again and again, is started only then, or with a new revision.

mod context;
mod container;
mod error;
mod progress;
mod fetch;
mod alone;
mod footprint;
mod found;
mod findings;
mod place;
mod layout;
mod binds;
mod objects;
mod profiles;
mod socket;
mod masked;
mod whereabouts;
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
mod turns;
mod together;
mod pass;
mod cuts;
mod listing;
mod show;
mod rollback;
mod memory;
mod stops;
mod witness;
mod news;
mod images;
mod nothing;
mod prune;
mod sweep;
mod upkeep;
mod ahead;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod news_tests;

pub use ahead::{Ahead, lay_out_secrets};
pub use alone::{LeftAlone, Suspended};
pub use container::Located;
pub use context::{Context, keys};
pub use cuts::Cuts;
pub use error::Error;
pub use fetch::Terms;
pub use footprint::Footprints;
pub use listing::{Freshness, Listed, Listing, applied, list};
pub use news::{News, Touched, news, touched};
pub use pass::{Report, Target, pass};
pub use progress::{Progress, Silent};
pub use prune::Prune;
pub use right::Right;
pub use rollback::{Wish, roll_back};
pub use run::{KnownBad, Mode, StackRun};
pub use show::{inspect, show};
pub use stops::{GRACE, Stops};
pub use witness::Fact;
