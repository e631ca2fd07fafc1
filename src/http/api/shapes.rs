//! The answers of the API, as they are described to programs. They only ever grow; `schema` counts what does not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::incidents::Docker;
use crate::model::snapshot::{
    LastRun, ProblemNow, QueuedNow, RequestNow, RunNow, ServiceNow, Snapshot, SourceNow, StackNow,
};
use crate::report::SCHEMA;

/// The daemon as it is now. Times are seconds since 1970.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Status {
    schema: u32,
    version: String,
    host: Option<String>,
    instance: String,
    /// When the daemon began.
    since: i64,
    /// The moment that this shows.
    at: i64,
    /// `starting`, `serving` or `stopping`.
    #[schema(value_type = String)]
    phase: crate::model::snapshot::Phase,
    engine: Engine,
    sources: Vec<Source>,
    stacks: Vec<Stack>,
    /// Runs that go on.
    runs: Vec<Running>,
    /// Stacks that wait for a run, those that wait longest first.
    queue: Vec<Queued>,
    /// Requests without an outcome yet.
    requests: Vec<Pending>,
    /// Why nothing can be written to the journal, if nothing can.
    journal: Option<String>,
    warnings: Vec<String>,
}

impl From<&Snapshot> for Status {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: snapshot.host.name.clone(),
            instance: snapshot.host.instance.to_string(),
            since: snapshot.since,
            at: snapshot.at,
            phase: snapshot.phase,
            engine: Engine {
                name: snapshot.engine.name.to_string(),
                observed: snapshot.engine.observed,
                problem: snapshot.engine.error.as_ref().map(Trouble::from),
                docker: snapshot.engine.docker.as_ref().map(Docker::from),
                alone: snapshot.engine.alone.clone(),
            },
            sources: snapshot.sources.iter().map(Source::from).collect(),
            stacks: snapshot.stacks.iter().map(Stack::from).collect(),
            runs: snapshot.runs.iter().map(Running::from).collect(),
            queue: snapshot.queue.iter().map(Queued::from).collect(),
            requests: snapshot.requests.iter().map(Pending::from).collect(),
            journal: snapshot.journal.clone(),
            warnings: snapshot.warnings.clone(),
        }
    }
}

/// The engine.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Engine {
    name: String,
    /// When its containers were last listed.
    observed: Option<i64>,
    problem: Option<Trouble>,
    /// Docker itself, where it is looked after.
    docker: Option<Docker>,
    /// Why nobody here looks after it, where nobody does.
    alone: Option<String>,
}

/// What went wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Trouble {
    error: String,
    /// Why, outermost first.
    causes: Vec<String>,
    /// The way out.
    hint: Option<String>,
}

impl From<&ProblemNow> for Trouble {
    fn from(problem: &ProblemNow) -> Self {
        let (error, causes) = (problem.error.clone(), problem.causes.clone());
        Self { error, causes, hint: problem.hint.clone() }
    }
}

/// An answer that says why there is no other.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ErrorAnswer {
    schema: u32,
    error: String,
    causes: Vec<String>,
    hint: Option<String>,
}

/// A source.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Source {
    name: String,
    /// The revision that was fetched last.
    revision: Option<String>,
    fetched: Option<i64>,
    /// When it is asked next, unless something asks for it before.
    next: Option<i64>,
    fetching: bool,
    /// How often in a row it could not be fetched.
    failures: u32,
    problem: Option<Trouble>,
}

impl From<&SourceNow> for Source {
    fn from(source: &SourceNow) -> Self {
        Self {
            name: source.name.to_string(),
            revision: source.revision.as_ref().map(ToString::to_string),
            fetched: source.fetched,
            next: source.next,
            fetching: source.fetching,
            failures: source.failures,
            problem: source.error.as_ref().map(Trouble::from),
        }
    }
}

/// A stack.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Stack {
    project: String,
    /// Its source; none where it is known by its containers alone.
    source: Option<String>,
    /// Its path in the source.
    path: String,
    /// The revision in the source.
    revision: Option<String>,
    /// The revision that runs.
    applied: Option<String>,
    /// `unknown`, `in_sync` or `out_of_sync`.
    #[schema(value_type = String)]
    sync: crate::model::snapshot::SyncNow,
    /// `healthy`, `progressing`, `degraded`, `missing`, `suspended` or `unknown`.
    #[schema(value_type = String)]
    health: crate::model::snapshot::HealthNow,
    /// At whose word it is left alone.
    suspended: Option<String>,
    last_run: Option<PastRun>,
    services: Vec<Service>,
}

impl From<&StackNow> for Stack {
    fn from(stack: &StackNow) -> Self {
        Self {
            project: stack.project.to_string(),
            source: stack.source.as_ref().map(ToString::to_string),
            path: stack.path.display().to_string(),
            revision: stack.revision.as_ref().map(ToString::to_string),
            applied: stack.applied.as_ref().map(ToString::to_string),
            sync: stack.sync,
            health: stack.health,
            suspended: stack.suspended.clone(),
            last_run: stack.last_run.as_ref().map(PastRun::from),
            services: stack.services.iter().map(Service::from).collect(),
        }
    }
}

/// All stacks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Stacks {
    schema: u32,
    stacks: Vec<Stack>,
}

impl From<&Snapshot> for Stacks {
    fn from(snapshot: &Snapshot) -> Self {
        Self { schema: SCHEMA, stacks: snapshot.stacks.iter().map(Stack::from).collect() }
    }
}

/// One stack.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OneStack {
    schema: u32,
    stack: Stack,
}

impl From<&StackNow> for OneStack {
    fn from(stack: &StackNow) -> Self {
        Self { schema: SCHEMA, stack: Stack::from(stack) }
    }
}

/// A service.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Service {
    name: String,
    /// What its containers do: `running`, `running (1 of 2)`, `exited (0)`.
    state: String,
    #[schema(value_type = String)]
    health: crate::model::snapshot::HealthNow,
    containers: Vec<String>,
}

impl From<&ServiceNow> for Service {
    fn from(service: &ServiceNow) -> Self {
        Self {
            name: service.name.to_string(),
            state: service.state.clone(),
            health: service.health,
            containers: service.containers.clone(),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct PastRun {
    revision: String,
    trigger: String,
    caller: String,
    began: i64,
    ended: i64,
    outcome: String,
    /// Operations that were carried out.
    done: usize,
    problem: Option<Trouble>,
}

impl From<&LastRun> for PastRun {
    fn from(run: &LastRun) -> Self {
        Self {
            revision: run.revision.to_string(),
            trigger: run.trigger.clone(),
            caller: run.caller.clone(),
            began: run.began,
            ended: run.ended,
            outcome: run.outcome.clone(),
            done: run.done,
            problem: run.problem.as_ref().map(Trouble::from),
        }
    }
}

/// A run that goes on.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Running {
    project: String,
    /// None where it goes back to an earlier revision.
    revision: Option<String>,
    trigger: String,
    caller: String,
    began: i64,
}

impl From<&RunNow> for Running {
    fn from(run: &RunNow) -> Self {
        Self {
            project: run.project.to_string(),
            revision: run.revision.as_ref().map(ToString::to_string),
            trigger: run.trigger.clone(),
            caller: run.caller.clone(),
            began: run.began,
        }
    }
}

/// A stack that waits for a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Queued {
    project: String,
    trigger: String,
    since: i64,
}

impl From<&QueuedNow> for Queued {
    fn from(it: &QueuedNow) -> Self {
        Self { project: it.project.to_string(), trigger: it.trigger.clone(), since: it.since }
    }
}

/// A request without an outcome yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Pending {
    id: u64,
    trigger: String,
    caller: String,
    since: i64,
}

impl From<&RequestNow> for Pending {
    fn from(request: &RequestNow) -> Self {
        let (trigger, caller) = (request.trigger.clone(), request.caller.clone());
        Self { id: request.id, trigger, caller, since: request.since }
    }
}

/// A request was taken on: its outcome is at `/api/v1/requests/{request}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Taken {
    pub(super) schema: u32,
    pub(super) request: u64,
}

/// What came of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OutcomeAnswer {
    schema: u32,
    request: u64,
    /// Whether everything was done, and all of it is well.
    well: bool,
    /// Whether the daemon ended before.
    stopped: bool,
    /// A run of each stack, with its plan, operations and outcome.
    #[schema(value_type = Vec<Object>)]
    stacks: Vec<serde_json::Value>,
    #[schema(value_type = Vec<Object>)]
    failed_sources: Vec<serde_json::Value>,
    #[schema(value_type = Vec<Object>)]
    suspended: Vec<serde_json::Value>,
    troubles: Vec<Trouble>,
    warnings: Vec<String>,
}

/// Runs of the journal, the latest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Runs {
    schema: u32,
    #[schema(value_type = Vec<Object>)]
    runs: Vec<serde_json::Value>,
}

/// One run of the journal, with its operations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OneRun {
    schema: u32,
    #[schema(value_type = Object)]
    run: serde_json::Value,
}

/// What happened beside runs, the latest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Events {
    schema: u32,
    events: Vec<PastEvent>,
}

/// Who asked for what, or what was seen. Times are seconds since 1970; `last` is that of the last of `times`.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct PastEvent {
    id: i64,
    at: i64,
    last: i64,
    /// `request`, `refused`, `health`, `drift` and others, in a word.
    kind: String,
    stack: Option<String>,
    trigger: Option<String>,
    caller: Option<String>,
    text: String,
    times: usize,
}

/// What is to be synced. Without a body it is everything.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SyncBody {
    /// Stacks, by project name or path; all of them when it is empty.
    pub(super) stacks: Vec<String>,
    /// Whether a revision that is known to fail is tried again.
    pub(super) retry: bool,
    /// Whether stacks that the sources no longer hold may be removed, however many they are.
    pub(super) confirm_prune: bool,
}

/// Why a stack is suspended.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SuspendBody {
    /// For those who come across it.
    pub(super) reason: Option<String>,
}

/// Which revision a stack goes back to.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RollBackBody {
    /// A commit, by its first digits; the last good one when it is absent.
    pub(super) revision: Option<String>,
}
