//! What happens, as server-sent events. Who does not read is not waited for: what it misses is told by number.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::answer;
use crate::daemon::{Happening, RequestId, What};

/// How often a silent stream says that it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a follower is told.
pub(super) struct Follow {
    pub(super) happenings: Receiver<Arc<Happening>>,
    /// Only what belongs to this request, until it is answered.
    pub(super) request: Option<RequestId>,
    /// Its place among the followers, held until the stream ends.
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    pub(super) place: OwnedSemaphorePermit,
    pub(super) end: CancellationToken,
}

/// An answer that goes on until the client or the daemon ends it. One happening is in memory at a time.
pub(super) fn stream(follow: Follow) -> Response {
    let state = (follow, VecDeque::from([Bytes::from_static(b": hello\n\n")]), false);
    let events = stream::unfold(state, |(mut follow, mut first, mut last)| async move {
        if let Some(bytes) = first.pop_front() {
            return Some((Ok::<_, Infallible>(bytes), (follow, first, last)));
        }
        if last {
            return None;
        }
        let bytes = follow.next(&mut last).await?;
        Some((Ok(bytes), (follow, first, last)))
    });
    answer::typed(StatusCode::OK, "text/event-stream", Body::from_stream(events))
}

impl Follow {
    async fn next(&mut self, last: &mut bool) -> Option<Bytes> {
        let deadline = Instant::now() + KEEP_ALIVE;
        loop {
            let received = tokio::select! {
                received = timeout_at(deadline, self.happenings.recv()) => received,
                () = self.end.cancelled() => return None,
            };
            match received {
                Err(_elapsed) => return Some(Bytes::from_static(b": still here\n\n")),
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Err(RecvError::Lagged(missed))) => {
                    return Some(
                        format!("event: missed\ndata: {{\"missed\":{missed}}}\n\n").into(),
                    );
                }
                Ok(Ok(happening)) => {
                    if self.request.is_some_and(|request| !concerns(&happening.what, request)) {
                        continue;
                    }
                    *last =
                        self.request.is_some() && matches!(happening.what, What::Answered { .. });
                    let data = serde_json::to_string(&*happening).unwrap_or_default();
                    let number = happening.number;
                    return Some(
                        format!("id: {number}\nevent: happening\ndata: {data}\n\n").into(),
                    );
                }
            }
        }
    }
}

/// Whether something belongs to a request.
fn concerns(what: &What, request: RequestId) -> bool {
    match what {
        What::Accepted { request: other, .. } | What::Answered { request: other, .. } => {
            *other == request
        }
        What::Began { requests, .. } | What::Ended { requests, .. } => requests.contains(&request),
        What::Revision { .. }
        | What::SourceFailed { .. }
        | What::SourceRecovered { .. }
        | What::Operation { .. }
        | What::Health { .. }
        | What::Drift { .. }
        | What::EngineLost { .. }
        | What::EngineBack
        | What::Docker { .. }
        | What::Incident { .. }
        | What::Suspended { .. }
        | What::Resumed { .. }
        | What::Reloaded { .. }
        | What::Journal { .. }
        | What::Refused { .. } => false,
        What::Stopping { .. } => true,
    }
}
