//! Questions about an engine's health: each over a connection of its own, with a hard time limit, and never through a client
//! that keeps connections, since a hung engine answers on none of them.

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::endpoint::Endpoint;

/// How much of an answer is read.
const MOST: usize = 32 << 20;

/// What a question came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// A good answer; what it says, where it is JSON.
    Good(Value),
    /// An answer that is no success.
    Status(u16),
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
pub async fn ask(endpoint: &Endpoint, path: &str, limit: Duration) -> Answered {
    within(endpoint, (Method::GET, path), limit).await
}

/// Tells an engine to do something with one of its containers that ails.
pub async fn tell(endpoint: &Endpoint, path: &str, limit: Duration) -> Answered {
    within(endpoint, (Method::POST, path), limit).await
}

async fn within(endpoint: &Endpoint, what: (Method, &str), limit: Duration) -> Answered {
    let exchange = async {
        match endpoint {
            Endpoint::Unix(path) => match UnixStream::connect(path).await {
                Ok(stream) => exchange(stream, what).await,
                Err(error) => unreachable(&error),
            },
            Endpoint::Tcp(address) => match TcpStream::connect(address).await {
                Ok(stream) => exchange(stream, what).await,
                Err(error) => unreachable(&error),
            },
        }
    };
    tokio::time::timeout(limit, exchange).await.unwrap_or(Answered::TimedOut)
}

fn unreachable(error: &io::Error) -> Answered {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        Answered::Missing
    } else if kind == io::ErrorKind::ConnectionRefused {
        Answered::Refused
    } else {
        Answered::Broken
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    (method, path): (Method, &str),
) -> Answered {
    let Ok((mut sender, connection)) = http1::handshake(TokioIo::new(stream)).await else {
        return Answered::Broken;
    };
    let request = Request::builder().method(method).uri(path).header("host", "docker");
    let Ok(request) = request.body(Empty::<Bytes>::new()) else { return Answered::Broken };
    let exchange = async move {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MOST).collect().await.ok()?.to_bytes();
        Some((status, body))
    };
    // The sender ends with its answer, and with it the connection, which moves the bytes.
    let (answer, _closed) = tokio::join!(exchange, connection);
    match answer {
        Some((status, body)) if status.is_success() => {
            Answered::Good(serde_json::from_slice(&body).unwrap_or_default())
        }
        Some((status, _)) => Answered::Status(status.as_u16()),
        None => Answered::Broken,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    use super::*;

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
        let answered = ask(&Endpoint::Unix(path), "/version", limit).await;
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

    #[tokio::test]
    async fn a_socket_that_is_gone_is_not_one_that_nobody_listens_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        let endpoint = Endpoint::Unix(path.clone());
        let ask = || ask(&endpoint, "/_ping", Duration::from_secs(20));
        assert_eq!(ask().await, Answered::Missing);
        drop(UnixListener::bind(&path).unwrap());
        assert_eq!(ask().await, Answered::Refused);
    }
}
