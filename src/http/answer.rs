//! Answers: JSON with a schema number; errors as error, causes and hint.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::daemon::{Refusal, Refused};
use crate::model::failure::Failure;
use crate::model::outcome::Trouble;
use crate::report::SCHEMA;

/// An answer that says why there is no other.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    error: String,
    causes: Vec<String>,
    hint: Option<String>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), causes: Vec::new(), hint: None, retry_after: None }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A failure on our side.
    pub(super) fn of(failure: &dyn Failure) -> Self {
        let trouble = Trouble::of(failure);
        Self {
            causes: trouble.causes,
            hint: trouble.hint,
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, trouble.error)
        }
    }

    /// Something ended without an answer.
    pub(super) fn gone() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping")
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused.kind {
            Refusal::Unknown => StatusCode::NOT_FOUND,
            Refusal::NotNow => StatusCode::CONFLICT,
            Refusal::TooMany | Refusal::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self { hint: refused.hint, ..Self::new(status, refused.why) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "schema": SCHEMA,
            "error": self.error,
            "causes": self.causes,
            "hint": self.hint,
        });
        let mut response = value(self.status, &body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// An answer of JSON.
pub(super) fn value(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => typed(status, "application/json", bytes),
        Err(_impossible) => status.into_response(),
    }
}

/// An answer that is JSON text already.
pub(super) fn text(status: StatusCode, json: String) -> Response {
    typed(status, "application/json", json)
}

/// An answer of any kind. Nothing of this is to be kept by anybody in between.
pub(super) fn typed(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.into()).into_response()
}

/// JSON text of a report as a value, to put it into another.
pub(super) fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}
