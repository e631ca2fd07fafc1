//! SIGKILL at any moment.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::http;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{Scene, services, sleeper};

/// How often, unless the environment says otherwise.
const TIMES: u64 = 8;
const FILE: &str = "slain/compose.yaml";

fn three(word: u64) -> String {
    let given = |more: &str| sleeper(&format!("environment: {{WORD: '{word}'}}, {more}"));
    services(&[
        ("a", given("volumes: [/data]")),
        ("b", given("depends_on: [a]")),
        ("c", given("depends_on: [b]")),
    ])
}

/// The end of a run as somebody heard it: its revision and its outcome.
type End = (String, String);

/// Somebody who follows what the daemon does, until it is no more.
struct Follower {
    heard: Arc<Mutex<Vec<End>>>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Follows the next daemon at the socket, as soon as it is there.
    fn of(scene: &Scene) -> Self {
        let (heard, socket) = (Arc::default(), scene.env.runtime().join("conductor.sock"));
        let told = Arc::clone(&heard);
        // What a daemon left that was killed.
        std::fs::remove_file(&socket).unwrap_or_default();
        Self { heard, task: std::thread::spawn(move || follow(&socket, &told)) }
    }

    /// All ends that were heard, once the daemon is gone.
    fn all(self) -> Vec<End> {
        self.task.join().unwrap();
        self.heard.lock().unwrap().clone()
    }
}

fn follow(socket: &PathBuf, told: &Mutex<Vec<End>>) {
    let start = std::time::Instant::now();
    let mut stream = loop {
        match UnixStream::connect(socket) {
            Ok(stream) => break stream,
            // A daemon that was killed before it listened.
            Err(_) if start.elapsed() > Duration::from_secs(5) => return,
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if stream.write_all(b"GET /api/v1/events HTTP/1.0\r\n\r\n").is_err() {
        return;
    }
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let Some(data) = line.strip_prefix("data: ") else { continue };
        // One that was cut off was not heard.
        let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
        if event["event"] == "ended" {
            told.lock().unwrap().push((word(&event["revision"]), word(&event["outcome"])));
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// Every end that somebody heard is in the journal. A run that only found what an earlier one has recorded adds nothing.
fn are_kept(scene: &Scene, heard: &[End]) {
    let history = ["history", "slain", "--limit", "0", "--format", "json"];
    let history: Value = serde_json::from_str(&scene.conductor(&history).stdout()).unwrap();
    let kept: Vec<End> = history["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (word(&run["revision"]), word(&run["outcome"])))
        .collect();
    for (revision, outcome) in heard {
        let is_it = |(of, kept): &End| {
            of == revision && (kept == outcome || outcome == "in sync" && kept == "changed")
        };
        assert!(kept.iter().any(is_it), "{outcome} at {revision} is lost: {history:#}");
    }
}

#[test]
fn a_daemon_that_is_killed_at_any_moment_goes_on_where_it_was_and_what_it_told_is_recorded() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[(FILE, &three(0))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    scene.env.set("CONDUCTOR_SETTLING", "50ms");
    let times = std::env::var("CONDUCTOR_TESTS_KILLS").ok().and_then(|text| text.parse().ok());
    let times = times.unwrap_or(TIMES);
    let mut heard = Vec::new();
    for round in 1..=times {
        scene.repository.commit(&[(FILE, &three(round))]);
        let follower = Follower::of(&scene);
        let mut serving = Serving::begin(&scene);
        // Another moment each time, spread over what a start and a run take.
        std::thread::sleep(Duration::from_millis(100 + round * 373 % 2500));
        serving.signal("KILL");
        assert_eq!(serving.ended().code(), None);
        heard.extend(follower.all());
        // The journal opens, and holds what was told.
        are_kept(&scene, &heard);
    }
    heard.push(told_and_killed(&scene, times + 1));
    are_kept(&scene, &heard);
    let _serving = Serving::start(&scene);
    let wanted = format!("WORD={}\"", times + 1);
    wait_until("convergence", LIMIT, || {
        scene.names() == "slain-a-1 slain-b-1 slain-c-1"
            && ["slain-a-1", "slain-b-1", "slain-c-1"].iter().all(|name| {
                scene.state(name) == "running"
                    && scene.inspect(name)["Config"]["Env"].to_string().contains(&wanted)
            })
    });
    are_kept(&scene, &heard);
    let history = scene.conductor(&["history", "slain"]).stdout();
    assert!(!history.contains("damaged"), "{history}");
    println!(
        "{} kills, {} outcomes that were told before one, none of them lost",
        times + 1,
        heard.len()
    );
}

/// Kills the daemon as soon as it has answered somebody who waited for a sync; what it answered.
fn told_and_killed(scene: &Scene, round: u64) -> End {
    let revision = scene.repository.commit(&[(FILE, &three(round))]);
    let mut serving = Serving::start(scene);
    let socket = scene.env.runtime().join("conductor.sock");
    let answer = http::send(&socket, "POST /api/v1/stacks/slain/sync?wait=true", None).unwrap();
    serving.signal("KILL");
    assert_eq!(serving.ended().code(), None);
    let answer = answer.json();
    let run = &answer["stacks"][0];
    assert_eq!(word(&run["revision"]), revision, "{answer:#}");
    (revision, word(&run["outcome"]["kind"]))
}
