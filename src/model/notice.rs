//! What people may want to hear of.

use std::fmt;

use serde::Deserialize;

use super::name::{EngineName, ProjectName, SourceName};
use super::outcome::Outcome;
use super::revision::Revision;
use super::snapshot::ProblemNow;

/// One thing that happened, ready for people. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What it is about.
    pub about: About,
    /// What happened.
    pub event: Event,
    /// The number of the run.
    pub run: Option<i64>,
    /// The revision that it was about.
    pub revision: Option<Revision>,
    /// What happened, in a sentence.
    pub words: String,
    /// What went wrong, if anything did.
    pub problem: Option<ProblemNow>,
}

/// What a notice is about. Each of them is well or ill by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A stack, as its runs leave it.
    Stack(ProjectName),
    /// What the containers of a stack are doing between its runs.
    Health(ProjectName),
    /// A source, as far as it can be fetched.
    Source(SourceName),
    /// An engine.
    Engine(EngineName),
    /// Docker itself, as whoever looks after it sees it.
    Docker(EngineName),
    /// The journal.
    Journal,
}

impl About {
    /// The stack that it belongs to.
    pub fn stack(&self) -> Option<&ProjectName> {
        match self {
            Self::Stack(stack) | Self::Health(stack) => Some(stack),
            Self::Source(_) | Self::Engine(_) | Self::Docker(_) | Self::Journal => None,
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack(stack) => write!(f, "{stack}"),
            Self::Health(stack) => write!(f, "health of {stack}"),
            Self::Source(source) => write!(f, "source {source}"),
            Self::Engine(engine) => write!(f, "engine {engine}"),
            Self::Docker(engine) => write!(f, "Docker of {engine}"),
            Self::Journal => f.write_str("journal"),
        }
    }
}

/// What can happen. Everything but `Changed` and `Recovered` says that something is ill from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A run changed a stack, and it is well.
    Changed,
    /// A run failed, or could not begin.
    Failed,
    /// A revision failed, and the stack is back at its last good one.
    RolledBack,
    /// The containers of a stack went bad while no run was on.
    Unhealthy,
    /// A source cannot be fetched.
    Source,
    /// An engine is away, or was repaired.
    Engine,
    /// What happens cannot be remembered, or was forgotten.
    Journal,
    /// It is well; people hear of it where they heard that it was not.
    Recovered,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Changed,
        Self::Failed,
        Self::RolledBack,
        Self::Unhealthy,
        Self::Source,
        Self::Engine,
        Self::Journal,
        Self::Recovered,
    ];

    /// As settings and templates call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Failed => "failed",
            Self::RolledBack => "rolled-back",
            Self::Unhealthy => "unhealthy",
            Self::Source => "source",
            Self::Engine => "engine",
            Self::Journal => "journal",
            Self::Recovered => "recovered",
        }
    }

    /// Whether something is ill from now on.
    pub fn is_bad(self) -> bool {
        match self {
            Self::Changed | Self::Recovered => false,
            Self::Failed
            | Self::RolledBack
            | Self::Unhealthy
            | Self::Source
            | Self::Engine
            | Self::Journal => true,
        }
    }
}

impl Notice {
    /// What a run ended in; nothing of one that a person stopped.
    pub fn of_run(
        at: i64,
        stack: &ProjectName,
        (run, revision): (Option<i64>, Option<Revision>),
        outcome: &Outcome,
    ) -> Option<Self> {
        let done = operations(outcome.done());
        let (event, words) = match outcome {
            Outcome::InSync => (Event::Recovered, "in sync".to_owned()),
            Outcome::Changed { .. } => (Event::Changed, format!("changed, {done}")),
            Outcome::Blocked(_) => (Event::Failed, "blocked, nothing was touched".to_owned()),
            Outcome::Failed { .. } => (Event::Failed, format!("failed after {done}")),
            Outcome::Degraded { stays, .. } => {
                (Event::Failed, format!("degraded, and stays so: {stays}"))
            }
            Outcome::RolledBack { from, to, .. } => (
                Event::RolledBack,
                format!("{} failed, rolled back to {}", from.short(), to.short()),
            ),
            Outcome::Held { from, at, .. } => (
                Event::RolledBack,
                format!("{} failed, rolled back to {}", from.short(), at.short()),
            ),
            Outcome::Superseded { .. } | Outcome::Cancelled { .. } => return None,
        };
        let about = About::Stack(stack.clone());
        let problem = outcome.trouble().map(ProblemNow::from);
        Some(Self { at, about, event, run, revision, words, problem })
    }
}

impl Notice {
    /// What a run ended in, as it was kept; nothing of one after which a stack was well, or that was broken off.
    pub fn of_record(
        at: i64,
        stack: &ProjectName,
        revision: Option<Revision>,
        (outcome, problem): (&str, Option<ProblemNow>),
    ) -> Option<Self> {
        let event = match outcome {
            "blocked" | "failed" | "degraded" => Event::Failed,
            "rolled back" | "held" => Event::RolledBack,
            _ => return None,
        };
        let (about, words) = (About::Stack(stack.clone()), outcome.to_owned());
        Some(Self { at, about, event, run: None, revision, words, problem })
    }

    /// What is told of anything but a run.
    pub fn of(at: i64, about: About, event: Event, words: &str) -> Self {
        let words = words.to_owned();
        Self { at, about, event, run: None, revision: None, words, problem: None }
    }

    /// The same with what went wrong.
    #[must_use]
    pub fn because(self, problem: ProblemNow) -> Self {
        Self { problem: Some(problem), ..self }
    }
}

fn operations(number: usize) -> String {
    if number == 1 { "1 operation".to_owned() } else { format!("{number} operations") }
}
