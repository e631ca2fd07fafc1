//! The description of the API, made from its code.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, Response as Answer, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use super::super::answer;
use super::{act, incidents, logs, look};

/// Every operation.
#[derive(utoipa::OpenApi)]
#[openapi(
    modifiers(&Refusals),
    info(
        title = "Conductor",
        description = "The API of a Conductor daemon: over its Unix socket, or over TCP with a bearer token."
    ),
    paths(
        look::status,
        look::stacks,
        look::stack,
        logs::of_stack,
        logs::of_service,
        look::runs,
        look::journal,
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

/// Whatever else an operation answers is an error: no token, nothing of that name, not now.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, description: &mut OpenApi) {
        for item in description.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                operation.responses.responses.insert("default".to_owned(), refusal().into());
            }
        }
    }
}

fn refusal() -> Answer {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorAnswer"))).build();
    let answer = ResponseBuilder::new().description("Why there is no other answer.");
    answer.content("application/json", content).build()
}

/// The description as JSON.
pub(super) async fn serve() -> Response {
    let text = Description::openapi().to_json().unwrap_or_default();
    answer::text(StatusCode::OK, text)
}
