//! Docker itself: how it is, and its illnesses, from the journal.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::answer::{self, Problem};
use super::Api;
use super::extract::{Path, Query};
use super::shapes::ErrorAnswer;
use crate::journal::{Incident, IncidentId, Journal};
use crate::model::snapshot::{Access, DockerNow};
use crate::report::SCHEMA;

/// Incidents that one answer holds when nobody says how many.
const SOME: usize = 50;
/// Incidents that one answer holds at most.
const MOST: usize = 1000;

/// Docker itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Docker {
    /// `healthy`, `starting`, `suspect`, `hung`, `stopped` and others; docs/docker-healing.md tells them all.
    state: String,
    why: String,
    since: i64,
    ill: bool,
    /// The remedy that is under way, or would be.
    remedy: Option<String>,
    /// Why nothing is done about an illness.
    held: Option<String>,
    /// Whether runs wait for it.
    runs_wait: bool,
    /// Remedies within a day, which have a budget.
    remedies: usize,
    /// Whether containers outlive the engine.
    live_restore: Option<bool>,
}

impl From<&DockerNow> for Docker {
    fn from(docker: &DockerNow) -> Self {
        Self {
            state: docker.state.to_owned(),
            why: docker.why.clone(),
            since: docker.since,
            ill: docker.ill,
            remedy: docker.remedy.clone(),
            held: docker.held.clone(),
            runs_wait: docker.access != Access::Open,
            remedies: docker.remedies,
            live_restore: docker.live_restore,
        }
    }
}

/// Illnesses of Docker, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Incidents {
    schema: u32,
    incidents: Vec<One>,
}

/// An illness of Docker. Times are seconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
struct One {
    number: i64,
    /// The worst state that was seen.
    state: String,
    began: i64,
    /// Nothing while it lasts.
    ended: Option<i64>,
}

impl One {
    fn of(incident: &Incident) -> Self {
        let Incident { id, state, began, ended } = incident.clone();
        Self { number: id.0, state, began, ended }
    }
}

/// An illness of Docker with its history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneIncident {
    schema: u32,
    number: i64,
    /// The worst state that was seen.
    state: String,
    began: i64,
    /// Nothing while it lasts.
    ended: Option<i64>,
    history: Vec<Step>,
}

/// What was seen, judged or done.
#[derive(Debug, Serialize, ToSchema)]
struct Step {
    at: i64,
    /// `state`, `remedy`, `would`, `helped`, `useless` or `recovered`.
    kind: String,
    text: String,
}

/// How many are asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    limit: Option<usize>,
}

/// Illnesses of Docker itself, the latest first.
#[utoipa::path(get, path = "/api/v1/incidents", params(("limit" = Option<usize>, Query, description = "50 unless set, 1000 at most")), responses((status = 200, body = Incidents), (status = 401, body = ErrorAnswer)))]
pub(super) async fn incidents(
    State(api): State<Arc<Api>>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let limit = which.limit.unwrap_or(SOME).clamp(1, MOST);
    let found = asked(&api.journal, move |journal| {
        let found = journal.incidents(limit).map_err(|error| Problem::of(&error))?;
        let incidents = found.iter().map(One::of).collect();
        Ok(Incidents { schema: SCHEMA, incidents })
    });
    Ok(answer::value(StatusCode::OK, &found.await?))
}

/// One illness of Docker: what was seen, judged and done.
#[utoipa::path(get, path = "/api/v1/incidents/{incident}", params(("incident" = i64, Path,)), responses((status = 200, body = OneIncident), (status = 404, body = ErrorAnswer)))]
pub(super) async fn incident(
    State(api): State<Arc<Api>>,
    Path(number): Path<i64>,
) -> Result<Response, Problem> {
    let found = asked(&api.journal, move |journal| {
        let fail = |error| Problem::of(&error);
        let known = journal.incidents(usize::MAX).map_err(fail)?;
        let incident = known.iter().find(|one| one.id == IncidentId(number)).ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, format!("there is no incident {number}"))
                .hint("`/api/v1/incidents` lists them")
        })?;
        let history = journal.incident_lines(incident.id).map_err(fail)?;
        let history = history
            .into_iter()
            .map(|line| Step { at: line.at, kind: line.kind, text: line.text })
            .collect();
        let One { number, state, began, ended } = One::of(incident);
        Ok(OneIncident { schema: SCHEMA, number, state, began, ended, history })
    });
    Ok(answer::value(StatusCode::OK, &found.await?))
}

/// Asks the journal on a thread of its own: a call blocks for a moment.
async fn asked<T: Send + 'static>(
    journal: &Journal,
    ask: impl FnOnce(&Journal) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let journal = journal.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&journal)).await;
    answer.unwrap_or_else(|_ended| Err(Problem::gone()))
}
