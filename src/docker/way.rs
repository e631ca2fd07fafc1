//! The way to an engine: a connection of its own for each request, made after whoever keeps us from the engine was asked.

use std::error::Error as StdError;
use std::io;

use bollard::BollardRequest;
use bollard::errors::Error as Bollard;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::endpoint::Endpoint;
use super::gate::Gate;

/// The way to an engine. Clones share what keeps it.
#[derive(Debug, Clone)]
pub struct Way {
    endpoint: Endpoint,
    gate: Gate,
}

/// Why an engine was not asked: systemd would start it for whoever connects.
#[derive(Debug, thiserror::Error)]
#[error("Docker does not run, and is not started by asking it")]
pub(super) struct KeptAway;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Way {
    /// The way to an endpoint, from which nobody keeps us.
    pub fn to(endpoint: Endpoint) -> Self {
        Self { endpoint, gate: Gate::default() }
    }

    /// The same way behind a gate.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// Where it leads.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Asks whether a connect may be made now. Who keeps us may be slow to answer, which says nothing of the engine.
    pub(super) async fn leave(&self) -> io::Result<Leave<'_>> {
        if self.gate.admits().await { Ok(Leave(self)) } else { Err(io::Error::other(KeptAway)) }
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send<B>(&self, request: Request<B>) -> Result<Response<Incoming>, Bollard>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.leave().await?.send(request).await
    }
}

/// Leave to connect once, at once.
pub(super) struct Leave<'w>(&'w Way);

impl Leave<'_> {
    async fn connect(&self) -> io::Result<(Box<dyn Stream>, &str)> {
        Ok(match &self.0.endpoint {
            Endpoint::Unix(path) => (Box::new(UnixStream::connect(path).await?), "docker"),
            Endpoint::Tcp(address) => {
                (Box::new(TcpStream::connect(address.as_str()).await?), address)
            }
        })
    }

    /// Sends a request and waits for the head of the answer. The connection goes on for as long as the body is read, or what
    /// it was upgraded to, and ends with that, or with whoever gives the answer up.
    pub(super) async fn send<B>(
        self,
        mut request: Request<B>,
    ) -> Result<Response<Incoming>, Bollard>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let (stream, host) = self.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // How it ends is told by the answer.
        tokio::spawn(async move { connection.with_upgrades().await.ok() });
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        // A proxy may sort by it.
        let host = HeaderValue::from_str(host).map_err(io::Error::other)?;
        request.headers_mut().insert(HOST, host);
        Ok(sender.send_request(request).await?)
    }
}

/// Whether a call failed because we were kept away.
pub(super) fn was_kept_away(error: &Bollard) -> bool {
    let Bollard::IOError { err } = error else { return false };
    err.get_ref().is_some_and(<dyn StdError + Send + Sync>::is::<KeptAway>)
}

/// A client of bollard's that goes this way.
pub(super) fn client(way: &Way, timeout: u64) -> Result<bollard::Docker, Bollard> {
    let way = way.clone();
    let send = move |request: BollardRequest| {
        let way = way.clone();
        async move { way.send(request).await }
    };
    let version = bollard::API_DEFAULT_VERSION;
    bollard::Docker::connect_with_custom_transport(send, Some("http://docker"), timeout, version)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use futures_util::future::{BoxFuture, ready};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::docker::{Answered, Engine, Error, Keeper, ask};

    struct Never;

    impl Keeper for Never {
        fn may_connect(&self) -> BoxFuture<'_, bool> {
            ready(false).boxed()
        }
    }

    #[tokio::test]
    async fn nobody_connects_to_an_engine_that_is_to_be_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let gate = Gate::default();
        gate.ask(Arc::new(Never));
        let way = Way::to(Endpoint::Unix(path)).behind(gate);

        assert_eq!(ask(&way, "/_ping", Duration::from_mins(1)).await, Answered::KeptAway);
        let error = Engine::reach(&way).await.unwrap_err();
        assert!(matches!(error, Error::KeptAway { .. }) && error.is_hosts(), "{error}");
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
    #[tokio::test]
    async fn a_proxy_is_told_whom_it_is_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1000];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No\r\n\r\n").await.unwrap();
            request.truncate(length);
            String::from_utf8(request).unwrap()
        });
        let way = Way::to(Endpoint::Tcp(address.clone()));
        let _empty = ask(&way, "/_ping", Duration::from_mins(1)).await;
        let request = proxy.await.unwrap();
        assert!(request.contains(&format!("host: {address}\r\n")), "{request}");
    }
}
