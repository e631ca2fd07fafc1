//! What the daemon can be asked for, and how it answers.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::journal::Trigger;
use crate::model::name::SourceName;
use crate::model::outcome::Trouble;
use crate::reconcile::{KnownBad, Prune, StackRun, Suspended};

/// Number of a request, unique also over restarts of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A command, at whose word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub command: Command,
    /// What asks: a command, a webhook, the API.
    pub trigger: Trigger,
    /// Who does, such as `alice` or `github`.
    pub caller: String,
}

/// What the daemon can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Bring stacks in line with their sources.
    Sync(Sync),
    /// Show what a sync would do. Changes nothing.
    Plan(Scope),
    /// Bring a stack back to an earlier revision, and hold it there.
    RollBack {
        /// The stack, by project name or path in its source.
        stack: String,
        /// The commit, by its first digits; else the last good one.
        revision: Option<String>,
    },
    /// Leave a stack alone.
    Suspend {
        /// The stack, by project name or path in its source.
        stack: String,
        /// Why, for those who come across it.
        reason: Option<String>,
    },
    /// Take care of a stack again.
    Resume {
        /// The stack, by project name or path in its source.
        stack: String,
    },
    /// Read the settings again.
    Reload,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sync(Sync { scope, .. }) => write!(f, "sync of {scope}"),
            Self::Plan(scope) => write!(f, "plan of {scope}"),
            Self::RollBack { stack, revision: Some(to) } => {
                write!(f, "rollback of {stack} to {to}")
            }
            Self::RollBack { stack, revision: None } => write!(f, "rollback of {stack}"),
            Self::Suspend { stack, reason: Some(why) } => write!(f, "suspend {stack}: {why}"),
            Self::Suspend { stack, reason: None } => write!(f, "suspend {stack}"),
            Self::Resume { stack } => write!(f, "resume {stack}"),
            Self::Reload => f.write_str("reload"),
        }
    }
}

impl Command {
    /// The stack as it was named, where it is about one.
    pub(super) fn stack(&self) -> Option<&str> {
        match self {
            Self::Sync(Sync { scope: Scope::Stacks(names), .. })
            | Self::Plan(Scope::Stacks(names)) => match names.as_slice() {
                [name] => Some(name),
                _ => None,
            },
            Self::RollBack { stack, .. } | Self::Suspend { stack, .. } | Self::Resume { stack } => {
                Some(stack)
            }
            Self::Sync(_) | Self::Plan(_) | Self::Reload => None,
        }
    }
}

/// Which stacks are synced, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// Which stacks.
    pub scope: Scope,
    /// What becomes of revisions that are known to fail. Those of stacks that are named are tried again anyway.
    pub known_bad: KnownBad,
    /// What becomes of stacks that the sources no longer hold; only with [`Scope::All`].
    pub prune: Prune,
}

/// Which stacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All stacks of all sources, whether their revision is new or not.
    All,
    /// These, by project name or path in their source.
    Stacks(Vec<String>),
    /// Those that a new revision of these sources touches; what a push asks for.
    Changed(Vec<SourceName>),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("everything"),
            Self::Stacks(names) => f.write_str(&names.join(", ")),
            Self::Changed(sources) => {
                let names: Vec<&str> = sources.iter().map(SourceName::as_str).collect();
                write!(f, "what changed in {}", names.join(", "))
            }
        }
    }
}

/// A request was taken: its outcome will come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Its number.
    pub request: RequestId,
}

/// A request was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// What kind of refusal it is.
    pub kind: Refusal,
    /// Why.
    pub why: String,
    /// The way out.
    pub hint: Option<String>,
}

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// What is named is not known.
    Unknown,
    /// It cannot be done as things are.
    NotNow,
    /// There is too much to do already.
    TooMany,
    /// The daemon ends.
    Stopped,
}

impl Refused {
    /// A refusal because the daemon ends, or has ended.
    pub fn stopped() -> Self {
        Self {
            kind: Refusal::Stopped,
            why: "the daemon is stopping".to_owned(),
            hint: Some("try again when it has begun anew".to_owned()),
        }
    }
}

/// What a request ended in. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It came to its end.
    Done(Arc<Report>),
    /// The daemon ended before; what was done until then.
    Stopped(Arc<Report>),
}

/// What came of a request.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Every stack that had its run.
    pub runs: Vec<Arc<StackRun>>,
    /// Sources that could not be read; their stacks stay as they are.
    pub failed_sources: Vec<(SourceName, Trouble)>,
    /// Stacks that are left alone.
    pub suspended: Vec<Suspended>,
    /// What failed beside single stacks.
    pub troubles: Vec<Trouble>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// What came of it, to its end or not.
    pub fn report(&self) -> &Report {
        match self {
            Self::Done(report) | Self::Stopped(report) => report,
        }
    }

    /// Whether everything that was asked for was done, and all of it is well.
    pub fn is_well(&self) -> bool {
        match self {
            Self::Stopped(_) => false,
            Self::Done(report) => {
                report.failed_sources.is_empty()
                    && report.troubles.is_empty()
                    && report.runs.iter().all(|run| {
                        use crate::model::outcome::Outcome as Run;
                        matches!(run.outcome, Run::InSync | Run::Changed { .. })
                    })
            }
        }
    }
}
