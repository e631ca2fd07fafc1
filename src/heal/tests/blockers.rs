//! What a log says about a start that failed.

use std::collections::BTreeSet;

use crate::heal::{Blocker, Lost, State};

use super::scene::Scene;

fn check(log: &str) -> Option<Blocker> {
    Blocker::read(log)
}

const LAST_WORDS: &[(&str, Blocker)] = &[
    (
        "failed to start daemon: pid file found, ensure docker is not running or delete /var/run/docker.pid",
        Blocker::StalePid,
    ),
    (
        "failed to start daemon, ensure docker is not running or delete /var/run/docker.pid: process with PID 1 is still running",
        Blocker::StalePid,
    ),
    (
        "failed to start daemon: Error initializing network controller: error obtaining controller instance: failed to get bridge network configurations from store: error while populating kmap: invalid database",
        Blocker::NetworkDatabase,
    ),
    (
        "failed to start daemon: Error initializing network controller: invalid database",
        Blocker::NetworkDatabase,
    ),
    (
        "failed to start daemon: error while opening volume store metadata database: invalid database",
        Blocker::VolumeDatabase,
    ),
    (
        "failed to start daemon: Couldn't create reference store repository: EOF",
        Blocker::ImageNames,
    ),
    (
        "failed to start daemon: Couldn't create Tag store repositories-overlay2: invalid character",
        Blocker::ImageNames,
    ),
    (
        "failed to start daemon: failed to dial \"/run/containerd/containerd.sock\": unknown service containerd.services.namespaces.v1.Namespaces: not implemented",
        Blocker::ContainerdDatabase,
    ),
    (
        "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character 'x' looking for beginning of value",
        Blocker::Configuration,
    ),
    (
        "failed to start daemon: error initializing graphdriver: driver not supported: btrfs",
        Blocker::StorageDriver,
    ),
    (
        "failed to start daemon: error initializing graphdriver: /var/lib/docker contains several valid graphdrivers: overlay2, vfs",
        Blocker::StorageDriver,
    ),
    (
        "failed to start daemon: mkdir /var/lib/docker/tmp: no space left on device",
        Blocker::NoSpace,
    ),
    (
        "failed to start daemon: open /var/lib/docker/network/files/local-kv.db: no space left on device",
        Blocker::NoSpace,
    ),
    ("failed to start daemon: chmod /var/lib/docker: read-only file system", Blocker::ReadOnly),
    (
        "failed to start daemon: read /var/lib/docker/volumes/metadata.db: input/output error",
        Blocker::ReadOnly,
    ),
];

#[test]
fn the_last_words_of_each_version_are_understood() {
    for (log, blocker) in LAST_WORDS {
        let log = format!("level=info msg=\"Starting up\"\n{log}\nMain process exited");
        assert_eq!(check(&log).as_ref(), Some(blocker), "{log}");
    }
}

#[test]
fn a_database_that_ends_the_process_is_known_by_the_trace_of_calls() {
    let trace = "unexpected fault address 0x7f1\nfatal error: fault\ngithub.com/docker/docker/libnetwork/datastore.New";
    assert_eq!(check(trace), Some(Blocker::NetworkDatabase));
    let trace = "panic: invalid freelist page: 0, page type is unknown\ngoroutine 1\ngithub.com/docker/docker/volume/service.NewStore";
    assert_eq!(check(trace), Some(Blocker::VolumeDatabase));
    assert_eq!(check("panic: invalid page type: 3: 10"), Some(Blocker::NetworkDatabase));
}

#[test]
fn a_log_without_last_words_says_nothing() {
    assert_eq!(check(""), None);
    assert_eq!(
        check(
            "level=error msg=\"failed to load container\" error=EOF\nDaemon has completed initialization"
        ),
        None
    );
}

#[test]
fn unknown_last_words_are_kept_short() {
    let log = format!("x failed to start daemon: {}", "a".repeat(1000));
    let Some(Blocker::Unknown(line)) = check(&log) else { panic!("known?") };
    assert!(line.starts_with("failed to start daemon: aaa") && line.len() == 200);
}

const LOST: &str = r#"
time="2026-11-22T03:32:35Z" level=error msg="layer does not exist, not restoring image sha256:IMAGE, sha256:CHAIN, linux"
time="2026-11-22T03:32:35Z" level=error msg="failed to load container mount" container=ONE error="mount does not exist"
time="2026-11-22T03:32:35Z" level=error msg="failed to load container mount" container=TWO error="mount does not exist"
time="2026-11-22T03:32:35Z" level=error msg="failed to load container" container=BAD error="open config.v2.json: no such file"
"#;

fn id(digit: &str) -> String {
    digit.repeat(64)
}

fn lost() -> String {
    let ids = [("IMAGE", "a"), ("CHAIN", "b"), ("ONE", "1"), ("TWO", "2"), ("BAD", "3")];
    ids.iter().fold(LOST.to_owned(), |log, (word, digit)| log.replace(word, &id(digit)))
}

#[test]
fn what_a_start_says_that_it_has_lost_is_read_exactly() {
    let found = Lost::read(&lost()).unwrap();
    assert_eq!(found.images, BTreeSet::from([id("a"), id("b")]));
    assert_eq!(found.containers, BTreeSet::from([id("1"), id("2")]));
    let newer =
        r#"msg="not restoring image" chainID="sha256:CHAIN" err="layer does not exist" os=linux"#;
    let newer = lost().replace("layer does not exist, not restoring image", "other") + newer;
    let found = Lost::read(&newer.replace("CHAIN", &id("c"))).unwrap();
    assert_eq!(found.images, BTreeSet::from([id("c")]), "Docker 28 names the layers alone");
    assert_eq!(Lost::read("msg=\"Loading containers: done.\""), None);
}

#[test]
fn images_without_lost_containers_and_containers_without_lost_images_are_left_as_they_are() {
    let log = lost();
    for one in ["mount", "not restoring image"] {
        let without: Vec<&str> = log.lines().filter(|line| !line.contains(one)).collect();
        assert_eq!(Lost::read(&without.join("\n")), None, "without {one}");
    }
}

#[test]
fn what_is_left_of_lost_images_and_containers_is_moved_aside_once() {
    let mut scene = Scene::well();
    scene.facts.lost = Lost::read(&lost());
    assert!(scene.look().hold_runs, "runs wait for what is about to come");
    let now = scene.facts.now.clone();
    scene.memory.ended(&now);
    insta::assert_snapshot!(scene.watch(3_600), @r"
    0: move what is left of 2 containers and of their images aside and start Docker
    ");
    assert!(!scene.look().hold_runs, "what is well goes on");
    scene.facts.lost = None;
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::Healthy);
}

#[test]
fn a_layer_whose_files_are_gone_is_told_and_nothing_is_done() {
    let mut scene = Scene::well();
    scene.facts.lost = Lost::of_layers(BTreeSet::from([id("a")]));
    insta::assert_snapshot!(scene.watch(3_600), @"0 images-lost");
    let verdict = scene.look();
    assert_eq!(verdict.why, "the files of one layer are gone; what runs of them goes on");
    assert!(!verdict.hold_runs && verdict.held.is_some());
    scene.ails("db", crate::heal::Ailment::Ghost);
    assert!(scene.watch(10).contains("restart container `db`"), "what else is wrong is treated");
}
