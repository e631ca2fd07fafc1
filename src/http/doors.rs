//! Opens every door that the settings have, and takes new rules while they are open.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::api::{self, Api, FOLLOWERS, READERS};
use super::bucket::Buckets;
use super::error::Error;
use super::metrics::{self, Metrics};
use super::receive::{self, Receiver};
use super::rules::Rules;
use super::seen_file::SeenFile;
use super::serve::{Listener, serve};
use super::tally::Tally;
use crate::config::{Door, Settings};
use crate::daemon::{Handle, Logs};
use crate::journal::Journal;
use crate::model::channel::ChannelNow;
use crate::report::Counted;

/// Connections that are taken at a time: of webhooks, of programs, of Prometheus.
const WEBHOOKS: usize = 512;
const PROGRAMS: usize = 1024;
const SCRAPERS: usize = 16;
/// The socket's name in the runtime directory.
const SOCKET: &str = "conductor.sock";
/// Who may use the socket beside root.
const GROUP: &str = "conductor";
/// What was seen of webhooks, in the state directory.
const SEEN: &str = "webhooks.seen";

/// What the doors stand in.
pub struct Surroundings {
    /// The way to the daemon.
    pub handle: Handle,
    /// What the daemon remembers.
    pub journal: Journal,
    /// Who reads what containers wrote.
    pub logs: Arc<dyn Logs>,
    /// The time, in seconds since 1970.
    pub clock: fn() -> i64,
    /// How each channel of notifications is doing.
    pub channels: Box<dyn Fn() -> Vec<ChannelNow> + Send + Sync>,
    /// How often the engine was asked.
    pub counted: Box<dyn Fn() -> Counted + Send + Sync>,
    /// When to close.
    pub end: CancellationToken,
}

/// The open doors.
#[derive(Debug)]
pub struct Doors {
    rules: watch::Sender<Arc<Rules>>,
    socket: PathBuf,
    addresses: Vec<(&'static str, SocketAddr)>,
}

impl Doors {
    /// Opens the socket, and every address that is not `off`. One that nobody named and that cannot be had is a warning.
    pub async fn open(
        settings: &Settings,
        rules: Rules,
        around: Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let (sender, rules) = watch::channel(Arc::new(rules));
        let tally = Arc::new(Tally::default());
        let listen = &settings.listen;
        let socket = settings.places.runtime.join(SOCKET);
        let mut doors = Self { rules: sender, socket, addresses: Vec::new() };

        let programs = api::app(Arc::new(Api {
            handle: around.handle.clone(),
            rules: rules.clone(),
            journal: around.journal.clone(),
            engine: settings.engine.name.clone(),
            followers: Arc::new(Semaphore::new(FOLLOWERS)),
            logs: around.logs.clone(),
            log_readers: Arc::new(Semaphore::new(READERS)),
            end: around.end.clone(),
            status: Mutex::default(),
        }));
        let unix = unix(&doors.socket).await?;
        tokio::spawn(serve(Listener::Unix(unix), programs.clone(), PROGRAMS, around.end.clone()));
        if !listen.tokens.is_empty()
            && let Some(listener) = doors.bind("the API", listen.api, warnings).await?
        {
            let listener = Listener::Tcp(listener, Some(rules.clone()));
            tokio::spawn(serve(listener, programs, PROGRAMS, around.end.clone()));
        }
        if !listen.hooks.is_empty()
            && let Some(listener) = doors.bind("webhooks", listen.webhooks, warnings).await?
        {
            let hooks = receive::app(Arc::new(Receiver {
                handle: around.handle.clone(),
                tally: tally.clone(),
                buckets: Mutex::new(Buckets::new(listen.rate_limit)),
                seen: Mutex::new(SeenFile::open(
                    &settings.places.state.join(SEEN),
                    (around.clock)(),
                )),
                began: Instant::now(),
                clock: around.clock,
                rules,
            }));
            tokio::spawn(serve(Listener::Tcp(listener, None), hooks, WEBHOOKS, around.end.clone()));
        }
        if let Some(listener) = doors.bind("metrics", listen.metrics, warnings).await? {
            let metrics = metrics::app(Arc::new(Metrics {
                handle: around.handle.clone(),
                tally,
                channels: around.channels,
                counted: around.counted,
            }));
            tokio::spawn(serve(Listener::Tcp(listener, None), metrics, SCRAPERS, around.end));
        }
        Ok(doors)
    }

    /// Takes what the settings say now: webhooks, tokens, proxies, limits, certificates. Addresses stay as they are.
    pub fn renew(&self, rules: Rules) {
        self.rules.send_replace(Arc::new(rules));
    }

    /// The socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What is listened at, and what for.
    pub fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    async fn bind(
        &mut self,
        what: &'static str,
        door: Door,
        warnings: &mut Vec<String>,
    ) -> Result<Option<TcpListener>, Error> {
        let Some(address) = door.address else { return Ok(None) };
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let address = listener.local_addr().unwrap_or(address);
                tracing::info!(%address, "listening for {what}");
                self.addresses.push((what, address));
                Ok(Some(listener))
            }
            Err(source) if door.named => Err(Error::Address { what, address, source }),
            Err(error) => {
                warnings.push(format!("nobody listens at `{address}` for {what}: {error}; set `listen` to another address, or to `off`"));
                Ok(None)
            }
        }
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        fs::remove_file(&self.socket).ok();
    }
}

/// The socket, for its owner and the group `conductor`, where there is one. One that a killed daemon left is replaced.
async fn unix(path: &Path) -> Result<UnixListener, Error> {
    let fail = |source| Error::Socket { path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(fail)?;
    }
    match UnixStream::connect(path).await {
        Ok(_somebody) => return Err(Error::Taken { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(_nobody) => fs::remove_file(path).map_err(fail)?,
    }
    // Made under another name, so that nobody gets in before its mode is right.
    let beside = path.with_extension("new");
    fs::remove_file(&beside).ok();
    let listener = UnixListener::bind(&beside).map_err(fail)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o660)).map_err(fail)?;
    if let Some(group) = group(&fs::read_to_string("/etc/group").unwrap_or_default()) {
        // Only root may give it away; to others their own group is enough.
        std::os::unix::fs::chown(&beside, None, Some(group)).ok();
    }
    fs::rename(&beside, path).map_err(fail)?;
    Ok(listener)
}

/// The number of the group in the text of `/etc/group`.
fn group(groups: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == GROUP).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_found_by_its_name() {
        assert_eq!(group("root:x:0:\nconductor:x:998:alice\n"), Some(998));
        assert_eq!(group("root:x:0:\nconductors:x:998:\n"), None);
    }

    #[tokio::test]
    async fn a_socket_that_was_left_is_replaced_and_one_that_is_used_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/conductor.sock");
        drop(unix(&path).await.unwrap());
        let open = unix(&path).await.unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o660);
        assert!(matches!(unix(&path).await, Err(Error::Taken { .. })));
        drop(open);
    }
}
