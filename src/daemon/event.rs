//! Everything that can happen to the daemon.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::command::{Report, Request, RequestId};
use super::effect::{Look, Note, PassId};
use super::terms::Terms;
use crate::journal::Condition;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::model::snapshot::{DockerNow, ServiceNow};
use crate::reconcile::{LeftAlone, StackRun};

/// A moment, on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Since the daemon began, on a clock that nobody sets: everything is decided by it.
    pub mono: Duration,
    /// Milliseconds since 1970, for words, and to be compared with times that the engine tells.
    pub wall: i64,
}

impl Now {
    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.wall.div_euclid(1000)
    }
}

/// Everything that can happen to the daemon. Closed on purpose: each has its place in [`super::State::handle`].
#[derive(Debug, Clone)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// Somebody asks for something.
    Command(RequestId, Request),
    /// The end of [`super::Effect::Fetch`].
    Fetched(SourceName, Result<Seen, Trouble>),
    /// One stack of a pass came to its end.
    Ended(PassId, Arc<StackRun>),
    /// The end of [`super::Effect::Reconcile`], [`super::Effect::RollBack`] or [`super::Effect::ReconcileAll`]; what a person
    /// should know.
    Passed(PassId, Result<Vec<String>, Trouble>),
    /// The end of [`super::Effect::Plan`].
    Planned(RequestId, Result<Report, Trouble>),
    /// The end of [`super::Effect::Note`].
    Noted(Note, Result<(), Trouble>),
    /// The end of [`super::Effect::Observe`].
    Observed(Look, Result<Vec<Running>, Trouble>),
    /// The end of [`super::Effect::Watch`]: why the engine's events come no more.
    WatchEnded(Trouble),
    /// The engine tells something.
    Engine(EngineEvent),
    /// Whoever looks after Docker itself tells something.
    Docker(DockerEvent),
    /// The end of [`super::Effect::Reload`].
    Reloaded(Option<RequestId>, Result<Terms, Trouble>),
    /// The journal is in another condition.
    Journal(Condition),
    /// The settings are to be read again, at a signal.
    Reload,
    /// The daemon is to end.
    Stop(Why),
}

/// Why the daemon ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Somebody asked for it.
    Asked,
    /// It cannot go on; the supervisor starts it anew.
    Broken(String),
}

/// What a fetch brought.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The revision that was known already.
    Same,
    /// Another one.
    Other(Survey),
}

/// What is in a source.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The revision that was fetched.
    pub revision: Revision,
    /// Its stacks on this host.
    pub stacks: Vec<StackFact>,
    /// The stacks that differ from the revision before.
    pub touched: Touched,
    /// Stacks whose name cannot even be told, by path.
    pub failed: Vec<(PathBuf, Trouble)>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A stack of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFact {
    /// Its project.
    pub project: ProjectName,
    /// Its path in the source.
    pub path: PathBuf,
    /// Why it is left alone, if it is.
    pub left_alone: Option<LeftAlone>,
}

/// The stacks that differ from the revision before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// All of them, or there is no telling.
    All,
    /// These.
    Only(BTreeSet<ProjectName>),
}

/// The containers of a stack, as they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The project.
    pub project: ProjectName,
    /// The revision that was applied last, where it is known.
    pub applied: Option<Revision>,
    /// Its services.
    pub services: Vec<ServiceNow>,
}

/// What the engine tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEvent {
    /// The engine can be asked, and its events come from now on. What happened before was missed.
    Back,
    /// Something happened to a container of ours.
    Container {
        /// Its project.
        project: ProjectName,
        /// Its ID.
        id: String,
        /// Its name.
        name: String,
        /// What happened.
        change: Change,
        /// When, in milliseconds since 1970.
        at: i64,
    },
}

/// What whoever looks after Docker itself tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerEvent {
    /// How it is now.
    Now(Box<DockerNow>),
    /// It was away, is back, and is the right one: everything is to be reconciled, whatever its restart policies did.
    Back,
    /// Nobody looks after it from here, for this reason.
    Alone(String),
    /// A line of an illness's history.
    Line {
        /// What it is about, in a word.
        kind: &'static str,
        /// The kind of remedy that it is about.
        remedy: Option<&'static str>,
        /// In words.
        text: String,
        /// Whether people are told at once.
        loud: bool,
    },
    /// An illness is over; the worst that was seen.
    Over(&'static str),
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was started.
    Started,
    /// Its process ended.
    Died,
    /// Somebody stopped it by a call.
    Stopped,
    /// It was removed.
    Removed,
    /// Its health check says something new.
    Health,
    /// Something else about it changed: a name, a pause.
    Other,
}
