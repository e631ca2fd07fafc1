//! The API: `/api/v1/…` for programs and for the command line.
//!
//! `shapes` are the answers, `extract` reads addresses, `look` is what changes nothing, `logs` what containers wrote, `incidents` Docker's illnesses, `act` what asks for something, `access` who may, `openapi` the
//! description of it all, made from the code.

mod access;
mod shapes;
mod extract;
mod look;
mod logs;
mod incidents;
mod act;
mod openapi;

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::answer::Problem;
use super::rules::Rules;
use crate::daemon::{Handle, Logs};
use crate::journal::Journal;

pub(super) use act::outcome_value;
pub(super) use logs::READERS;

/// Clients that may follow what happens at a time.
pub(super) const FOLLOWERS: usize = 64;

/// What answering needs.
pub(super) struct Api {
    pub(super) handle: Handle,
    pub(super) rules: watch::Receiver<Arc<Rules>>,
    pub(super) journal: Journal,
    pub(super) engine: crate::model::name::EngineName,
    pub(super) followers: Arc<Semaphore>,
    pub(super) logs: Arc<dyn Logs>,
    pub(super) log_readers: Arc<Semaphore>,
    pub(super) end: CancellationToken,
    /// The status as text, for the snapshot that it was made of: a thousand readers share one.
    pub(super) status: Mutex<Option<look::Cached>>,
}

/// What is at the socket and at the address of the API.
pub(super) fn app(api: Arc<Api>) -> Router {
    let v1 = Router::new()
        .route("/status", get(look::status))
        .route("/stacks", get(look::stacks))
        .route("/stacks/{stack}", get(look::stack))
        .route("/stacks/{stack}/logs", get(logs::of_stack))
        .route("/stacks/{stack}/services/{service}/logs", get(logs::of_service))
        .route("/plan", get(act::plan))
        .route("/sync", post(act::sync))
        .route("/stacks/{stack}/sync", post(act::sync_stack))
        .route("/stacks/{stack}/suspend", post(act::suspend))
        .route("/stacks/{stack}/resume", post(act::resume))
        .route("/stacks/{stack}/rollback", post(act::roll_back))
        .route("/reload", post(act::reload))
        .route("/requests/{request}", get(act::request))
        .route("/requests/{request}/events", get(look::request_events))
        .route("/events", get(look::events))
        .route("/incidents", get(incidents::incidents))
        .route("/incidents/{incident}", get(incidents::incident))
        .route("/journal", get(look::journal))
        .route("/runs", get(look::runs))
        .route("/runs/{run}", get(look::run))
        .layer(middleware::from_fn_with_state(api.clone(), access::check));
    Router::new()
        .nest("/api/v1", v1)
        .route("/api/v1/openapi.json", get(openapi::serve))
        .route("/healthz", get(look::alive))
        .route("/readyz", get(look::ready))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "nothing is here")
                .hint("`/api/v1/openapi.json` describes what is")
        })
        .with_state(api)
}
