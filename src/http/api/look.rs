//! What changes nothing: status, stacks, runs, and what happens.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::answer::{self, Problem};
use super::super::sse::{self, Follow};
use super::Api;
use super::extract::{Path, Query};
use super::shapes::{ErrorAnswer, Events, OneRun, OneStack, Runs, Stacks, Status};
use crate::daemon::RequestId;
use crate::journal::{Journal, RunId, Selection};
use crate::model::snapshot::{Phase, Snapshot, StackNow};
use crate::report::{Open, events_json, history_json, run_json};

/// Runs that one answer holds when nobody says how many.
const RUNS: usize = 50;
/// Runs that one answer holds at most.
const MAX_RUNS: usize = 1000;

/// A snapshot and its text.
pub(in super::super) type Cached = (Arc<Snapshot>, Bytes);

/// The daemon as it is now.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = Status), (status = 401, body = ErrorAnswer)))]
pub(super) async fn status(State(api): State<Arc<Api>>) -> Response {
    let snapshot = api.handle.snapshot();
    let text = {
        let mut cached = api.status.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((of, text)) if Arc::ptr_eq(of, &snapshot) => text.clone(),
            Some(_) | None => {
                let text =
                    Bytes::from(serde_json::to_vec(&Status::from(&*snapshot)).unwrap_or_default());
                *cached = Some((snapshot, text.clone()));
                text
            }
        }
    };
    answer::typed(StatusCode::OK, "application/json", text)
}

/// All stacks.
#[utoipa::path(get, path = "/api/v1/stacks", responses((status = 200, body = Stacks), (status = 401, body = ErrorAnswer)))]
pub(super) async fn stacks(State(api): State<Arc<Api>>) -> Response {
    answer::value(StatusCode::OK, &Stacks::from(&*api.handle.snapshot()))
}

/// One stack.
#[utoipa::path(get, path = "/api/v1/stacks/{stack}", params(("stack" = String, Path, description = "Project name, or path in the source with `%2F` for `/`")), responses((status = 200, body = OneStack), (status = 404, body = ErrorAnswer)))]
pub(super) async fn stack(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let snapshot = api.handle.snapshot();
    Ok(answer::value(StatusCode::OK, &OneStack::from(stack_called(&snapshot, &name)?)))
}

/// The stack of this project name, or at this path in its source.
pub(super) fn stack_called<'a>(
    snapshot: &'a Snapshot,
    name: &str,
) -> Result<&'a StackNow, Problem> {
    let is_it = |stack: &&StackNow| {
        stack.project.as_str() == name || stack.path.as_os_str() == name.trim_end_matches('/')
    };
    snapshot.stacks.iter().find(is_it).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, format!("no stack is called `{name}`"))
            .hint("`/api/v1/stacks` lists them")
    })
}

/// How long the loop may take to come round.
const ROUND: Duration = Duration::from_secs(4);

/// Whether the daemon goes on: that this server answers says nothing of the loop that owns the state.
pub(super) async fn alive(State(api): State<Arc<Api>>) -> Result<&'static str, Problem> {
    if api.handle.goes_on(ROUND).await {
        return Ok("ok\n");
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the daemon's loop stands still")
        .hint("it has to be restarted; a supervisor with a watchdog does so"))
}

/// Whether every source and the engine was looked at, and the engine answers.
pub(super) async fn ready(State(api): State<Arc<Api>>) -> (StatusCode, &'static str) {
    let snapshot = api.handle.snapshot();
    match (snapshot.phase, &snapshot.engine.error) {
        (Phase::Serving, None) => (StatusCode::OK, "ready\n"),
        (Phase::Serving, Some(_)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the engine does not answer\n")
        }
        (Phase::Starting, _) => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        (Phase::Stopping, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
    }
}

/// What happens from now on, as server-sent events.
#[utoipa::path(get, path = "/api/v1/events", responses((status = 200, content_type = "text/event-stream", body = String), (status = 503, body = ErrorAnswer)))]
pub(super) async fn events(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    follow(&api, None)
}

/// What happens for one request, until it is answered, as server-sent events.
#[utoipa::path(get, path = "/api/v1/requests/{request}/events", params(("request" = u64, Path,)), responses((status = 200, content_type = "text/event-stream", body = String), (status = 503, body = ErrorAnswer)))]
pub(super) async fn request_events(
    State(api): State<Arc<Api>>,
    Path(request): Path<u64>,
) -> Result<Response, Problem> {
    follow(&api, Some(RequestId(request)))
}

fn follow(api: &Api, request: Option<RequestId>) -> Result<Response, Problem> {
    let place = api.followers.clone().try_acquire_owned().map_err(|_full| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many clients follow what happens")
            .hint("close some of them")
    })?;
    let (happenings, end) = (api.handle.follow(), api.end.clone());
    Ok(sse::stream(Follow { happenings, request, place, end }))
}

/// Which runs are asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    stack: Option<String>,
    limit: Option<usize>,
}

/// Runs of the journal, the latest first.
#[utoipa::path(get, path = "/api/v1/runs", params(("stack" = Option<String>, Query,), ("limit" = Option<usize>, Query, description = "50 unless set, 1000 at most")), responses((status = 200, body = Runs), (status = 401, body = ErrorAnswer)))]
pub(super) async fn runs(
    State(api): State<Arc<Api>>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let selection = api.selection(which);
    let ask = move |journal: &Journal| {
        let runs = journal.runs(&selection).map_err(|error| Problem::of(&error))?;
        Ok(history_json(&runs, Open::Running))
    };
    asked(&api.journal, ask).await.map(|json| answer::text(StatusCode::OK, json))
}

/// What happened beside runs, the latest first: requests and who made them, health, drift.
#[utoipa::path(get, path = "/api/v1/journal", params(("stack" = Option<String>, Query,), ("limit" = Option<usize>, Query, description = "50 unless set, 1000 at most")), responses((status = 200, body = Events), (status = 401, body = ErrorAnswer)))]
pub(super) async fn journal(
    State(api): State<Arc<Api>>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let selection = api.selection(which);
    let ask = move |journal: &Journal| {
        let events = journal.events(&selection).map_err(|error| Problem::of(&error))?;
        Ok(events_json(&events))
    };
    asked(&api.journal, ask).await.map(|json| answer::text(StatusCode::OK, json))
}

impl Api {
    fn selection(&self, which: Which) -> Selection {
        let limit = which.limit.unwrap_or(RUNS).clamp(1, MAX_RUNS);
        Selection { engine: Some(self.engine.clone()), stack: which.stack, limit: Some(limit) }
    }
}

/// One run of the journal, with its operations.
#[utoipa::path(get, path = "/api/v1/runs/{run}", params(("run" = i64, Path,)), responses((status = 200, body = OneRun), (status = 404, body = ErrorAnswer)))]
pub(super) async fn run(
    State(api): State<Arc<Api>>,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let ask = move |journal: &Journal| {
        let fail = |error| Problem::of(&error);
        let unknown = || {
            Problem::new(StatusCode::NOT_FOUND, format!("there is no run {number}"))
                .hint("`/api/v1/runs` lists the last ones")
        };
        let run = journal.run(RunId(number)).map_err(fail)?.ok_or_else(unknown)?;
        let operations = journal.operations(run.id).map_err(fail)?;
        Ok(run_json(&run, &operations, Open::Running))
    };
    asked(&api.journal, ask).await.map(|json| answer::text(StatusCode::OK, json))
}

/// Asks the journal on a thread of its own: a call blocks for a moment.
async fn asked(
    journal: &Journal,
    ask: impl FnOnce(&Journal) -> Result<String, Problem> + Send + 'static,
) -> Result<String, Problem> {
    let journal = journal.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&journal)).await;
    answer.unwrap_or_else(|_ended| Err(Problem::gone()))
}
