//! Private engines: a dockerd with its own data, sockets, network, mounts and processes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::engine::{Version, client};
use super::http::{self, Answer};
use super::images;
use super::missing::Missing;
use super::process::{Ran, program, run, wait_until};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/dockerd.sh");
const PATIENCE: Duration = Duration::from_mins(1);

/// A running engine; dropped, or when the test process ends in any way, it and all it started are gone.
#[derive(Debug)]
pub(crate) struct Dockerd {
    pub(crate) version: Version,
    directory: PathBuf,
    /// First process of the engine's namespaces, as the machine sees it.
    namespace: u32,
    supervisor: Mutex<Supervisor>,
}

#[derive(Debug)]
struct Supervisor {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Dockerd {
    /// One engine per version and test process, for tests that leave it as it is. Choose project names of your own.
    pub(crate) fn shared(version: Version) -> Result<&'static Self, Missing> {
        static SHARED: [OnceLock<Result<Dockerd, Missing>>; 2] = [const { OnceLock::new() }; 2];
        let slot = match version {
            Version::Distribution => &SHARED[0],
            Version::Newer => &SHARED[1],
        };
        slot.get_or_init(|| Self::start(version)).as_ref().map_err(Clone::clone)
    }

    /// An engine of the test's own, to be killed, frozen or corrupted.
    pub(crate) fn start(version: Version) -> Result<Self, Missing> {
        Self::start_with(version, &[])
    }

    /// The same with flags, such as `--live-restore`.
    pub(crate) fn start_with(version: Version, flags: &[&str]) -> Result<Self, Missing> {
        let programs = version.programs()?;
        namespaces()?;
        // A short path: sockets have at most 107 characters. The supervisor removes it.
        let directory =
            tempfile::Builder::new().prefix("conductor-").tempdir_in("/tmp").unwrap().keep();
        let mut process = Command::new(program("bash")?)
            .arg(SCRIPT)
            .arg(&directory)
            .arg(programs)
            .args(flags)
            .process_group(0) // Ctrl-C is for the test process; its end is the supervisor's order to clean up.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let orders = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let namespace = line(&mut answers).parse().unwrap();
        let supervisor = Mutex::new(Supervisor { process, orders, answers });
        let dockerd = Self { version, directory, namespace, supervisor };
        dockerd.resume();
        images::import(&dockerd, images::BUSYBOX, &[]);
        Ok(dockerd)
    }

    /// The engine's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("docker.sock")
    }

    /// The socket, as `DOCKER_HOST` has it.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Where the engine keeps its state.
    pub(crate) fn data_root(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The daemon's process, as the machine sees it.
    pub(crate) fn pid(&self) -> u32 {
        fs::read_to_string(self.directory.join("machine.pid")).unwrap().trim().parse().unwrap()
    }

    /// Sends the daemon a signal: `KILL`, `STOP`, `CONT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        assert_eq!(self.order(&format!("signal {name}")), "signalled");
    }

    /// Waits for the daemon's end; what it started may live on.
    pub(crate) fn ended(&self) {
        assert_eq!(self.order("await"), "ended");
    }

    /// Starts the daemon (again) and waits until it answers.
    pub(crate) fn resume(&self) {
        assert_eq!(self.order("start"), "started");
        let ping = || self.send("GET /_ping", None).is_ok_and(|answer| answer.status == 200);
        let start = std::time::Instant::now();
        while !ping() {
            assert!(
                start.elapsed() < PATIENCE,
                "the engine does not answer; its log ends with:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The end of the daemon's log.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.directory.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(4000)..]).into_owned()
    }

    /// One request to the engine, such as `GET /containers/json?all=1`.
    pub(crate) fn send(
        &self,
        request: &str,
        body: Option<(&str, &[u8])>,
    ) -> std::io::Result<Answer> {
        http::send(&self.socket(), request, body)
    }

    /// What the engine answers to a GET, as JSON.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        self.send(&format!("GET {path}"), None).unwrap().json()
    }

    /// Runs `docker` (the newer engine's client) against this engine.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Ran {
        run(client("docker", &self.socket())
            .unwrap_or_else(|missing| panic!("{missing}"))
            .args(arguments))
    }

    /// Runs `docker-compose` (2.40) against this engine.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Ran {
        run(client("docker-compose", &self.socket())
            .unwrap_or_else(|missing| panic!("{missing}"))
            .args(arguments))
    }

    /// A command that runs in the engine's network, where published ports and registries are.
    pub(crate) fn inside(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.namespace))
            .arg("--")
            .arg(program.as_ref());
        command
    }

    fn order(&self, order: &str) -> String {
        let mut supervisor = self.supervisor.lock().unwrap();
        writeln!(supervisor.orders.as_mut().unwrap(), "{order}").unwrap();
        line(&mut supervisor.answers)
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        let Ok(supervisor) = self.supervisor.get_mut() else { return };
        drop(supervisor.orders.take());
        let _ended = supervisor.process.wait();
    }
}

fn line(answers: &mut impl BufRead) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// Whether engines can be private here: root, and namespaces to make.
fn namespaces() -> Result<(), Missing> {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    let tried = || {
        run(Command::new("unshare").args(["--net", "--mount", "--pid", "--fork", "true"])).code
            == Some(0)
    };
    if *POSSIBLE.get_or_init(tried) {
        Ok(())
    } else {
        Err(Missing("the right to make namespaces (root)".to_owned()))
    }
}

/// Waits until nothing is left of an engine's directory.
pub(crate) fn gone(directory: &Path) {
    wait_until("end of the engine's directory", PATIENCE, || !directory.exists());
}
