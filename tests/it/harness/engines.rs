//! Private engines.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::dockerd::{Dockerd, gone};
use crate::support::engine::{Version, each_engine};
use crate::support::env::Env;
use crate::support::images::{self, BUSYBOX};
use crate::support::missing::part;
use crate::support::process::{run, wait_until};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn two_engines_live_side_by_side_and_the_death_of_one_leaves_the_other() {
    let old = part!(Dockerd::start(Version::Distribution));
    let new = part!(Dockerd::start(Version::Newer));
    for dockerd in [&old, &new] {
        let _id = dockerd
            .docker(&["run", "-d", "--name", "web", "-p", "8080:80", BUSYBOX, "httpd", "-f"])
            .stdout();
    }
    old.signal("KILL");
    old.ended();

    assert!(old.send("GET /_ping", None).is_err());
    assert_eq!(new.get("/containers/web/json")["State"]["Running"], true);
    assert!(Path::new("/proc").join(new.pid().to_string()).is_dir());
}

each_engine! {
    fn a_published_port_answers_inside_the_engines_network(dockerd: &Dockerd) {
        let serve = ["sh", "-c", "echo hello >/tmp/index.html; exec httpd -f -h /tmp"];
        let _id = dockerd.docker(&[&["run", "-d", "--name", "port", "-p", "8080:80", BUSYBOX], &serve[..]].concat()).stdout();
        wait_until("web page", SOON, || {
            run(dockerd.inside("busybox").args(["wget", "-qO-", "http://127.0.0.1:8080/"])).out == "hello\n"
        });
        let _id = dockerd.docker(&["rm", "-f", "port"]).stdout();
    }
}

each_engine! {
    fn an_image_declares_what_the_test_asks_for(dockerd: &Dockerd) {
        let changes = ["VOLUME /data", "ENV WORD=\"two words\"", "HEALTHCHECK --interval=1s CMD true", "CMD [\"sleep\", \"9\"]"];
        let id = images::import(dockerd, "conductor-test/declares:1", &changes);
        let config = &dockerd.get(&format!("/images/{id}/json"))["Config"];

        assert_eq!(config["Volumes"]["/data"], serde_json::json!({}));
        assert_eq!(config["Env"], serde_json::json!(["WORD=two words"]));
        assert_eq!(config["Healthcheck"]["Test"], serde_json::json!(["CMD-SHELL", "true"]));
        assert_eq!(config["Cmd"], serde_json::json!(["sleep", "9"]));
    }
}

each_engine! {
    fn compose_brings_a_project_up_and_down(dockerd: &Dockerd) {
        let env = Env::on(dockerd);
        let service = format!("{{image: {BUSYBOX}, command: [sleep, '600'], init: true}}");
        let file = env.write("work/compose.yaml", format!("services: {{one: {service}}}\n"));
        let file = file.to_str().unwrap();
        let _up = dockerd.compose(&["-p", "harness", "-f", file, "up", "-d"]).stdout();
        assert_eq!(dockerd.get("/containers/harness-one-1/json")["State"]["Running"], true);
        assert!(dockerd.docker(&["compose", "ls"]).stdout().contains("harness"));
        let _down = dockerd.compose(&["-p", "harness", "-f", file, "down", "-t", "0"]).stdout();
        assert_eq!(dockerd.send("GET /containers/harness-one-1/json", None).unwrap().status, 404);
    }
}

#[test]
fn an_engine_that_is_dropped_leaves_nothing() {
    let dockerd = part!(Dockerd::start(Version::Distribution));
    let _id = dockerd.docker(&["run", "-d", BUSYBOX, "sleep", "600"]).stdout();
    let (pid, data) = (dockerd.pid(), dockerd.data_root());
    let directory = data.parent().unwrap().to_path_buf();
    let cgroup = format!("conductor-test-{}", directory.file_name().unwrap().display());
    assert!(data.is_dir());
    let found = || run(Command::new("find").args(["/sys/fs/cgroup", "-name", &cgroup])).stdout();
    assert_ne!(found(), "");
    drop(dockerd);

    gone(&directory);
    assert!(!Path::new("/proc").join(pid.to_string()).exists());
    assert_eq!(found(), "");
}

#[test]
fn a_killed_engine_comes_back_with_its_containers() {
    let dockerd = part!(Dockerd::start_with(Version::Newer, &["--live-restore"]));
    let _id = dockerd.docker(&["run", "-d", "--name", "long", BUSYBOX, "sleep", "600"]).stdout();
    let started = dockerd.get("/containers/long/json")["State"]["StartedAt"].clone();
    dockerd.signal("KILL");
    dockerd.ended();
    dockerd.resume();

    let state = &dockerd.get("/containers/long/json")["State"];
    assert_eq!(
        (&state["Running"], &state["StartedAt"]),
        (&true.into(), &started),
        "{}",
        dockerd.log()
    );
}

each_engine! {
    fn the_newer_engine_speaks_a_newer_api(dockerd: &Dockerd) {
        let api = dockerd.get("/version")["ApiVersion"].as_str().unwrap().to_owned();
        match dockerd.version {
            Version::Distribution => assert!(api.as_str() >= "1.41", "{api}"),
            Version::Newer => assert_eq!(api, "1.51"),
        }
    }
}

#[test]
fn a_frozen_engine_answers_again_when_it_thaws() {
    let dockerd = part!(Dockerd::start(Version::Newer));
    let status = format!("/proc/{}/status", dockerd.pid());
    let stopped = || std::fs::read_to_string(&status).unwrap().contains("State:\tT");
    dockerd.signal("STOP");
    wait_until("frozen daemon", SOON, stopped);
    dockerd.signal("CONT");

    assert_eq!(dockerd.send("GET /_ping", None).unwrap().text(), "OK");
}

#[test]
fn the_program_runs_with_the_variables_of_its_test_alone() {
    let mut env = Env::new();
    env.set("CONDUCTOR_SOURCE_URL", "none");
    let command = env.command(&[]);
    let names = command.get_envs().map(|(name, _)| name.display().to_string()).collect::<Vec<_>>();
    insta::assert_snapshot!(
        names.join(" "),
        @"CONDUCTOR_CONFIG CONDUCTOR_RUNTIME_DIR CONDUCTOR_SOURCE_URL CONDUCTOR_STATE_DIR HOME PATH"
    );
    assert!(format!("{command:?}").contains("env -i"), "{command:?}");

    assert!(env.runtime().is_dir() && env.state().is_dir());
    assert!(env.spawn(&["--version"]).wait_with_output().unwrap().status.success());
    let _version = env.conductor(&["--version"]).stdout();
    let _usage = run(Command::new("false").env_clear()).failed(1);
}
