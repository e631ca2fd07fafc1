//! How calls are made: time limits, and requests that bollard's types cannot express.

use std::time::Duration;

use bollard::{BollardRequest, Docker, body_full};
use serde_json::Value;

use super::calls::Calls;
use super::error::Error;
use super::refusal::meaning;
use super::task::Task;

/// How long the engine may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the answer to one call.
    pub call: Duration,
    /// For a pull to make a step.
    pub pull_stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call: Duration::from_mins(1), pull_stall: Duration::from_mins(2) }
    }
}

/// How long one call may take, and who counts it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) limit: Duration,
    pub(super) calls: &'a Calls,
}

/// The same limits for the calls of one engine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) call: Bound<'a>,
    pub(super) pull_stall: Duration,
}

/// The newest API whose answers bollard's types describe.
pub(super) const NEWEST_API: (u32, u32) = (1, 53);

/// Waits for a call, but not for ever.
pub(super) async fn within<T>(
    task: Task,
    bound: Bound<'_>,
    call: impl Future<Output = Result<T, bollard::errors::Error>>,
) -> Result<T, Error> {
    let limit = bound.limit;
    let answer = match tokio::time::timeout(limit, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(meaning(task.clone(), error)),
        Err(_elapsed) => Err(Error::TimedOut { task: task.clone(), limit }),
    };
    bound.calls.count(&task, &answer);
    answer
}

/// The same client, whose requests are changed before they are sent.
pub(super) fn changed(
    docker: &Docker,
    api: (u32, u32),
    change: impl Fn(BollardRequest) -> BollardRequest + Send + Sync + 'static,
) -> Docker {
    docker.clone().with_request_modifier(move |request| pinned(change(request), api))
}

/// A client whose next request carries this body: some members have no place in bollard's types.
pub(super) fn with_body(docker: &Docker, api: (u32, u32), body: &Value) -> Docker {
    let text = body.to_string();
    changed(docker, api, move |request| request.map(|_| body_full(text.clone().into())))
}

/// A client whose next request carries this header.
pub(super) fn with_header(
    docker: &Docker,
    api: (u32, u32),
    name: &'static str,
    value: String,
) -> Docker {
    changed(docker, api, move |mut request| {
        if let Ok(value) = value.parse() {
            request.headers_mut().insert(name, value);
        }
        request
    })
}

/// A client whose next request has this query.
pub(super) fn with_query(docker: &Docker, api: (u32, u32), query: &'static str) -> Docker {
    changed(docker, api, move |mut request| {
        if let Ok(uri) = format!("{}?{query}", request.uri()).parse() {
            *request.uri_mut() = uri;
        }
        request
    })
}

/// Asks an engine that is newer than our types for the answers that they describe. Bollard itself never names a
/// version, so the engine answers as its newest one.
pub(super) fn pinned(mut request: BollardRequest, api: (u32, u32)) -> BollardRequest {
    if api > NEWEST_API
        && let Some(uri) = pinned_uri(&request.uri().to_string())
        && let Ok(uri) = uri.parse()
    {
        *request.uri_mut() = uri;
    }
    request
}

fn pinned_uri(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    Some(format!("{scheme}://{authority}/v{}.{}/{path}", NEWEST_API.0, NEWEST_API.1))
}

/// A name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_engine_is_asked_by_version() {
        assert_eq!(
            pinned_uri("unix://2f746d70/containers/json?all=true").unwrap(),
            "unix://2f746d70/v1.53/containers/json?all=true"
        );
    }

    #[test]
    fn a_name_stays_within_its_segment() {
        assert_eq!(segment("my net/../x?y"), "my%20net%2F..%2Fx%3Fy");
    }
}
