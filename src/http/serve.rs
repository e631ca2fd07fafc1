//! Connections, within bounds: so many at a time, each with a time-out for its headers.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::peer::Peer;
use super::rules::Rules;

/// How long the headers of a request may take, the time between two requests among it.
const HEADERS: Duration = Duration::from_secs(15);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long requests that are being answered may go on when the daemon ends.
const LAST_ANSWERS: Duration = Duration::from_secs(3);
/// Bytes that the headers of a request may have.
const HEADER_BYTES: usize = 16 << 10;
/// The pause after the system could not give a connection, because there are no descriptors left for example.
const PAUSE: Duration = Duration::from_millis(100);

/// What is listened at.
pub(super) enum Listener {
    /// An address, with TLS where the rules have it.
    Tcp(TcpListener, Option<watch::Receiver<Arc<Rules>>>),
    /// A socket of this machine.
    Unix(UnixListener),
}

/// Takes connections until `end`; those beyond `at_once` wait in the kernel.
pub(super) async fn serve(listener: Listener, app: Router, at_once: usize, end: CancellationToken) {
    let places = Arc::new(Semaphore::new(at_once));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = end.cancelled() => return,
        };
        let (app, end) = (app.clone(), end.clone());
        match accepted {
            Ok(connection) => {
                tokio::spawn(async move {
                    connection.answer(app, end).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                sleep(PAUSE).await;
            }
        }
    }
}

enum Connection {
    Tcp(tokio::net::TcpStream, Peer, Option<Arc<Rules>>),
    Unix(tokio::net::UnixStream, Peer),
}

async fn accept(listener: &Listener) -> io::Result<Connection> {
    match listener {
        Listener::Tcp(listener, rules) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true).ok();
            let rules = rules.as_ref().map(|rules| rules.borrow().clone());
            Ok(Connection::Tcp(stream, Peer::Tcp(address), rules))
        }
        Listener::Unix(listener) => {
            let (stream, _) = listener.accept().await?;
            let who = stream.peer_cred()?;
            Ok(Connection::Unix(stream, Peer::Unix { uid: who.uid(), pid: who.pid() }))
        }
    }
}

impl Connection {
    async fn answer(self, app: Router, end: CancellationToken) {
        match self {
            Self::Unix(stream, peer) => talk(stream, peer, app, end).await,
            Self::Tcp(stream, peer, rules) => {
                match rules.as_ref().and_then(|rules| rules.tls.as_ref()) {
                    None => talk(stream, peer, app, end).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                            talk(stream, peer, app, end).await;
                        }
                    }
                }
            }
        }
    }
}

/// Answers the requests of one connection.
async fn talk<S>(stream: S, peer: Peer, app: Router, end: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let app = TowerToHyperService::new(app);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let answer = hyper::service::Service::call(&app, request.map(Body::new));
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADER_BYTES);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // That a client goes away in the middle is its own affair.
        _ = connection.as_mut() => (),
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            timeout(LAST_ANSWERS, connection).await.ok();
        }
    }
}
