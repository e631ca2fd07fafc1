//! What is remembered: history, causes, suspensions, and who may act.

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::{Ran, run, wait_until};
use crate::support::scene::{SOON, Scene, script, services, sleeper};

fn with(word: &str) -> String {
    services(&[("a", sleeper(&format!("environment: {{WORD: {word}}}")))])
}

/// A service that is not healthy before somebody makes a file in it.
fn waiting() -> String {
    let check = "healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 500ms, retries: 1000}";
    services(&[("a", script("exec sleep 600", check))])
}

/// What a command answers programs.
fn answer(scene: &Scene, arguments: &[&str]) -> Value {
    let ran = scene.conductor(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"))
}

/// Runs as `number outcome done`, newest first.
fn history(scene: &Scene) -> String {
    let answer = answer(scene, &["history"]);
    let line =
        |run: &Value| format!("{} {} {}", run["id"], run["outcome"].as_str().unwrap(), run["done"]);
    answer["runs"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join(", ")
}

fn kill(child: &mut Child) {
    let _killed = run(Command::new("kill").args(["-s", "KILL", &child.id().to_string()]));
    let _ended = child.wait().unwrap();
}

#[test]
fn history_and_why_tell_what_was_done_and_why_and_a_run_that_does_nothing_leaves_no_trace() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("told/compose.yaml", &with("one"))]));
    let _first = scene.sync(&[]);
    let _revision = scene.repository.commit(&[("told/compose.yaml", &with("two"))]);
    let dry = scene.conductor(&["sync", "--dry-run"]);
    assert_eq!(dry.code, Some(3), "{dry}");
    assert_eq!(history(&scene).matches("changed").count(), 1);
    let _second = scene.sync(&[]);
    assert!(history(&scene).starts_with("2 changed"), "{}", history(&scene));

    let state = || fs::read(scene.env.state().join("journal.db-wal")).unwrap_or_default();
    let before = state();
    let _nothing = scene.sync(&[]);
    assert!(history(&scene).starts_with("2 changed"), "{}", history(&scene));
    assert_eq!(state(), before, "a run that does nothing writes nothing");

    let told = answer(&scene, &["history", "2"]);
    let operations = told["run"]["operations"].as_array().unwrap();
    let created = operations.iter().find(|operation| operation["verb"] == "create").unwrap();
    assert_eq!(created["cause"], "environment WORD changed");
    assert_eq!(created["result"], "done");
    assert_eq!(told["run"]["trigger"], "command");
    assert_ne!(told["run"]["commit"]["author"], "");

    let why = scene.conductor(&["why", "told", "a"]).stdout();
    assert!(why.contains("last made anew by run 2"), "{why}");
    assert!(why.contains("environment WORD changed"), "{why}");
    assert!(!why.contains("not made by the run below"), "{why}");
    let status = answer(&scene, &["status"]);
    assert_eq!(status["stacks"][0]["last_run"]["id"], 2, "{status}");
    let unknown = scene.conductor(&["why", "told", "b"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("known are: a"), "{unknown}");
}

#[test]
fn a_run_that_was_killed_is_told_as_interrupted() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("cut/compose.yaml", &waiting())]));
    let mut first = scene.sync_until("/start");
    let says = |arguments: &[&str], word: &str| scene.conductor(arguments).out.contains(word);
    wait_until("the record of the run", SOON, || says(&["history", "1"], "unfinished"));
    assert!(says(&["history"], "running"));
    kill(&mut first);
    assert!(scene.conductor(&["history"]).stdout().contains("interrupted"));
    let _ready = scene.exec("cut-a-1", &["touch", "/tmp/ready"]);
    let _next = scene.conductor(&["sync"]).stdout();
    let told = answer(&scene, &["history", "1"]);
    assert_eq!(told["run"]["outcome"], "interrupted");
    let unfinished = |operation: &&Value| operation["result"] == "unfinished";
    assert!(
        told["run"]["operations"].as_array().unwrap().iter().any(|one| unfinished(&one)),
        "{told}"
    );
}

#[test]
fn a_suspended_stack_is_left_as_it_is_and_named() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let files = [("still/compose.yaml", &*with("one"))];
    let scene = part!(Scene::new(dockerd, &files));
    let _first = scene.sync(&[]);
    let asked = scene.conductor(&["suspend", "still", "--reason", "moving house", "--dry-run"]);
    assert!(asked.err.contains("still would be suspended by "), "{asked}");
    let _suspended = scene.conductor(&["suspend", "still", "--reason", "moving house"]).stdout();
    let _revision = scene.repository.commit(&[("still/compose.yaml", &with("two"))]);

    assert_eq!(scene.sync(&[]), [""; 0]);
    let said = scene.conductor(&["sync"]);
    assert!(
        said.err.contains("still is suspended by ") && said.err.contains("moving house"),
        "{said}"
    );
    let plan = scene.conductor(&["plan"]);
    assert!(plan.code == Some(0) && plan.out.contains("still is suspended by "), "{plan}");
    let status = scene.conductor(&["status"]).stdout();
    assert!(status.contains("note: still is suspended by "), "{status}");
    let typo = scene.conductor(&["suspend", "stil"]);
    assert_eq!(typo.code, Some(2), "{typo}");

    let _resumed = scene.conductor(&["resume", "still"]).stdout();
    assert_ne!(scene.sync(&[]), [""; 0]);
    assert_eq!(scene.variable("still-a-1", "WORD"), "two");
}

#[test]
fn a_second_conductor_of_the_same_instance_is_refused() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("lone/compose.yaml", &waiting())]));
    let mut first = scene.sync_until("/start");
    let elsewhere = scene.env.path("elsewhere");
    let other = || -> Ran {
        let mut command = scene.env.command(&["sync", "--no-wait"]);
        run(command.env("CONDUCTOR_STATE_DIR", &elsewhere).stdin(Stdio::null()))
    };
    // Something to do.
    let _revision = scene.repository.commit(&[("lone2/compose.yaml", &with("one"))]);
    let refused = other();
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.err.contains("another Conductor of instance `test-"), "{refused}");
    assert!(refused.err.contains(&format!("process {}: ", first.id())), "{refused}");
    kill(&mut first);
    let free = other();
    assert_eq!(free.code, Some(0), "{free}");
}

#[test]
fn a_damaged_journal_is_set_aside_and_fails_no_sync() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("hurt/compose.yaml", &with("one"))]));
    let _first = scene.sync(&[]);
    let state = scene.env.state();
    fs::remove_file(state.join("journal.db-wal")).ok();
    fs::write(state.join("journal.db"), "not a database ".repeat(1000)).unwrap();
    let read = scene.conductor(&["history"]);
    assert!(read.code == Some(1) && read.err.contains("is damaged"), "{read}");
    let _revision = scene.repository.commit(&[("hurt/compose.yaml", &with("two"))]);
    let next = scene.conductor(&["sync"]);
    assert_eq!(next.code, Some(0), "{next}");
    assert!(next.err.contains("a fresh one begins"), "{next}");
    assert_eq!(scene.variable("hurt-a-1", "WORD"), "two");
    assert!(history(&scene).starts_with("1 changed"), "{}", history(&scene));
}
