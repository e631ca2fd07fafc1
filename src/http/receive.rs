//! Webhooks: counted, looked at, and handed on as a request for a run. They carry nothing else in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::answer::{self, Problem};
use super::api::outcome_value;
use super::bucket::Buckets;
use super::client::client;
use super::hooks::{Asked, Delivery, Once, Verdict, judge};
use super::peer::Peer;
use super::rules::Rules;
use super::seen_file::SeenFile;
use super::tally::{Fate, Tally};
use crate::daemon::{Command, Handle, Request, Scope, Sync};
use crate::journal::Trigger;
use crate::model::webhook::Provider;
use crate::reconcile::{KnownBad, Prune};
use crate::report::SCHEMA;

/// Bytes that a body may have.
const BODY: usize = 1 << 20;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(15);
/// How long a sender may wait for the outcome.
const WAIT: Duration = Duration::from_mins(15);

/// What answering webhooks needs.
pub(super) struct Receiver {
    pub(super) handle: Handle,
    pub(super) rules: watch::Receiver<Arc<Rules>>,
    pub(super) tally: Arc<Tally>,
    /// Held for no longer than it takes to look something up; never over an await.
    pub(super) buckets: Mutex<Buckets>,
    /// The same.
    pub(super) seen: Mutex<SeenFile>,
    pub(super) began: Instant,
    pub(super) clock: fn() -> i64,
}

/// What is at the address of webhooks.
pub(super) fn app(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route("/hooks/{provider}", post(without_secret))
        .route("/hooks/{provider}/{secret}", post(with_secret))
        .layer(middleware::map_response(no_sniffing))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "nothing is here")
                .hint("webhooks are sent to `/hooks/PROVIDER`")
        })
        .with_state(receiver)
}

async fn no_sniffing(mut response: Response) -> Response {
    let nosniff = header::HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

type Parts = (Extension<Peer>, RawQuery, HeaderMap, Body);

async fn without_secret(
    State(receiver): State<Arc<Receiver>>,
    Path(provider): Path<String>,
    parts: Parts,
) -> Response {
    receiver.take(&provider, None, parts).await.unwrap_or_else(IntoResponse::into_response)
}

async fn with_secret(
    State(receiver): State<Arc<Receiver>>,
    Path((provider, secret)): Path<(String, String)>,
    parts: Parts,
) -> Response {
    let answer = receiver.take(&provider, Some(&secret), parts).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}

impl Receiver {
    async fn take(
        &self,
        provider: &str,
        path_secret: Option<&str>,
        (Extension(peer), RawQuery(query), headers, body): Parts,
    ) -> Result<Response, Problem> {
        let Some(provider) = Provider::parse(provider) else {
            let known = Provider::ALL.map(Provider::word).join(", ");
            return Err(Problem::new(StatusCode::NOT_FOUND, "no such provider")
                .hint(format!("there are {known}")));
        };
        let rules = self.rules.borrow().clone();
        let from = client(peer.address(), &headers, &rules.trusted_proxies);
        let limited = {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            buckets.set_limit(rules.rate_limit);
            buckets.take(from, self.began.elapsed())
        };
        if let Err(pause) = limited {
            self.tally.count(provider, Fate::Limited);
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too many webhooks from one address",
            )
            .hint("raise `rate_limit` in the settings, or name the proxy in `trusted_proxies`")
            .retry_after(pause.as_secs() + 1));
        }
        let body = self.body(provider, &headers, body).await?;
        let now = (self.clock)();
        let delivery = Delivery { headers: &headers, body: &body, path_secret, now };
        let judgement = judge(&rules.hooks, &rules.followed, provider, &delivery);
        match judgement.verdict {
            Verdict::Refused { status, why } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                let proven = status == StatusCode::BAD_REQUEST;
                self.tally.count(provider, if proven { Fate::Malformed } else { Fate::Unproven });
                tracing::warn!(%provider, %from, %why, "a webhook was refused");
                Err(Problem::new(status, why))
            }
            Verdict::Ping => Ok(self.nothing(provider, Fate::Ping, "pong")),
            Verdict::Ignored { why } => {
                tracing::info!(%provider, %why, "a webhook is ignored");
                Ok(self.nothing(provider, Fate::Ignored, &why))
            }
            Verdict::Asked(asked) => {
                if !judgement.once.is_none_or(|once| self.is_first(once, now)) {
                    return Ok(self.nothing(provider, Fate::Duplicate, "duplicate"));
                }
                let wait =
                    query.is_some_and(|query| query.split('&').any(|pair| pair == "wait=true"));
                let caller = format!("{provider} at {from}");
                self.ask(provider, (asked, judgement.once), caller, wait).await
            }
        }
    }

    /// The body, within its size and time.
    async fn body(
        &self,
        provider: Provider,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<axum::body::Bytes, Problem> {
        let told = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let too_large = || {
            self.tally.count(provider, Fate::Malformed);
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is larger than {} MiB", BODY >> 20),
            )
        };
        if told.is_some_and(|length| length > BODY) {
            return Err(too_large());
        }
        match timeout(BODY_TIME, to_bytes(body, BODY)).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(_cut)) => Err(too_large()),
            Err(_elapsed) => {
                self.tally.count(provider, Fate::Malformed);
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long"))
            }
        }
    }

    fn is_first(&self, once: Once, now: i64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let first = seen.first_time(once, now);
        if let Some(problem) = seen.take_problem() {
            tracing::warn!("{problem}");
        }
        first
    }

    fn nothing(&self, provider: Provider, fate: Fate, why: &str) -> Response {
        self.tally.count(provider, fate);
        answer::value(
            StatusCode::OK,
            &json!({ "schema": SCHEMA, "status": fate.word(), "why": why }),
        )
    }

    /// Asks for the run. What is not taken on now may be sent again.
    async fn ask(
        &self,
        provider: Provider,
        (asked, once): (Asked, Option<Once>),
        caller: String,
        wait: bool,
    ) -> Result<Response, Problem> {
        let sync =
            Sync { scope: self.scope(&asked), known_bad: KnownBad::Skip, prune: Prune::Guarded };
        let request = Request { command: Command::Sync(sync), trigger: Trigger::Webhook, caller };
        let taken = if wait {
            self.handle.command_awaited(request).await.map(|(accepted, it)| (accepted, Some(it)))
        } else {
            self.handle.command(request).await.map(|accepted| (accepted, None))
        };
        let (accepted, coming) = match taken {
            Ok(taken) => taken,
            Err(refused) => {
                self.tally.count(provider, Fate::Busy);
                if let Some(once) = once {
                    self.seen.lock().unwrap_or_else(PoisonError::into_inner).forget(&once.digest);
                }
                return Err(refused.into());
            }
        };
        self.tally.count(provider, Fate::Accepted);
        let id = accepted.request;
        if let Some(coming) = coming {
            return match timeout(WAIT, coming.outcome()).await {
                Ok(Some(outcome)) => {
                    let status = if outcome.is_well() {
                        StatusCode::OK
                    } else {
                        StatusCode::INTERNAL_SERVER_ERROR
                    };
                    Ok(answer::value(status, &outcome_value(id, &outcome)))
                }
                Ok(None) => Err(Problem::gone()),
                Err(_elapsed) => Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, "the run goes on")
                    .hint(format!("ask again: `/api/v1/requests/{id}`"))),
            };
        }
        let body = json!({ "schema": SCHEMA, "status": Fate::Accepted.word(), "request": id });
        Ok(answer::value(StatusCode::ACCEPTED, &body))
    }

    /// A push asks for what its revision touches; an image for every stack that may use it, because their revisions stay.
    fn scope(&self, asked: &Asked) -> Scope {
        if asked.images.is_empty() {
            return Scope::Changed(asked.sources.clone());
        }
        let snapshot = self.handle.snapshot();
        let of_source = |stack: &&crate::model::snapshot::StackNow| {
            stack.source.as_ref().is_some_and(|source| asked.sources.contains(source))
        };
        if snapshot.stacks.iter().all(|stack| of_source(&stack)) {
            return Scope::All;
        }
        let names = snapshot.stacks.iter().filter(of_source).map(|stack| stack.project.to_string());
        Scope::Stacks(names.collect())
    }
}
