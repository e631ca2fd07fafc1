//! What containers wrote: a line of JSON for each of theirs, no faster than they are read.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::super::answer::{self, Problem};
use super::Api;
use super::access::Caller;
use super::extract::{Path, Query};
use super::look::stack_called;
use super::shapes::ErrorAnswer;
use crate::model::logs::{LogLine, LogsAsked, Reach};
use crate::model::outcome::Trouble;

/// Clients that may read logs at a time.
pub(in super::super) const READERS: usize = 16;
/// Containers that one of them may follow: each is a connection to the engine.
const FOLLOWED: usize = 32;
/// Lines of each container when nobody says how many.
const TAIL: u32 = 100;
/// Lines of each container at most.
const LONGEST_TAIL: u32 = 10_000;
/// Bytes of an answer that has an end of its own.
const BYTES: usize = 16 << 20;
/// How long an answer may go on.
const TIME: Duration = Duration::from_hours(1);
/// How often an answer that has nothing to say shows that it goes on.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which part of a log is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    tail: Option<u32>,
    since: Option<i64>,
    follow: bool,
}

/// A line of a container, or a part of a very long one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogEntry<'a> {
    /// Its name; nothing where the line is the daemon's own.
    container: Option<&'a str>,
    /// `stdout`, `stderr`, or `terminal` where a container has one; `conductor` for the daemon's own words.
    stream: &'a str,
    /// When it was written, by the engine's clock.
    at: Option<&'a str>,
    text: &'a str,
}

/// What the containers of a stack wrote, as lines of JSON. Needs a token that may operate: logs may hold anything.
#[utoipa::path(get, path = "/api/v1/stacks/{stack}/logs", params(("stack" = String, Path,), ("tail" = Option<u32>, Query, description = "Lines of each container: 100 unless set, 10,000 at most"), ("since" = Option<i64>, Query, description = "Seconds since 1970"), ("follow" = Option<bool>, Query, description = "Goes on with what comes, for an hour at most")), responses((status = 200, content_type = "application/x-ndjson", body = LogEntry), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)))]
pub(super) async fn of_stack(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(stack): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    api.logs(&caller, (&stack, None), &wanted)
}

/// What the containers of a service wrote, as lines of JSON. Needs a token that may operate: logs may hold anything.
#[utoipa::path(get, path = "/api/v1/stacks/{stack}/services/{service}/logs", params(("stack" = String, Path,), ("service" = String, Path,), ("tail" = Option<u32>, Query, description = "Lines of each container: 100 unless set, 10,000 at most"), ("since" = Option<i64>, Query, description = "Seconds since 1970"), ("follow" = Option<bool>, Query, description = "Goes on with what comes, for an hour at most")), responses((status = 200, content_type = "application/x-ndjson", body = LogEntry), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)))]
pub(super) async fn of_service(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path((stack, service)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    api.logs(&caller, (&stack, Some(&service)), &wanted)
}

impl Api {
    fn logs(
        &self,
        caller: &Caller,
        (stack, service): (&str, Option<&str>),
        wanted: &Wanted,
    ) -> Result<Response, Problem> {
        caller.may_operate()?;
        let mut containers = self.containers(stack, service)?;
        let place = self.log_readers.clone().try_acquire_owned().map_err(|_full| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many clients read logs")
                .hint("close some of them")
        })?;
        let asked = LogsAsked {
            tail: wanted.tail.unwrap_or(TAIL).min(LONGEST_TAIL),
            since: wanted.since,
            reach: if wanted.follow { Reach::Follow } else { Reach::Past },
        };
        let mut last_words = None;
        if asked.reach == Reach::Follow && containers.len() > FOLLOWED {
            containers.truncate(FOLLOWED);
            last_words = Some(format!("only the first {FOLLOWED} containers are followed"));
        }
        let each = containers.into_iter().map(|container| {
            let lines = self.logs.clone().logs(container.clone(), asked);
            lines.map(move |line| (container.clone(), line)).boxed()
        });
        let lines = match asked.reach {
            Reach::Past => stream::iter(each.collect::<Vec<_>>()).flatten().boxed(),
            Reach::Follow => stream::select_all(each).boxed(),
        };
        let reading = Reading {
            lines,
            words: last_words,
            left: (asked.reach == Reach::Past).then_some(BYTES),
            until: Instant::now() + TIME,
            end: self.end.clone(),
            is_over: false,
            place,
        };
        let body = stream::unfold(reading, |mut reading| async move {
            let bytes = reading.next().await?;
            Some((Ok::<_, Infallible>(bytes), reading))
        });
        Ok(answer::typed(StatusCode::OK, "application/x-ndjson", Body::from_stream(body)))
    }

    fn containers(&self, stack: &str, service: Option<&str>) -> Result<Vec<String>, Problem> {
        let snapshot = self.handle.snapshot();
        let found = stack_called(&snapshot, stack)?;
        let unknown = |name: &str| {
            let known: Vec<&str> = found.services.iter().map(|one| one.name.as_str()).collect();
            Problem::new(StatusCode::NOT_FOUND, format!("`{stack}` runs no service `{name}`"))
                .hint(format!("it runs {}", known.join(", ")))
        };
        if let Some(name) = service
            && !found.services.iter().any(|one| one.name.as_str() == name)
        {
            return Err(unknown(name));
        }
        let is_it = |one: &&crate::model::snapshot::ServiceNow| {
            service.is_none_or(|name| one.name.as_str() == name)
        };
        let services = found.services.iter().filter(is_it);
        Ok(services.flat_map(|one| one.containers.iter().cloned()).collect())
    }
}

/// A log that is being read.
struct Reading {
    lines: BoxStream<'static, (String, Result<LogLine, Trouble>)>,
    /// What the daemon has to say before anything else.
    words: Option<String>,
    /// Bytes that it may still have, where it is bounded.
    left: Option<usize>,
    until: Instant,
    end: CancellationToken,
    is_over: bool,
    /// Its place among the readers, held until it ends.
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    place: OwnedSemaphorePermit,
}

impl Reading {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        if let Some(words) = self.words.take() {
            return Some(own(&words));
        }
        let now = Instant::now();
        if now >= self.until {
            return Some(self.close("an hour is over; ask again for more"));
        }
        let deadline = self.until.min(now + KEEP_ALIVE);
        let read = tokio::select! {
            read = timeout_at(deadline, self.lines.next()) => read,
            () = self.end.cancelled() => return Some(self.close("the daemon is stopping")),
        };
        match read {
            Err(_elapsed) => Some(Bytes::from_static(b"\n")),
            Ok(None) => None,
            Ok(Some((container, Err(trouble)))) => {
                let why = trouble.causes.first().map(|why| format!(": {why}")).unwrap_or_default();
                Some(own(&format!("{container}: {}{why}", trouble.error)))
            }
            Ok(Some((container, Ok(line)))) => {
                let (container, at) = (Some(container.as_str()), line.at.as_deref());
                let stream = line.stream.word();
                let bytes = entry(&LogEntry { container, stream, at, text: &line.text });
                if let Some(left) = self.left.as_mut() {
                    if *left < bytes.len() {
                        return Some(self.close("there is more; ask for a shorter `tail`"));
                    }
                    *left -= bytes.len();
                }
                Some(bytes)
            }
        }
    }

    fn close(&mut self, why: &str) -> Bytes {
        self.is_over = true;
        own(why)
    }
}

/// A line of the daemon's own.
fn own(text: &str) -> Bytes {
    entry(&LogEntry { container: None, stream: "conductor", at: None, text })
}

fn entry(entry: &LogEntry<'_>) -> Bytes {
    let mut bytes = serde_json::to_vec(entry).unwrap_or_default();
    bytes.push(b'\n');
    bytes.into()
}
