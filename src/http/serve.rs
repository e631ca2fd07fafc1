//! Connections, within bounds: so many at a time, each with a time-out for its headers.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::io::ioctl_fionread;
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::patient::Patient;
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

/// Of so many places one may be taken by a connection that stays open between two requests.
const STAYING: usize = 16;

/// How many connections there are.
#[derive(Clone)]
struct Crowd {
    free: Arc<Semaphore>,
    at_once: usize,
}

impl Crowd {
    /// Whether clients are to come again for their next request. Each connection that stays holds buffers, and the place
    /// of somebody who waits.
    fn is_dense(&self) -> bool {
        self.at_once.saturating_sub(self.free.available_permits()) > self.at_once / STAYING
    }
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
        let crowd = Crowd { free: places.clone(), at_once };
        match accepted {
            Ok(connection) => {
                tokio::spawn(async move {
                    connection.answer((app, crowd), end).await;
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
    Unix(UnixStream, Peer),
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
    async fn answer(self, app: (Router, Crowd), end: CancellationToken) {
        if !self.speaks(&end).await {
            return;
        }
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

impl Connection {
    /// Waits for the first word. Until then a connection costs next to nothing.
    async fn speaks(&self, end: &CancellationToken) -> bool {
        let readable = async {
            match self {
                Self::Tcp(stream, ..) => stream.peek(&mut [0]).await.map(drop),
                Self::Unix(stream, _) => has_bytes(stream).await,
            }
        };
        tokio::select! {
            readable = timeout(HEADERS, readable) => matches!(readable, Ok(Ok(()))),
            () = end.cancelled() => false,
        }
    }
}

/// Waits until something can be read, or never will be. That a new stream is called readable means nothing yet.
async fn has_bytes(stream: &UnixStream) -> io::Result<()> {
    loop {
        if stream.ready(Interest::READABLE).await?.is_read_closed() {
            return Ok(());
        }
        let looked = stream.try_io(Interest::READABLE, || match ioctl_fionread(stream)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        });
        match looked {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
            looked => return looked,
        }
    }
}

/// Answers the requests of one connection.
async fn talk<S>(stream: S, peer: Peer, (app, crowd): (Router, Crowd), end: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let app = TowerToHyperService::new(app);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let answer = hyper::service::Service::call(&app, request.map(Body::new));
        let crowd = crowd.clone();
        async move {
            let mut answer = answer.await.unwrap_or_else(|never| match never {});
            if crowd.is_dense() {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADER_BYTES);
    let connection = http.serve_connection(TokioIo::new(Patient::of(stream)), service);
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
