//! Servers in the background, which end with the test that started them.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::process::wait_until;

/// Waits for the end of its input, which comes also when the test process is killed; then removes everything.
const KEEPER: &str = r#""$@" </dev/null & cat >/dev/null; kill -KILL $!; wait $! 2>/dev/null; rm -rf "$0"; kill -KILL 0"#;

/// A server and the directory that it uses; both go when this is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    keeper: Child,
    directory: PathBuf,
}

impl Background {
    /// A directory for a server that is still to be started.
    pub(crate) fn directory() -> PathBuf {
        tempfile::Builder::new().prefix("conductor-").tempdir_in("/tmp").unwrap().keep()
    }

    /// Starts a server whose files are in `directory`; what it says goes to `directory/log`.
    pub(crate) fn start(server: &Command, directory: PathBuf) -> Self {
        let log = File::options().create(true).append(true).open(directory.join("log")).unwrap();
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER])
            .arg(&directory)
            .arg(server.get_program())
            .args(server.get_args());
        let errors = log.try_clone().unwrap();
        let keeper = keeper
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .unwrap();
        Self { keeper, directory }
    }

    /// What the server has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    /// Waits until the server accepts connections on a port of this machine.
    pub(crate) fn listens(&self, port: u16) {
        let server = format!("server on port {port} ({})", self.directory.display());
        wait_until(&server, Duration::from_secs(20), || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
    }

    /// The server's directory.
    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ended = self.keeper.wait();
    }
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
