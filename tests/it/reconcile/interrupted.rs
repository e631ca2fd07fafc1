//! Ctrl-C, and the end of the process, in the middle of an apply.

use std::process::{Child, Command};

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::process::run;
use crate::support::scene::{Scene, script, services, sleeper};

/// Two services; the first takes a second to stop.
fn slow(word: &str) -> String {
    let environment = format!("environment: {{WORD: {word}}}");
    let stubborn = format!("{environment}, stop_grace_period: 1s, command: [sleep, '600']");
    services(&[
        ("a", format!("{{image: '{}', {stubborn}}}", crate::support::images::BUSYBOX)),
        ("b", sleeper(&format!("{environment}, depends_on: [a]"))),
    ])
}

fn signal(child: &Child, name: &str) {
    let _sent = run(Command::new("kill").args(["-s", name, &child.id().to_string()])).stdout();
}

/// Exit code, and all that it said.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// The next run converges, and leaves nothing of the one that was cut off.
fn converges(scene: &Scene, names: &str) {
    let _next = scene.sync(&[]);
    assert_eq!(scene.names(), names);
    for name in names.split(' ') {
        assert_eq!((name, scene.state(name)), (name, "running".to_owned()));
    }
    assert_eq!(scene.plan(&[]), "");
}

each_engine! {
    fn ctrl_c_ends_after_the_current_operation_and_says_what_is_left(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("ctrlc/compose.yaml", &slow("one"))]));
        let _first = scene.sync(&[]);
        let _revision = scene.repository.commit(&[("ctrlc/compose.yaml", &slow("two"))]);
        let child = scene.sync_until("/stop");
        signal(&child, "INT");
        let (code, said) = ended(child);

        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("ending after the current operation"), "{said}");
        assert!(said.contains("start ctrlc-b-1"), "what is left: {said}");
        assert!(!scene.proxy.seen().iter().any(|call| call.ends_with("/start")), "{:#?}", scene.proxy.seen());
        converges(&scene, "ctrlc-a-1 ctrlc-b-1");
        assert_eq!(scene.variable("ctrlc-a-1", "WORD"), "two");
    }
}

each_engine! {
    fn ctrl_c_ends_a_wait_at_once(dockerd: &Dockerd) {
        let check = "healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 500ms, retries: 1000}";
        let file = services(&[
            ("a", script("exec sleep 600", check)), ("b", sleeper("depends_on: {a: {condition: service_healthy}}")),
        ]);
        let scene = part!(Scene::new(dockerd, &[("waits/compose.yaml", &file)]));
        let child = scene.sync_until("/start");
        signal(&child, "TERM");
        let (code, said) = ended(child);
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("start waits-b-1"), "what is left: {said}");
        let _ready = scene.exec("waits-a-1", &["touch", "/tmp/ready"]);
        converges(&scene, "waits-a-1 waits-b-1");
    }
}

each_engine! {
    fn a_run_that_was_killed_in_the_middle_leaves_nothing_that_needs_a_person(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("killed/compose.yaml", &slow("one"))]));
        let _first = scene.sync(&[]);
        for (word, moment) in [("two", "/stop"), ("three", "DELETE /containers/"), ("four", "/rename?")] {
            let _revision = scene.repository.commit(&[("killed/compose.yaml", &slow(word))]);
            let child = scene.sync_until(moment);
            signal(&child, "KILL");
            let (code, _said) = ended(child);
            assert_eq!(code, None, "killed at {moment}");
            converges(&scene, "killed-a-1 killed-b-1");
            assert_eq!(scene.variable("killed-a-1", "WORD"), word);
        }
    }
}
