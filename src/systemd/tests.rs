//! systemd's side of the bus, played.

#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the shapes that an interface of the bus has to have"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, Guid, ObjectPath, OwnedObjectPath, interface};

use super::bus::{Bus, Listed};
use super::log::{since_start, stop_in};
use super::manager::Manager;
use super::names::{Names, path};
use super::watch::Watch;
use crate::heal::{Active, Enabled, Restarts, Sight, Stop, System, Up};

const UNIT: &str = "/org/freedesktop/systemd1/unit/docker_2eservice";
const JOB: &str = "/org/freedesktop/systemd1/job/7";

/// What the played systemd says, and what it was told.
#[derive(Debug, Default)]
struct Stage {
    active: &'static str,
    sub: &'static str,
    load: &'static str,
    file: &'static str,
    job: Option<&'static str>,
    told: Vec<String>,
}

type Shared = Arc<Mutex<Stage>>;

struct PlayedManager(Shared);

impl PlayedManager {
    fn tell(&self, what: String) -> OwnedObjectPath {
        self.0.lock().unwrap().told.push(what);
        ObjectPath::try_from(JOB).unwrap().into()
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl PlayedManager {
    fn load_unit(&self, _name: &str) -> OwnedObjectPath {
        ObjectPath::try_from(UNIT).unwrap().into()
    }

    fn start_unit(&self, name: &str, mode: &str) -> OwnedObjectPath {
        self.tell(format!("start {name} {mode}"))
    }

    fn restart_unit(&self, name: &str, mode: &str) -> OwnedObjectPath {
        self.tell(format!("restart {name} {mode}"))
    }

    fn stop_unit(&self, name: &str, mode: &str) -> OwnedObjectPath {
        self.tell(format!("stop {name} {mode}"))
    }

    fn kill_unit(&self, name: &str, whom: &str, signal: i32) {
        self.tell(format!("kill {name} {whom} {signal}"));
    }

    fn reset_failed_unit(&self, name: &str) {
        self.tell(format!("reset {name}"));
    }

    fn list_units_by_names(&self, names: Vec<String>) -> Vec<Listed> {
        let stage = self.0.lock().unwrap();
        let [unit, job] = [UNIT, JOB].map(|path| ObjectPath::try_from(path).unwrap().into());
        let [load, active, sub] = [stage.load, stage.active, stage.sub].map(str::to_owned);
        let (number, kind) = stage.job.map_or((0, ""), |kind| (7, kind));
        let (of, follows) = ("Docker".to_owned(), String::new());
        let name = names.into_iter().next().unwrap_or_default();
        vec![(name, of, load, active, sub, follows, unit, number, kind.to_owned(), job)]
    }

    fn subscribe(&self) {}

    #[zbus(property)]
    fn system_state(&self) -> String {
        "running".into()
    }

    #[zbus(signal)]
    async fn job_new(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: ObjectPath<'_>,
        unit: &str,
    ) -> zbus::Result<()>;
}

struct PlayedUnit(Shared);

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl PlayedUnit {
    #[zbus(property)]
    fn load_state(&self) -> String {
        self.0.lock().unwrap().load.into()
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        self.0.lock().unwrap().active.into()
    }

    #[zbus(property)]
    fn sub_state(&self) -> String {
        self.0.lock().unwrap().sub.into()
    }

    #[zbus(property)]
    fn unit_file_state(&self) -> String {
        self.0.lock().unwrap().file.into()
    }

    #[zbus(property)]
    fn inactive_exit_timestamp_monotonic(&self) -> u64 {
        5_000_000
    }

    #[zbus(property)]
    fn job(&self) -> (u32, OwnedObjectPath) {
        let path = ObjectPath::try_from(JOB).unwrap().into();
        (self.0.lock().unwrap().job.map_or(0, |_| 7), path)
    }
}

struct PlayedService;

#[interface(name = "org.freedesktop.systemd1.Service")]
impl PlayedService {
    #[zbus(property)]
    fn restart(&self) -> String {
        "always".into()
    }

    #[zbus(property)]
    fn result(&self) -> String {
        "success".into()
    }

    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> u32 {
        42
    }

    #[zbus(property, name = "NRestarts")]
    fn n_restarts(&self) -> u32 {
        3
    }
}

struct PlayedJob(Shared);

#[interface(name = "org.freedesktop.systemd1.Job")]
impl PlayedJob {
    #[zbus(property)]
    fn job_type(&self) -> String {
        self.0.lock().unwrap().job.unwrap_or("none").into()
    }
}

/// A systemd and a connection to it.
async fn play() -> (Shared, Connection, Bus) {
    let stage = Shared::default();
    {
        let mut stage = stage.lock().unwrap();
        (stage.active, stage.sub) = ("active", "running");
        (stage.load, stage.file) = ("loaded", "enabled");
    }
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let server = Builder::unix_stream(theirs).server(Guid::generate()).p2p();
    let server = server
        .serve_at("/org/freedesktop/systemd1", PlayedManager(stage.clone()))
        .serve_at(UNIT, PlayedUnit(stage.clone()))
        .serve_at(UNIT, PlayedService)
        .serve_at(JOB, PlayedJob(stage.clone()));
    let client = Builder::unix_stream(ours).p2p();
    let (server, client) = tokio::join!(server.build(), client.build());
    (stage, server.unwrap(), Bus::over(client.unwrap()))
}

fn names() -> Names {
    Names { docker: "docker.service".into(), socket: None, containerd: None }
}

#[tokio::test]
async fn a_unit_is_read_as_it_is() {
    let (stage, _server, bus) = play().await;
    let manager = Manager::systemd(names(), Some(bus));
    let (Sight::Seen(units), None) = manager.look().await else { panic!("blind") };
    let docker = units.docker.unwrap();
    assert_eq!((docker.active, docker.enabled), (Active::Active, Enabled::Enabled));
    assert_eq!((docker.policy, docker.restarts), (Restarts::Always, 3));
    assert_eq!((docker.pid, docker.began), (Some(42), Some(Up::seconds(5))));
    assert_eq!(units.system, System::Running);

    let rows: &[(&str, &str, &str, &str, Active, bool, Enabled)] = &[
        ("failed", "failed", "loaded", "disabled", Active::Failed, false, Enabled::Disabled),
        (
            "activating",
            "auto-restart",
            "loaded",
            "enabled",
            Active::Activating,
            true,
            Enabled::Enabled,
        ),
        ("inactive", "dead", "masked", "masked", Active::Inactive, false, Enabled::Masked),
        (
            "deactivating",
            "stop-sigterm",
            "loaded",
            "",
            Active::Deactivating,
            false,
            Enabled::Unknown,
        ),
    ];
    for (active, sub, load, file, expected, restarting, enabled) in rows {
        {
            let mut stage = stage.lock().unwrap();
            (stage.active, stage.sub, stage.load, stage.file) = (*active, *sub, *load, *file);
        }
        let (Sight::Seen(units), _) = manager.look().await else { panic!("blind") };
        let docker = units.docker.unwrap();
        assert_eq!((docker.active, docker.restarting), (*expected, *restarting), "{active}");
        assert_eq!(docker.enabled, *enabled, "{file}");
    }
    stage.lock().unwrap().load = "not-found";
    let (Sight::Seen(units), _) = manager.look().await else { panic!("blind") };
    assert_eq!(units.docker, None);
}

#[tokio::test]
async fn a_docker_that_is_down_or_about_to_go_down_is_not_to_be_connected_to() {
    let (stage, _server, bus) = play().await;
    let manager = Manager::systemd(names(), Some(bus));
    let check = async |load, active, job| {
        {
            let mut stage = stage.lock().unwrap();
            (stage.load, stage.active, stage.job) = (load, active, job);
        }
        manager.may_connect().await
    };
    assert!(check("loaded", "active", None).await);
    assert!(check("loaded", "reloading", Some("reload")).await);
    assert!(!check("loaded", "active", Some("stop")).await);
    assert!(!check("loaded", "deactivating", Some("stop")).await);
    assert!(!check("loaded", "inactive", None).await);
    assert!(!check("loaded", "activating", Some("start")).await);
    // Something else than a unit of this name runs Docker.
    assert!(check("not-found", "inactive", None).await);
}

#[tokio::test]
async fn a_start_forgets_failures_first_and_lets_a_queued_job_win() {
    let (stage, _server, bus) = play().await;
    let manager = Manager::systemd(names(), Some(bus));
    manager.start().await.unwrap();
    manager.dump().await.unwrap();
    let told = stage.lock().unwrap().told.clone();
    let expected =
        ["reset docker.service", "start docker.service fail", "kill docker.service main 10"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_stop_is_noted_as_it_happens_unless_it_is_ours() {
    let (stage, server, bus) = play().await;
    let watch = Watch::default();
    watch.listen(&bus, names(), false).await.unwrap();
    let emitter = SignalEmitter::new(&server, "/org/freedesktop/systemd1").unwrap();
    let job = || ObjectPath::try_from(JOB).unwrap();
    let until = async |condition: &dyn Fn(Option<Stop>) -> bool| {
        for _wait in 0..3000 {
            if condition(watch.seen().stop) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing came");
    };

    // Signals are handled in order: what the last one did shows that the others did nothing.
    watch.ours(true);
    stage.lock().unwrap().job = Some("restart");
    PlayedManager::job_new(&emitter, 7, job(), "docker.service").await.unwrap();
    PlayedManager::job_new(&emitter, 7, job(), "nginx.service").await.unwrap();
    watch.ours(false);
    assert_eq!(watch.seen().stop, None);
    stage.lock().unwrap().job = Some("stop");
    PlayedManager::job_new(&emitter, 7, job(), "docker.service").await.unwrap();
    until(&|stop| stop.is_some_and(|stop| !stop.with_containerd)).await;
}

#[tokio::test]
async fn only_dockers_own_unit_on_its_way_down_is_a_reason_for_doubt() {
    let (_stage, server, bus) = play().await;
    let watch = Watch::default();
    watch.listen(&bus, names(), false).await.unwrap();
    let heard = Arc::new(Mutex::new(0));
    let times = Arc::clone(&heard);
    watch.on_doubt(move || *times.lock().unwrap() += 1);
    watch.nudged().await;
    let changes = async |unit: &str, state: &'static str| {
        let changed = HashMap::from([("ActiveState", zbus::Variant::from(state))]);
        let body = ("org.freedesktop.systemd1.Unit", changed, Vec::<&str>::new());
        let at = path(unit);
        let of = "org.freedesktop.DBus.Properties";
        server.emit_signal(None::<&str>, at, of, "PropertiesChanged", &body).await.unwrap();
    };
    // A container starts: there is a mount for it.
    changes("var-lib-docker-overlay2-abc-merged.mount", "deactivating").await;
    changes("docker.service", "active").await;
    watch.nudged().await;
    assert_eq!((watch.doubts(), *heard.lock().unwrap()), (0, 0));
    changes("docker.service", "deactivating").await;
    watch.nudged().await;
    assert_eq!((watch.doubts(), *heard.lock().unwrap()), (1, 1));
}

#[test]
fn a_unit_is_shown_by_its_escaped_name() {
    assert_eq!(path("docker.service"), UNIT);
    let odd = "/org/freedesktop/systemd1/unit/_35var_2dlib_2emount";
    assert_eq!(path("5var-lib.mount"), odd);
}

#[tokio::test]
async fn a_bus_that_is_gone_is_unknown() {
    let (_stage, server, bus) = play().await;
    let manager = Manager::systemd(names(), Some(bus));
    server.close().await.unwrap();
    let (sight, stop) = manager.look().await;
    // Where the tests run a system bus may answer in its place, but then it knows of no stop.
    assert!(sight == Sight::Blind || stop.is_none());
}

#[test]
fn the_journal_tells_a_stop_from_a_restart_and_an_upgrade_from_both() {
    let record = |unit: &str, kind: &str, at: u64| {
        format!(
            "{{\"UNIT\":\"{unit}\",\"JOB_TYPE\":\"{kind}\",\"__MONOTONIC_TIMESTAMP\":\"{at}000000\"}}\n"
        )
    };
    let check = |records: &[String]| {
        stop_in(&records.concat(), "docker.service")
            .map(|stop| (stop.at.0 / 1000, stop.with_containerd))
    };
    assert_eq!(check(&[]), None);
    assert_eq!(check(&[record("docker.service", "restart", 9)]), None);
    assert_eq!(check(&[record("docker.service", "stop", 9)]), Some((9, false)));
    let both = [record("containerd.service", "stop", 8), record("docker.service", "stop", 9)];
    assert_eq!(check(&both), Some((9, true)));
    let both = [record("docker.service", "stop", 9), record("containerd.service", "restart", 12)];
    assert_eq!(check(&both), Some((9, true)));
    let apart = [record("containerd.service", "stop", 8), record("docker.service", "stop", 60)];
    assert_eq!(check(&apart), Some((60, false)));
    assert_eq!(check(&["no JSON\n".into(), record("docker.service", "stop", 9)]), Some((9, false)));
}

#[test]
fn only_the_last_start_is_read() {
    let log = "Starting docker.service\nfailed to start daemon: old\nStarting docker.service - Docker Application Container Engine...\nnew";
    assert_eq!(since_start(log).lines().last(), Some("new"));
    assert!(!since_start(log).contains("old"));
    assert_eq!(since_start("no start"), "no start");
}

#[test]
fn a_program_that_does_not_end_is_ended() {
    let run = |line: &str, limit| {
        let line = line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        super::command::run(&line, Duration::from_millis(limit))
    };
    assert_eq!(run("echo well", 60_000).unwrap(), "well\n");
    assert!(run("false", 60_000).is_err());
    assert!(run("sleep 600", 50).unwrap_err().to_string().contains("has not ended"));
    assert!(run("/no/such/program", 60_000).is_err());
}
