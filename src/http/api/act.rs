//! What asks the daemon for something. Each is answered at once with a number, or with the outcome where `wait=true`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::super::answer::{self, Problem};
use super::Api;
use super::access::Caller;
use super::extract::{Path, Query};
use super::shapes::{ErrorAnswer, OutcomeAnswer, RollBackBody, SuspendBody, SyncBody, Taken};
use crate::daemon::{Command, Outcome, Request, RequestId, Scope, Sync};
use crate::model::snapshot::ProblemNow;
use crate::reconcile::{KnownBad, Prune};
use crate::report::{Form, PassView, SCHEMA, Said, Severity, said_value, trouble_text};

/// How long somebody may wait for an outcome; then the number is the answer.
const WAIT: Duration = Duration::from_hours(1);

/// How an answer is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct How {
    /// Whether the outcome is waited for.
    wait: bool,
    /// In words, as the command line says it: `human` or `json`.
    said: Option<String>,
    /// Which stacks, for `plan`: separated by commas.
    stacks: Option<String>,
    /// Whether a plan is told line by line.
    diff: bool,
}

/// What the command line says of an outcome, by command.
enum Telling<'a> {
    Sync,
    Plan,
    RollBack(&'a str),
}

/// Brings stacks in line with their sources.
#[utoipa::path(post, path = "/api/v1/sync", params(("wait" = Option<bool>, Query,)), request_body = SyncBody, responses((status = 200, body = OutcomeAnswer), (status = 202, body = Taken), (status = 403, body = ErrorAnswer)))]
pub(super) async fn sync(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(how): Query<How>,
    body: Bytes,
) -> Result<Response, Problem> {
    let body: SyncBody = parsed(&body)?;
    let scope = if body.stacks.is_empty() { Scope::All } else { Scope::Stacks(body.stacks) };
    let known_bad = if body.retry { KnownBad::Retry } else { KnownBad::Skip };
    let prune = if body.confirm_prune { Prune::Confirmed } else { Prune::Guarded };
    let command = Command::Sync(Sync { scope, known_bad, prune });
    api.ask(command, caller, (&how, &Telling::Sync)).await
}

/// Brings one stack in line with its source.
#[utoipa::path(post, path = "/api/v1/stacks/{stack}/sync", params(("stack" = String, Path,), ("wait" = Option<bool>, Query,)), responses((status = 200, body = OutcomeAnswer), (status = 202, body = Taken), (status = 404, body = ErrorAnswer)))]
pub(super) async fn sync_stack(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(stack): Path<String>,
    Query(how): Query<How>,
) -> Result<Response, Problem> {
    let (scope, known_bad) = (Scope::Stacks(vec![stack]), KnownBad::Retry);
    let command = Command::Sync(Sync { scope, known_bad, prune: Prune::Never });
    api.ask(command, caller, (&how, &Telling::Sync)).await
}

/// What a sync would do. Changes nothing.
#[utoipa::path(get, path = "/api/v1/plan", params(("stacks" = Option<String>, Query, description = "Separated by commas; all without it")), responses((status = 200, body = OutcomeAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn plan(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(how): Query<How>,
) -> Result<Response, Problem> {
    let names = how.stacks.iter().flat_map(|list| list.split(',')).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(str::to_owned).collect();
    let scope = if names.is_empty() { Scope::All } else { Scope::Stacks(names) };
    let how = How { wait: true, ..how };
    api.ask(Command::Plan(scope), caller, (&how, &Telling::Plan)).await
}

/// Brings a stack back to an earlier revision, and holds it there.
#[utoipa::path(post, path = "/api/v1/stacks/{stack}/rollback", params(("stack" = String, Path,), ("wait" = Option<bool>, Query,)), request_body = RollBackBody, responses((status = 200, body = OutcomeAnswer), (status = 202, body = Taken), (status = 404, body = ErrorAnswer)))]
pub(super) async fn roll_back(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(stack): Path<String>,
    Query(how): Query<How>,
    body: Bytes,
) -> Result<Response, Problem> {
    let RollBackBody { revision } = parsed(&body)?;
    let command = Command::RollBack { stack: stack.clone(), revision };
    api.ask(command, caller, (&how, &Telling::RollBack(&stack))).await
}

/// Leaves a stack alone.
#[utoipa::path(post, path = "/api/v1/stacks/{stack}/suspend", params(("stack" = String, Path,)), request_body = SuspendBody, responses((status = 200, body = OutcomeAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn suspend(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(stack): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let SuspendBody { reason } = parsed(&body)?;
    let how = How { wait: true, ..How::default() };
    api.ask(Command::Suspend { stack, reason }, caller, (&how, &Telling::Sync)).await
}

/// Takes care of a stack again.
#[utoipa::path(post, path = "/api/v1/stacks/{stack}/resume", params(("stack" = String, Path,)), responses((status = 200, body = OutcomeAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn resume(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(stack): Path<String>,
) -> Result<Response, Problem> {
    let how = How { wait: true, ..How::default() };
    api.ask(Command::Resume { stack }, caller, (&how, &Telling::Sync)).await
}

/// Reads the settings again.
#[utoipa::path(post, path = "/api/v1/reload", responses((status = 200, body = OutcomeAnswer), (status = 403, body = ErrorAnswer)))]
pub(super) async fn reload(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let how = How { wait: true, ..How::default() };
    api.ask(Command::Reload, caller, (&how, &Telling::Sync)).await
}

/// What came of a request; waits for it.
#[utoipa::path(get, path = "/api/v1/requests/{request}", params(("request" = u64, Path,)), responses((status = 200, body = OutcomeAnswer), (status = 202, body = Taken), (status = 404, body = ErrorAnswer)))]
pub(super) async fn request(
    State(api): State<Arc<Api>>,
    Path(id): Path<u64>,
    Query(how): Query<How>,
) -> Result<Response, Problem> {
    let pending = api.handle.snapshot().requests.iter().any(|request| request.id == id);
    if pending && !how.wait {
        return Ok(answer::value(StatusCode::ACCEPTED, &Taken { schema: SCHEMA, request: id }));
    }
    let id = RequestId(id);
    api.outcome(id, api.handle.outcome(id), (&how, &Telling::Sync)).await
}

impl Api {
    async fn ask(
        &self,
        command: Command,
        caller: Caller,
        (how, telling): (&How, &Telling<'_>),
    ) -> Result<Response, Problem> {
        let request = Request { command, trigger: caller.trigger, caller: caller.name };
        if how.wait {
            let (accepted, coming) = self.handle.command_awaited(request).await?;
            return self.outcome(accepted.request, coming.outcome(), (how, telling)).await;
        }
        let id = self.handle.command(request).await?.request;
        Ok(answer::value(StatusCode::ACCEPTED, &Taken { schema: SCHEMA, request: id.0 }))
    }

    async fn outcome(
        &self,
        id: RequestId,
        coming: impl Future<Output = Option<Outcome>>,
        (how, telling): (&How, &Telling<'_>),
    ) -> Result<Response, Problem> {
        match timeout(WAIT, coming).await {
            Err(_elapsed) => {
                Ok(answer::value(StatusCode::ACCEPTED, &Taken { schema: SCHEMA, request: id.0 }))
            }
            Ok(None) => Err(Problem::new(
                StatusCode::NOT_FOUND,
                format!("request {id} is not known any more"),
            )
            .hint("`/api/v1/runs` lists the runs that it led to")),
            Ok(Some(outcome)) => {
                let mut value = outcome_value(id, &outcome);
                if let Some(form) = &how.said {
                    let form = if form == "json" { Form::Json } else { Form::Human };
                    let said = said(&outcome, form, telling, how.diff);
                    value["said"] = said["said"].clone();
                    value["exit"] = said["exit"].clone();
                }
                Ok(answer::value(StatusCode::OK, &value))
            }
        }
    }
}

/// The outcome as the command line tells it.
fn said(outcome: &Outcome, form: Form, telling: &Telling<'_>, diff: bool) -> Value {
    let view = view(outcome);
    let (said, ended) = match telling {
        Telling::Sync => view.sync(form),
        Telling::Plan => view.plan(form, diff),
        Telling::RollBack(stack) => view.rollback(form, stack),
    };
    let mut all = view.warnings();
    all.extend(said);
    let troubles = &outcome.report().troubles;
    all.extend(troubles.iter().map(|trouble| Said::Aside(trouble_text(Severity::Error, trouble))));
    let ended = match (troubles.is_empty(), outcome) {
        (_, Outcome::Stopped(_)) => crate::report::Ended::Interrupted,
        (false, Outcome::Done(_)) => crate::report::Ended::Failed,
        (true, Outcome::Done(_)) => ended,
    };
    said_value(&all, ended)
}

fn view(outcome: &Outcome) -> PassView<'_> {
    let report = outcome.report();
    PassView {
        runs: report.runs.iter().map(Arc::as_ref).collect(),
        failed_sources: &report.failed_sources,
        suspended: &report.suspended,
        warnings: &report.warnings,
        troubles: &report.troubles,
    }
}

/// What came of a request, for programs.
pub(in super::super) fn outcome_value(id: RequestId, outcome: &Outcome) -> Value {
    let (said, _) = view(outcome).plan(Form::Json, true);
    let text = said.iter().find_map(|part| match part {
        Said::Raw(text) => Some(text.as_str()),
        Said::Data(_) | Said::Aside(_) => None,
    });
    let runs = answer::parsed(text.unwrap_or_default());
    let troubles: Vec<Value> = outcome
        .report()
        .troubles
        .iter()
        .map(|trouble| serde_json::to_value(ProblemNow::from(trouble)).unwrap_or_default())
        .collect();
    json!({
        "schema": SCHEMA,
        "request": id.0,
        "well": outcome.is_well(),
        "stopped": matches!(outcome, Outcome::Stopped(_)),
        "stacks": runs["stacks"],
        "failed_sources": runs["failed_sources"],
        "suspended": runs["suspended"],
        "troubles": troubles,
        "warnings": outcome.report().warnings,
    })
}

/// A body of JSON; nothing counts as `{}`.
fn parsed<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}"))
            .hint("`/api/v1/openapi.json` describes it")
    })
}
