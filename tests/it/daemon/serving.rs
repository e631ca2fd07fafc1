//! A daemon in the background of a test.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::process::{run, wait_for, wait_until};
use crate::support::scene::Scene;

/// How long anything may take on a machine that has other things to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// `conductor serve` of a scene, killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    log: PathBuf,
    /// What systemd hears, which listens all the time.
    heard: Arc<Mutex<String>>,
    over: Arc<AtomicBool>,
    systemd: Option<JoinHandle<()>>,
}

impl Serving {
    /// Starts it, and waits until it is ready.
    pub(crate) fn start(scene: &Scene) -> Self {
        let serving = Self::begin(scene);
        serving.hears("READY=1");
        serving
    }

    /// Starts it.
    pub(crate) fn begin(scene: &Scene) -> Self {
        let (socket, log) = (scene.env.path("notify"), scene.env.path("serve.log"));
        fs::remove_file(&socket).unwrap_or_default();
        let systemd = UnixDatagram::bind(&socket).unwrap();
        systemd.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = scene.env.command(&["serve"]);
        command.env("NOTIFY_SOCKET", &socket).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap();
        let (heard, over) = (Arc::default(), Arc::default());
        let (taken, ends) = (Arc::clone(&heard), Arc::clone(&over));
        let systemd = Some(std::thread::spawn(move || listen(&systemd, &taken, &ends)));
        Self { child, log, heard, over, systemd }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has logged something.
    pub(crate) fn logs(&self, words: &str) {
        wait_until(&format!("`{words}` in {}", self.log()), LIMIT, || self.log().contains(words));
    }

    /// Waits until it has told systemd something, and forgets what came before.
    pub(crate) fn hears(&self, words: &str) {
        wait_until(words, LIMIT, || {
            let mut heard = self.heard.lock().unwrap();
            let behind = heard.find(words).map(|at| at + words.len());
            behind.map(|behind| heard.drain(..behind)).is_some()
        });
    }

    pub(crate) fn signal(&self, name: &str) {
        let _sent = run(Command::new("kill").args(["-s", name, &self.child.id().to_string()]));
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        wait_for("end of the daemon", LIMIT, || self.child.try_wait().unwrap())
    }

    /// How much memory it has at this moment, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        let _ended = self.child.wait();
        self.over.store(true, Ordering::Relaxed);
        let _joined = self.systemd.take().map(JoinHandle::join);
        if std::thread::panicking() {
            println!("the daemon logged:\n{}", self.log());
        }
    }
}

fn listen(systemd: &UnixDatagram, heard: &Mutex<String>, over: &AtomicBool) {
    let mut buffer = [0; 4096];
    while !over.load(Ordering::Relaxed) {
        if let Ok(length) = systemd.recv(&mut buffer) {
            *heard.lock().unwrap() += &String::from_utf8_lossy(&buffer[..length]);
        }
    }
}
