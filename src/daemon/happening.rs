//! What happens, for whoever follows.

use serde::Serialize;

use super::command::RequestId;
use crate::model::name::{ProjectName, SourceName};
use crate::model::revision::Revision;
use crate::model::snapshot::ProblemNow;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// Counts up by one; a gap says that something was missed.
    pub number: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// A request was accepted.
    Accepted {
        /// Its number.
        request: RequestId,
        /// What asked.
        trigger: &'static str,
        /// Who did.
        caller: String,
        /// What for.
        wants: String,
        /// The stack, where it is for one.
        stack: Option<ProjectName>,
    },
    /// A request was not taken.
    Refused {
        /// What asked.
        trigger: &'static str,
        /// Who did.
        caller: String,
        /// What for.
        wants: String,
        /// The stack, where it is for one.
        stack: Option<ProjectName>,
        /// Why not.
        why: String,
    },
    /// A request was answered.
    Answered {
        /// Its number.
        request: RequestId,
        /// Whether all that it asked for is well.
        well: bool,
    },
    /// A source brought a new revision.
    Revision {
        /// The source.
        source: SourceName,
        /// The revision.
        revision: Revision,
    },
    /// A source could not be fetched; told once until it can be again.
    SourceFailed {
        /// The source.
        source: SourceName,
        /// Why.
        problem: ProblemNow,
    },
    /// A source can be fetched again.
    SourceRecovered {
        /// The source.
        source: SourceName,
    },
    /// A run began.
    Began {
        /// The stack.
        stack: ProjectName,
        /// The revision; none where it goes back to an earlier one.
        revision: Option<Revision>,
        /// What asked for it.
        trigger: &'static str,
        /// Who did.
        caller: String,
        /// The requests that it answers.
        requests: Vec<RequestId>,
    },
    /// An operation of a run.
    Operation {
        /// The stack.
        stack: ProjectName,
        /// How far it is.
        state: OperationState,
        /// What is done: `create`, `stop`.
        verb: &'static str,
        /// To what.
        subject: String,
        /// Why.
        cause: String,
        /// What went wrong.
        error: Option<String>,
    },
    /// A run ended.
    Ended {
        /// The stack.
        stack: ProjectName,
        /// The revision.
        revision: Revision,
        /// What asked for it.
        trigger: &'static str,
        /// The outcome in a word or two.
        outcome: &'static str,
        /// Operations that were carried out.
        done: usize,
        /// How long it took, in milliseconds.
        millis: u64,
        /// What went wrong.
        problem: Option<ProblemNow>,
        /// The requests that it answers.
        requests: Vec<RequestId>,
    },
    /// The health of a stack is another one than it was.
    Health {
        /// The stack.
        stack: ProjectName,
        /// What it was.
        before: &'static str,
        /// What it is.
        now: &'static str,
    },
    /// A stack is no longer as it was made: it is looked after.
    Drift {
        /// The stack.
        stack: ProjectName,
        /// The containers that changed.
        containers: Vec<String>,
    },
    /// The engine cannot be reached any more.
    EngineLost {
        /// Why.
        problem: ProblemNow,
    },
    /// The engine is there.
    EngineBack,
    /// Docker itself is in another condition.
    Docker {
        /// Which, in a word.
        state: &'static str,
        /// Why it is taken to be that.
        why: String,
        /// Whether that is an illness.
        ill: bool,
    },
    /// Something about an illness of Docker.
    Incident {
        /// What it is about: `state`, `remedy`, `helped`, `useless`, `recovered`.
        kind: &'static str,
        /// In words.
        text: String,
        /// Whether people are told at once.
        loud: bool,
    },
    /// A stack was suspended.
    Suspended {
        /// The stack.
        stack: ProjectName,
        /// At whose word, and why.
        why: String,
    },
    /// A suspended stack is taken care of again.
    Resumed {
        /// The stack.
        stack: ProjectName,
    },
    /// The settings were read again.
    Reloaded {
        /// Why they stay as they were.
        problem: Option<ProblemNow>,
    },
    /// The journal cannot be written, or is written again.
    Journal {
        /// Why not.
        problem: Option<ProblemNow>,
    },
    /// The daemon ends.
    Stopping {
        /// Why, unless somebody asked for it.
        reason: Option<String>,
    },
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// It began.
    Begun,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// A wait that nobody requires failed.
    PassedOver,
    /// It was broken off.
    BrokenOff,
}
