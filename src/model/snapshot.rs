//! What readers of the daemon see: one moment of it, whole, as plain data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::name::{EngineName, InstanceName, ProjectName, ServiceName, SourceName};
use super::revision::Revision;

/// One moment of the daemon. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// When the daemon began.
    pub since: i64,
    /// The moment that this shows.
    pub at: i64,
    /// Whose daemon it is.
    pub host: HostNow,
    /// What the daemon is at.
    pub phase: Phase,
    /// The engine.
    pub engine: EngineNow,
    /// The sources, by name.
    pub sources: Vec<SourceNow>,
    /// The stacks, by project.
    pub stacks: Vec<StackNow>,
    /// Runs that go on.
    pub runs: Vec<RunNow>,
    /// Stacks that wait for a run, those that wait longest first.
    pub queue: Vec<QueuedNow>,
    /// Requests that are accepted and not answered yet.
    pub requests: Vec<RequestNow>,
    /// Why nothing can be written to the journal, if nothing can.
    pub journal: Option<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What was counted since the daemon began.
    pub counters: Counters,
}

/// Whose daemon it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostNow {
    /// The host's name, where it has one.
    pub name: Option<String>,
    /// Which Conductor it is.
    pub instance: InstanceName,
}

/// What the daemon is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not every source and not the engine has been looked at yet.
    #[default]
    Starting,
    /// It serves.
    Serving,
    /// It ends: nothing is accepted any more.
    Stopping,
}

/// The engine as the daemon knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineNow {
    /// Its name.
    pub name: EngineName,
    /// When its containers were last listed.
    pub observed: Option<i64>,
    /// Why it cannot be asked.
    pub error: Option<ProblemNow>,
    /// Docker itself, where it is looked after.
    pub docker: Option<DockerNow>,
    /// Why nobody here looks after it, where nobody does.
    pub alone: Option<String>,
}

/// Docker itself, as whoever looks after it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DockerNow {
    /// Its condition in a word, such as `healthy` or `hung`.
    pub state: &'static str,
    /// Why it is taken to be that.
    pub why: String,
    /// Since when.
    pub since: i64,
    /// Whether that is an illness.
    pub ill: bool,
    /// Whether it lasts until a person does something.
    pub lasting: bool,
    /// The remedy that is under way, or would be.
    pub remedy: Option<String>,
    /// Why nothing is done about an illness.
    pub held: Option<String>,
    /// What may be done with the engine.
    pub access: Access,
    /// How many remedies there were within a day.
    pub remedies: usize,
    /// Whether containers outlive the engine; `None` where it was not asked.
    pub live_restore: Option<bool>,
}

/// What may be done with an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everything.
    Open,
    /// It may be asked; runs wait.
    Asked,
    /// Nothing: a connect would start a Docker that a person stopped.
    None,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceNow {
    /// Its name.
    pub name: SourceName,
    /// The revision that was fetched last.
    pub revision: Option<Revision>,
    /// When it was last asked with success.
    pub fetched: Option<i64>,
    /// When it is asked next, unless something asks for it before.
    pub next: Option<i64>,
    /// Whether it is being fetched.
    pub fetching: bool,
    /// Why it could not be fetched, and how often in a row.
    pub error: Option<ProblemNow>,
    /// How often in a row it could not be fetched.
    pub failures: u32,
    /// Stacks whose name cannot even be told: path and why.
    pub unreadable: Vec<(PathBuf, ProblemNow)>,
}

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackNow {
    /// Its project.
    pub project: ProjectName,
    /// Its source; `None` where it is known by its containers alone.
    pub source: Option<SourceName>,
    /// Its path in the source.
    pub path: PathBuf,
    /// The revision in the source.
    pub revision: Option<Revision>,
    /// The revision that runs.
    pub applied: Option<Revision>,
    /// Whether what runs is what the source says.
    pub sync: SyncNow,
    /// How well its least well service is.
    pub health: HealthNow,
    /// At whose word it is left alone: `suspended by alice`.
    pub suspended: Option<String>,
    /// Its last run since the daemon began.
    pub last_run: Option<LastRun>,
    /// Its services.
    pub services: Vec<ServiceNow>,
}

/// Whether what runs is what the source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncNow {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// It is.
    InSync,
    /// It is not, or its last run failed.
    OutOfSync,
}

/// How well a service or stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthNow {
    /// It is as it should be.
    Healthy,
    /// It is on its way there.
    Progressing,
    /// It is there, and not well.
    Degraded,
    /// It is not there.
    Missing,
    /// It is left alone.
    Suspended,
    /// Nobody has looked yet.
    #[default]
    Unknown,
}

impl HealthNow {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Degraded => "degraded",
            Self::Missing => "missing",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
        }
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceNow {
    /// Its name.
    pub name: ServiceName,
    /// What its containers do: `running`, `running (1 of 2)`, `exited (0)`.
    pub state: String,
    /// How well it is.
    pub health: HealthNow,
    /// Its containers, by name.
    pub containers: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// The revision that it was about.
    pub revision: Revision,
    /// What asked for it.
    pub trigger: String,
    /// Who did.
    pub caller: String,
    /// When it began.
    pub began: i64,
    /// When it ended.
    pub ended: i64,
    /// The outcome in a word or two.
    pub outcome: String,
    /// Operations that were carried out.
    pub done: usize,
    /// What went wrong.
    pub problem: Option<ProblemNow>,
}

/// A run that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunNow {
    /// The stack.
    pub project: ProjectName,
    /// The revision; `None` where it goes back to an earlier one.
    pub revision: Option<Revision>,
    /// What asked for it.
    pub trigger: String,
    /// Who did.
    pub caller: String,
    /// When it began.
    pub began: i64,
}

/// A stack that waits for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueuedNow {
    /// The stack.
    pub project: ProjectName,
    /// What asked for it first.
    pub trigger: String,
    /// Since when.
    pub since: i64,
}

/// A request that is accepted and not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestNow {
    /// Its number.
    pub id: u64,
    /// What asked.
    pub trigger: String,
    /// Who did.
    pub caller: String,
    /// Since when.
    pub since: i64,
}

/// What went wrong, for people. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemNow {
    /// What failed.
    pub error: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// The way out.
    pub hint: Option<String>,
}

impl From<&super::outcome::Trouble> for ProblemNow {
    fn from(trouble: &super::outcome::Trouble) -> Self {
        let (error, causes) = (trouble.error.clone(), trouble.causes.clone());
        Self { error, causes, hint: trouble.hint.clone() }
    }
}

/// What was counted since the daemon began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Counters {
    /// Runs, by trigger and outcome.
    #[serde(serialize_with = "pairs")]
    pub runs: BTreeMap<(&'static str, &'static str), u64>,
    /// How long all runs took together, in milliseconds.
    pub run_millis: u64,
    /// Runs by how long they took: those that ended within so many milliseconds, see [`RUN_BOUNDS`].
    pub run_buckets: [u64; RUN_BOUNDS.len()],
    /// Fetches that succeeded.
    pub fetches: u64,
    /// Fetches that failed.
    pub failed_fetches: u64,
    /// Fetches that brought a new revision.
    pub new_revisions: u64,
    /// Requests that were accepted.
    pub accepted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Runs that were begun because the engine reported a change.
    pub drifts: u64,
    /// How often the engine could not be reached any more.
    pub engine_lost: u64,
    /// Calls of the journal that failed.
    pub journal_failures: u64,
    /// How often a journal was given up, and a fresh one begun.
    pub journal_set_aside: u64,
    /// Containers that were started without our doing, by stack.
    pub restarts: BTreeMap<ProjectName, u64>,
    /// Illnesses of Docker that are over, by the worst that was seen.
    pub docker_incidents: BTreeMap<&'static str, u64>,
    /// Remedies for Docker, by kind and by what came of them.
    #[serde(serialize_with = "pairs")]
    pub docker_remedies: BTreeMap<(&'static str, &'static str), u64>,
}

/// Bounds of the durations by which runs are counted, in milliseconds.
pub const RUN_BOUNDS: [u64; 8] = [100, 500, 1_000, 5_000, 15_000, 60_000, 180_000, 600_000];

fn pairs<S: serde::Serializer>(
    runs: &BTreeMap<(&'static str, &'static str), u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(runs.iter().map(|((trigger, outcome), count)| (trigger, outcome, count)))
}
