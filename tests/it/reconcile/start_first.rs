//! A service is replaced while it answers.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{Scene, script, services};

/// Requests in a second.
const RATE: usize = 200;
/// Who ask at once: enough for answers that take their time.
const CLIENTS: usize = 64;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Answers that are awaited before and after the replacement.
const SOME: usize = 400;

/// A server that says which version it is, and one published proxy in front of it that looks the name up for each
/// connection.
fn site(version: &str) -> String {
    let serve =
        format!("mkdir -p /www; echo {version} > /www/index.html; exec httpd -f -p 8080 -h /www");
    let health = "healthcheck: {test: wget -qO- http://127.0.0.1:8080/, interval: 1s, timeout: 20s, retries: 20}";
    let first = "x-conductor: {update: start-first, drain: 2s}";
    services(&[
        ("web", script(&serve, &format!("{health}, {first}"))),
        (
            "proxy",
            script(
                "exec nc -ll -p 80 -e nc web 8080",
                "ports: ['127.0.0.1::80'], depends_on: {web: {condition: service_healthy}}",
            ),
        ),
    ])
}

#[test]
fn no_request_fails_while_a_service_is_replaced_start_first() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("flow/compose.yaml", &site("one"))]));
    let _first = scene.sync(&[]);
    let before = scene.containers();
    let ports = &scene.inspect("flow-proxy-1")["NetworkSettings"]["Ports"]["80/tcp"];
    let port = ports[0]["HostPort"].as_str().unwrap().to_owned();

    let load = Load::start(&scene, &port);
    load.wait_for("one");
    let _revision = scene.repository.commit(&[("flow/compose.yaml", &site("two"))]);
    let plan = scene.plan(&[]);
    assert!(plan.contains("drain flow-web-1 for 2s: command changed"), "{plan}");
    let _changes = scene.sync(&[]);
    load.wait_for("two");
    let said = load.stop();

    assert!(said.contains(" 0 failed"), "{said}");
    assert_eq!(scene.changed_since(&before), ["flow-web-1"]);
    assert_eq!(scene.plan(&[]), "");
}

/// A process in the engine's network that asks again and again.
struct Load {
    process: std::process::Child,
    directory: PathBuf,
}

impl Load {
    fn start(scene: &Scene<'_>, port: &str) -> Self {
        let directory = scene.env.path("load");
        fs::create_dir(&directory).unwrap();
        // This very program: a test that asks when it is told where.
        let mut command = scene.dockerd.inside(std::env::current_exe().unwrap());
        command.args([
            "--ignored",
            "--exact",
            "reconcile::start_first::asks_when_it_is_told_where",
        ]);
        command.env(ADDRESS, format!("127.0.0.1:{port}")).env(DIRECTORY, &directory);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { process, directory }
    }

    /// Waits until many answers came from this version.
    fn wait_for(&self, version: &str) {
        let file = self.directory.join(version);
        wait_until(version, Duration::from_mins(2), || file.exists());
    }

    /// Ends it; answers how many requests there were, and how many failed.
    fn stop(mut self) -> String {
        fs::write(self.directory.join("stop"), "").unwrap();
        let _ended = self.process.wait();
        fs::read_to_string(self.directory.join("said")).unwrap_or_default()
    }
}

const ADDRESS: &str = "CONDUCTOR_TESTS_LOAD_ADDRESS";
const DIRECTORY: &str = "CONDUCTOR_TESTS_LOAD_DIRECTORY";

#[test]
#[ignore = "a part of another test, which tells it where to ask"]
fn asks_when_it_is_told_where() {
    let (Ok(address), Ok(directory)) = (std::env::var(ADDRESS), std::env::var(DIRECTORY)) else {
        return;
    };
    let (address, directory) = (address.parse().unwrap(), PathBuf::from(directory));
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (failed, answers) = (AtomicUsize::new(0), [AtomicUsize::new(0), AtomicUsize::new(0)]);
    let (first, begun) = (std::sync::Mutex::new(String::new()), Instant::now());
    let client = || {
        while !over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = Duration::from_secs(1) * u32::try_from(number).unwrap()
                / u32::try_from(RATE).unwrap();
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
            let version = match ask(address) {
                Ok(answer) if answer.ends_with("one\n") => 0,
                Ok(answer) if answer.ends_with("two\n") => 1,
                other => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    *first.lock().unwrap() = format!("{other:?}");
                    continue;
                }
            };
            if answers[version].fetch_add(1, Ordering::Relaxed) == SOME {
                fs::write(directory.join(["one", "two"][version]), "").unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(client);
        }
        let limit = Instant::now() + Duration::from_mins(5);
        while !directory.join("stop").exists() && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(50));
        }
        over.store(true, Ordering::Relaxed);
    });
    let (failed, first) = (failed.into_inner(), first.into_inner().unwrap());
    fs::write(directory.join("said"), format!("{next:?} requests, {failed} failed {first}"))
        .unwrap();
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
