//! The description of the API, made from its code.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa::OpenApi as _;

use super::super::answer;
use super::{act, incidents, look};

/// Every operation.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Conductor",
        description = "The API of a Conductor daemon: over its Unix socket, or over TCP with a bearer token."
    ),
    paths(
        look::status,
        look::stacks,
        look::stack,
        look::runs,
        incidents::incidents,
        incidents::incident,
        look::run,
        look::events,
        look::request_events,
        act::plan,
        act::sync,
        act::sync_stack,
        act::suspend,
        act::resume,
        act::roll_back,
        act::reload,
        act::request
    )
)]
struct Description;

/// The description as JSON.
pub(super) async fn serve() -> Response {
    let text = Description::openapi().to_json().unwrap_or_default();
    answer::text(StatusCode::OK, text)
}
