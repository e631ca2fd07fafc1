//! What the daemon does to the world. Each effect that works ends in exactly one event.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Accepted, Outcome, Refused, RequestId, Scope};
use super::happening::What;
use crate::journal::{Suspension, Trigger};
use crate::model::name::{ProjectName, SourceName};
use crate::model::notice::Notice;
use crate::model::revision::Revision;
use crate::reconcile::{self, KnownBad, Prune};

/// Number of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassId(pub u64);

/// What asks for work, and who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// What asks.
    pub trigger: Trigger,
    /// Who does.
    pub caller: String,
}

/// What the daemon does to the world.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Answers a request at once.
    Reply(RequestId, Result<Accepted, Refused>),
    /// Answers with the outcome of a request.
    Answer(RequestId, Outcome),
    /// Fetches a source and looks what is in it; ends in `Fetched`.
    Fetch {
        /// The source.
        source: SourceName,
        /// The revision that its stacks are compared with.
        since: Option<Revision>,
    },
    /// Reconciles stacks of one source at one revision; each ends in `Ended`, all in `Passed`.
    Reconcile(Order),
    /// Brings a stack back; ends in `Ended` where there was a run, then in `Passed`.
    RollBack(RollBack),
    /// Reconciles everything, and removes what the sources no longer hold; each stack ends in `Ended`, all in `Passed`.
    ReconcileAll(WholeOrder),
    /// Shows what a sync would do; ends in `Planned`.
    Plan(RequestId, Asker, Scope),
    /// Writes to the journal; ends in `Noted`.
    Note(Note),
    /// Lists containers; ends in `Observed`.
    Observe(Look),
    /// Listens to the engine; ends in `WatchEnded`.
    Watch,
    /// Reads the settings again; ends in `Reloaded`.
    Reload(Option<RequestId>),
    /// Ends all passes between two operations.
    Cancel,
    /// Lets the run of a stack end where it waits: something newer wants its turn.
    Cut(PassId, ProjectName),
    /// Tells whoever follows.
    Tell(What),
    /// Tells people.
    Notice(Notice),
    /// Ends the daemon.
    End(Ending),
}

/// How the daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked for it.
    Asked,
    /// It cannot go on.
    Broken,
}

/// Stacks of one source to be reconciled at one revision.
#[derive(Debug, Clone)]
pub struct Order {
    /// The pass.
    pub pass: PassId,
    /// The source.
    pub source: SourceName,
    /// The revision.
    pub revision: Revision,
    /// The revisions of all sources that are known.
    pub revisions: BTreeMap<SourceName, Revision>,
    /// The stacks.
    pub stacks: Vec<ProjectName>,
    /// At whose word.
    pub asker: Asker,
    /// What becomes of revisions that are known to fail.
    pub known_bad: KnownBad,
}

/// A stack to be brought back.
#[derive(Debug, Clone)]
pub struct RollBack {
    /// The pass.
    pub pass: PassId,
    /// The stack.
    pub project: ProjectName,
    /// The commit, by its first digits; else the last good one.
    pub revision: Option<String>,
    /// At whose word.
    pub asker: Asker,
}

/// Everything to be reconciled.
#[derive(Debug, Clone)]
pub struct WholeOrder {
    /// The pass.
    pub pass: PassId,
    /// The sources that could be fetched, each with its revision.
    pub revisions: BTreeMap<SourceName, Revision>,
    /// Whether a source may have lost much.
    pub prune: Prune,
    /// At whose word.
    pub asker: Asker,
    /// What becomes of revisions that are known to fail.
    pub known_bad: KnownBad,
}

/// A fact for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The request that it belongs to.
    pub request: Option<RequestId>,
    /// The stack.
    pub project: ProjectName,
    /// The fact.
    pub fact: Fact,
}

/// What is noted about a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// It is suspended.
    Suspended(Suspension),
    /// It is resumed.
    Resumed,
    /// Somebody saw something of one of its containers.
    Witnessed(reconcile::Fact),
}

/// Whose containers are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Those of all stacks.
    All,
    /// Those of the stacks where something happened: an engine with hundreds of containers has much to do for a list of all.
    Stacks(BTreeSet<ProjectName>),
}

impl Look {
    /// So many lists of one stack each cost an engine about as much as one of all.
    const MOST: usize = 8;

    /// At nobody's.
    pub fn none() -> Self {
        Self::Stacks(BTreeSet::new())
    }

    /// Looks at that stack, too.
    pub fn add(&mut self, project: &ProjectName) {
        if let Self::Stacks(stacks) = self {
            stacks.insert(project.clone());
            if stacks.len() > Self::MOST {
                *self = Self::All;
            }
        }
    }

    /// Whether that stack is looked at.
    pub fn covers(&self, project: &ProjectName) -> bool {
        match self {
            Self::All => true,
            Self::Stacks(stacks) => stacks.contains(project),
        }
    }
}
