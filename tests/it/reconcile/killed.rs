//! The end of the process before and after each call of an apply: the next run converges.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::http::encode;
use crate::support::missing::part;
use crate::support::proxy::Moment;
use crate::support::scene::{Scene, remove_project, services, sleeper};

/// Six services that need each other; `word` is given to three of them, of which two have volumes.
fn six(word: &str) -> String {
    let given = |more: &str| sleeper(&format!("environment: {{WORD: {word}}}, {more}"));
    services(&[
        ("db", given("volumes: ['kept:/named', /nameless]")),
        ("cache", sleeper("")),
        ("api", given("depends_on: [db, cache]")),
        ("worker", sleeper("depends_on: [cache]")),
        ("web", given("depends_on: [api], volumes: [/nameless]")),
        ("edge", sleeper("depends_on: [web]")),
    ]) + "volumes: {kept: {}}\n"
}

fn names(project: &str) -> String {
    ["api", "cache", "db", "edge", "web", "worker"]
        .map(|name| format!("{project}-{name}-1"))
        .join(" ")
}

/// Everything runs, once, and nothing is left over.
fn is_whole(scene: &Scene, project: &str) {
    assert_eq!(scene.names(), names(project));
    let filter = encode(
        &serde_json::json!({"label": [format!("com.docker.compose.project={project}")]})
            .to_string(),
    );
    let count = |path: &str, member: Option<&str>| {
        let answer = scene.dockerd.get(&format!("/{path}?filters={filter}"));
        let list = member.map_or(&answer, |member| &answer[member]);
        list.as_array().map_or(0, Vec::len)
    };
    assert_eq!((count("networks", None), count("volumes", Some("Volumes"))), (1, 1));
    for name in names(project).split(' ') {
        assert_eq!((name, scene.state(name)), (name, "running".to_owned()));
    }
}

#[test]
fn before_and_after_each_call_that_makes_six_services() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[("killnew/compose.yaml", &six("one"))]));
    scene.env.set("CONDUCTOR_SETTLING", "50ms");
    let mut number = 1;
    let mut goes_on = true;
    while goes_on {
        for moment in [Moment::Before, Moment::After] {
            goes_on &= scene.sync_killed_at(number, moment);
            let _next = scene.sync(&[]);
            is_whole(&scene, "killnew");
            remove_project(dockerd, "killnew");
        }
        number += 1;
    }
    assert!(number > 13, "a network, a volume, six containers made and started: {number}");
}

/// The checksum of a file in each volume, and the volumes of `/nameless`.
fn data(scene: &Scene) -> (String, BTreeMap<String, String>) {
    let sums = scene.exec("killold-db-1", &["sh", "-c", "cat /named/data /nameless/data | md5sum"])
        + &scene.exec("killold-web-1", &["md5sum", "/nameless/data"]);
    let volumes = ["killold-db-1", "killold-web-1"].map(|name| {
        let inspected = scene.inspect(name);
        let mounts = inspected["Mounts"].as_array().cloned().unwrap_or_default();
        let is_nameless = |mount: &&Value| mount["Destination"] == "/nameless";
        let mount = mounts.iter().find(is_nameless).map(|mount| mount["Name"].to_string());
        (name.to_owned(), mount.unwrap_or_default())
    });
    (sums, volumes.into())
}

#[test]
fn before_and_after_each_call_that_changes_them_and_no_data_is_lost() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "killold/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &six("0"))]));
    scene.env.set("CONDUCTOR_SETTLING", "50ms");
    let _first = scene.sync(&[]);
    for (name, path) in [("db", "/named"), ("db", "/nameless"), ("web", "/nameless")] {
        let write = format!("head -c 100000 /dev/urandom >{path}/data");
        let _written = scene.exec(&format!("killold-{name}-1"), &["sh", "-c", &write]);
    }
    let before = data(&scene);
    let mut number = 1;
    loop {
        // The call before has been carried out, and this one not heard of: before the one is after the other.
        let moment = if number == 1 { Moment::Before } else { Moment::After };
        let _revision = scene.repository.commit(&[(file, &six(&number.to_string()))]);
        if !scene.sync_killed_at(number, moment) {
            break;
        }
        let _next = scene.sync(&[]);
        is_whole(&scene, "killold");
        assert_eq!(data(&scene), before, "killed at call {number}");
        assert_eq!(scene.variable("killold-web-1", "WORD"), number.to_string());
        number += 1;
    }
    assert!(number > 14, "three containers made, stopped, removed, renamed and started: {number}");
    assert_eq!(scene.plan(&[]), "");
}
