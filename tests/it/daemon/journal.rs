//! The journal under a daemon that runs: its disk fills up, its file is damaged, and the daemon goes on and says so.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::doors::{address, exchange};
use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::http;
use crate::support::missing::{Missing, part, skip_in_any_case};
use crate::support::process::{run, wait_until};
use crate::support::scene::{Scene, services, sleeper};

/// A small disk in memory, until it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn at(place: PathBuf) -> Option<Self> {
        fs::create_dir_all(&place).unwrap();
        let mut mount = Command::new("mount");
        let made = run(mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(&place));
        if made.code == Some(0) {
            return Some(Self(place));
        }
        skip_in_any_case(&Missing(format!("the right to mount: {}", made.err.trim())));
        None
    }

    /// Leaves room for nothing.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("large");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            let error = loop {
                if let Err(error) = file.write_all(&vec![b'x'; size]) {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

fn status(socket: &Path) -> Value {
    http::send(socket, "GET /api/v1/status", None).unwrap().json()
}

#[test]
fn a_full_disk_and_a_damaged_journal_are_said_and_survived() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = services(&[("web", sleeper(""))]);
    let mut scene = part!(Scene::new(dockerd, &[("kept/compose.yaml", &file)]));
    scene.env.set("CONDUCTOR_POLL", "0");
    scene.env.write("config.yaml", "listen: {webhooks: off, api: off, metrics: '127.0.0.1:0'}\n");
    let Some(disk) = Disk::at(scene.env.state()) else { return };
    let serving = Serving::start(&scene);
    serving.logs("kept changed at");
    let socket = scene.env.runtime().join("conductor.sock");
    assert_eq!(status(&socket)["journal"], Value::Null);

    let large = disk.fill();
    let said = scene.conductor(&["suspend", "kept"]);
    assert!(said.code != Some(0), "what cannot be kept is not promised: {said}");
    wait_until("what it says of a full disk", LIMIT, || status(&socket)["journal"].is_string());
    serving.logs("what happens is not remembered");
    let metric = |line: &str| {
        let stream = TcpStream::connect(address(&serving, "metrics")).unwrap();
        exchange(stream, "GET /metrics", "").1.lines().any(|known| known == line)
    };
    assert!(metric("conductor_journal_ok 0"));

    fs::remove_file(large).unwrap();
    wait_until("a journal that is written again", LIMIT, || {
        status(&socket)["journal"].is_null() && metric("conductor_journal_ok 1")
    });
    serving.logs("the journal is written again");
    let _kept = scene.conductor(&["suspend", "kept", "--reason", "for a while"]).stdout();

    // Both: what is still in its log makes a journal whole again.
    for name in ["journal.db", "journal.db-wal"] {
        let path = disk.0.join(name);
        let length = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![b'?'; usize::try_from(length).unwrap()]).unwrap();
    }
    let is_kept = || {
        let files = fs::read_dir(&disk.0).unwrap();
        files.flatten().any(|file| file.file_name().to_string_lossy().contains(".damaged-"))
    };
    wait_until("the damaged file, set aside", LIMIT, is_kept);
    wait_until("what it says of it", LIMIT, || {
        status(&socket)["warnings"].to_string().contains("a fresh one begins")
    });
    assert!(metric("conductor_journal_set_aside_total 1") && metric("conductor_journal_ok 1"));
    let _resumed = scene.conductor(&["resume", "kept"]).stdout();
    wait_until("who resumed it", LIMIT, || {
        let told = scene.conductor(&["history", "--events", "kept"]);
        told.out.contains("root") && told.out.contains("resume kept")
    });
    assert_eq!(http::send(&socket, "GET /readyz", None).unwrap().status, 200);
}
