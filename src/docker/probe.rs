//! Questions about an engine's health: each over a connection of its own, with a hard time limit, and never through a client
//! that keeps connections, since a hung engine answers on none of them.

use std::io;
use std::time::Duration;

use bollard::errors::Error as Bollard;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request};
use serde_json::Value;

use super::way::{Leave, Way};

/// How much of an answer is read.
const MOST: usize = 32 << 20;

/// What a question came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// A good answer; what it says, where it is JSON.
    Good(Value),
    /// An answer that is no success.
    Status(u16),
    /// It was not asked: whoever keeps us from the engine said so.
    KeptAway,
    /// Nobody listens.
    Refused,
    /// The socket's file is not there.
    Missing,
    /// No answer in time.
    TimedOut,
    /// The connection ended in the middle.
    Broken,
}

/// Asks for something, and reads all of the answer within the limit.
pub async fn ask(way: &Way, path: &str, limit: Duration) -> Answered {
    within(way, (Method::GET, path), limit).await
}

/// Tells an engine to do something with one of its containers that ails.
pub async fn tell(way: &Way, path: &str, limit: Duration) -> Answered {
    within(way, (Method::POST, path), limit).await
}

async fn within(way: &Way, what: (Method, &str), limit: Duration) -> Answered {
    let Ok(leave) = way.leave().await else { return Answered::KeptAway };
    tokio::time::timeout(limit, exchange(leave, what)).await.unwrap_or(Answered::TimedOut)
}

async fn exchange(leave: Leave<'_>, (method, path): (Method, &str)) -> Answered {
    let request = Request::builder().method(method).uri(path).body(Empty::<Bytes>::new());
    let Ok(request) = request else { return Answered::Broken };
    let answer = match leave.send(request).await {
        Ok(answer) => answer,
        Err(error) => return unreachable(&error),
    };
    let status = answer.status();
    match Limited::new(answer.into_body(), MOST).collect().await {
        Ok(body) if status.is_success() => {
            Answered::Good(serde_json::from_slice(&body.to_bytes()).unwrap_or_default())
        }
        Ok(_) => Answered::Status(status.as_u16()),
        Err(_cut_short) => Answered::Broken,
    }
}

fn unreachable(error: &Bollard) -> Answered {
    let Bollard::IOError { err } = error else { return Answered::Broken };
    let kind = err.kind();
    if kind == io::ErrorKind::NotFound {
        Answered::Missing
    } else if kind == io::ErrorKind::ConnectionRefused {
        Answered::Refused
    } else {
        Answered::Broken
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    use super::*;
    use crate::docker::{Endpoint, Gate, Keeper};

    /// What a probe makes of an engine that answers so; `None` is one that never does.
    async fn check(answer: Option<&'static str>) -> Answered {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1000];
            let _length = stream.read(&mut request).await.unwrap();
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                None => std::future::pending().await,
            }
        });
        let limit = Duration::from_millis(if answer.is_some() { 20_000 } else { 50 });
        let answered = ask(&Way::to(Endpoint::Unix(path)), "/version", limit).await;
        server.abort();
        answered
    }

    #[tokio::test]
    async fn each_way_to_answer_is_told_apart() {
        let json = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"a\": \"b\"}";
        let good = check(Some(json)).await;
        assert_eq!(good, Answered::Good(serde_json::json!({"a": "b"})));
        let sad = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(check(Some(sad)).await, Answered::Status(500));
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
        assert_eq!(check(Some(half)).await, Answered::Broken);
        assert_eq!(check(None).await, Answered::TimedOut);
    }

    struct Slow;

    impl Keeper for Slow {
        fn may_connect(&self) -> BoxFuture<'_, bool> {
            tokio::time::sleep(Duration::from_millis(300)).map(|()| true).boxed()
        }
    }

    #[tokio::test]
    async fn an_engine_is_not_slow_because_its_keeper_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        drop(UnixListener::bind(&path).unwrap());
        let gate = Gate::default();
        gate.ask(Arc::new(Slow));
        let way = Way::to(Endpoint::Unix(path)).behind(gate);
        assert_eq!(ask(&way, "/_ping", Duration::from_millis(100)).await, Answered::Refused);
    }

    #[tokio::test]
    async fn a_socket_that_is_gone_is_not_one_that_nobody_listens_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        let way = Way::to(Endpoint::Unix(path.clone()));
        let ask = || ask(&way, "/_ping", Duration::from_secs(20));
        assert_eq!(ask().await, Answered::Missing);
        drop(UnixListener::bind(&path).unwrap());
        assert_eq!(ask().await, Answered::Refused);
    }
}
