//! What Conductor promises, a test for each; the sentences are those of the README. Details are tested elsewhere.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::{Version, each_engine};
use crate::support::missing::part;
use crate::support::process::{run, wait_until};
use crate::support::scene::{SOON, Scene, files_with, script, services, sleeper, sops};

fn stack(word: &str) -> String {
    let environment = format!("environment: {{WORD: {word}}}");
    let web = sleeper(&format!(
        "{environment}, depends_on: [db], volumes: ['./data:/bound', 'kept:/named']"
    ));
    services(&[("db", sleeper("")), ("web", web)]) + "volumes: {kept: {}}\n"
}

each_engine! {
    fn promise_1_an_unchanged_revision_never_touches_a_container(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("first/compose.yaml", &stack("one"))]));
        let _first = scene.sync(&[]);
        let started = |name: &str| scene.inspect(name)["State"]["StartedAt"].clone();
        let before = (scene.containers(), started("first-web-1"));
        for _time in 0..2 {
            assert_eq!(scene.sync(&[]), [""; 0]);
        }
        assert_eq!((scene.containers(), started("first-web-1")), before);
    }
}

/// What the plan says, as changing calls: `POST /containers/create` and how often.
fn announced(plan: &str) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for line in plan.lines() {
        let (operation, cause) = line.split_once(": ").unwrap();
        assert!(!cause.trim().is_empty(), "{line}");
        let call = match operation.split(' ').collect::<Vec<_>>()[..] {
            ["create", "network", _] => "POST /networks/create",
            ["create", "volume", _] => "POST /volumes/create",
            ["create", _] => "POST /containers/create",
            ["start", _] => "POST /containers/start",
            ["stop", _] => "POST /containers/stop",
            ["rename", ..] => "POST /containers/rename",
            ["remove", _] => "DELETE /containers",
            ["wait" | "write", ..] => continue,
            _ => panic!("{line}"),
        };
        *calls.entry(call.to_owned()).or_insert(0) += 1;
    }
    calls
}

/// The calls that the engine got, in the same words.
fn made(calls: &[String]) -> BTreeMap<String, usize> {
    let mut made = BTreeMap::new();
    for call in calls {
        let (method, target) = call.split_once(" /").unwrap();
        let target = target.split('?').next().unwrap();
        let call = match target.split('/').collect::<Vec<_>>()[..] {
            ["containers", _] if method == "DELETE" => "DELETE /containers".to_owned(),
            ["containers", _, verb] => format!("{method} /containers/{verb}"),
            _ => format!("{method} /{target}"),
        };
        *made.entry(call).or_insert(0) += 1;
    }
    made
}

each_engine! {
    fn promise_2_every_operation_says_why_and_is_what_was_announced(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("second/compose.yaml", &stack("one"))]));
        let plan = scene.plan(&[]);
        let calls = scene.sync(&[]);
        assert_eq!(made(&calls), announced(&plan), "{plan}\n{calls:#?}");

        let _revision = scene.repository.commit(&[("second/compose.yaml", &stack("two"))]);
        let plan = scene.plan(&[]);
        assert!(plan.contains(": environment WORD changed"), "{plan}");
        let calls = scene.sync(&[]);
        assert_eq!(made(&calls), announced(&plan), "{plan}\n{calls:#?}");
    }
}

each_engine! {
    fn promise_3_everything_is_checked_before_anything_is_stopped(dockerd: &Dockerd) {
        let good = services(&[("web", sleeper("environment: {A: '1'}"))]);
        let scene = part!(Scene::new(dockerd, &[("third/compose.yaml", &good)])).with_key();
        let _first = scene.sync(&[]);
        let changed = good.replace("'1'", "'2'");
        let with_service = |service: &str| format!("{changed}  bad: {service}\n");
        let bad = [
            with_service("{image: 'conductor-test/none:1', pull_policy: never}"),
            with_service("{image: 'conductor-test/none:1', build: .}"),
            with_service("{image: 'conductor-test/busybox:1', env_file: [gone.env]}"),
            with_service("{image: 'conductor-test/busybox:1', imagee: x}"),
            with_service("{image: 'conductor-test/busybox:1', volumes: ['./secret:/secret']}"),
            with_service("{image: 'conductor-test/busybox:1', networks: [gone]}"),
            format!("{changed}networks: {{default: {{name: not-there, external: true}}}}\n"),
            format!("{changed}    - tab\n"),
        ];
        for file in bad {
            let _revision = scene.repository.commit(&[("third/compose.yaml", &file), ("third/secret", &sops("env.prod"))]);
            let said = scene.refused(&["sync"]);
            assert!(said.contains("! error: ") && said.ends_with("[1]"), "{file}\n{said}");
        }
        assert_eq!(scene.state("third-web-1"), "running");
    }
}

#[test]
fn promise_4_a_bad_revision_undoes_itself() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let with = |word: &str, command: &str| {
        services(&[(
            "web",
            script(command, &format!("environment: {{WORD: {word}}}, restart: 'no'")),
        )])
    };
    let scene =
        part!(Scene::new(dockerd, &[("fourth/compose.yaml", &with("good", "exec sleep 600"))]));
    let _first = scene.sync(&[]);
    let _bad = scene.repository.commit(&[("fourth/compose.yaml", &with("bad", "exit 3"))]);
    let said = scene.conductor(&["sync"]).failed(1);
    assert!(said.contains("exit code 3") && said.contains("rolled back"), "{said}");
    assert_eq!(
        (scene.state("fourth-web-1"), scene.variable("fourth-web-1", "WORD")),
        ("running".into(), "good".into())
    );
    let _before = scene.proxy.take();
    let _held = scene.conductor(&["sync"]).failed(1);
    assert_eq!(scene.proxy.take_changes(), [""; 0]);
}

each_engine! {
    fn promise_5_data_stays(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("fifth/compose.yaml", &stack("one")), ("fifth/notes.txt", "x\n")]));
        let _first = scene.sync(&[]);
        let write = "echo kept >/bound/file; echo kept >/named/file";
        let _written = scene.exec("fifth-web-1", &["sh", "-c", write]);
        let without = services(&[("db", sleeper(""))]);
        let _revision = scene.repository.commit(&[("fifth/compose.yaml", &without)]);
        let _second = scene.sync(&[]);
        assert_eq!(scene.names(), "fifth-db-1");
        let bound = scene.work("fifth").join("fifth/data/file");
        assert_eq!(std::fs::read_to_string(bound).unwrap(), "kept\n");

        let _revision = scene.repository.commit(&[("fifth/compose.yaml", &stack("two"))]);
        let _third = scene.sync(&[]);
        assert_eq!(scene.exec("fifth-web-1", &["cat", "/bound/file", "/named/file"]), "kept\nkept\n");
    }
}

each_engine! {
    fn promise_6_no_plaintext_secret_on_a_disk_or_a_screen(dockerd: &Dockerd) {
        let web = sleeper("secrets: [db], env_file: [vars.env]");
        let file = services(&[("web", web)]) + "secrets: {db: {file: ./db.secret}}\n";
        let files = [("compose.yaml", file), ("db.secret", sops("env.prod")), ("vars.env", sops("app.enc.env"))];
        let files = files.map(|(name, text)| (format!("sixth/{name}"), text));
        let files = files.each_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        let scene = part!(Scene::new(dockerd, &files)).with_key();
        let mut said = String::new();
        for arguments in [&["-vvv", "sync"][..], &["-vvv", "plan"], &["config", "sixth"], &["status"]] {
            said += &scene.conductor(arguments).to_string();
        }
        assert!(scene.exec("sixth-web-1", &["cat", "/run/secrets/db"]).contains("hunter2"));
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(files_with(&scene.env.path(""), "hunter2"), [""; 0]);
    }
}

each_engine! {
    fn promise_8_it_lives_beside_docker_compose(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("eighth/compose.yaml", &stack("one").replace("'./data:/bound', ", ""))]));
        let file = scene.repository.work().join("eighth/compose.yaml");
        let file = file.to_str().unwrap();
        let _first = scene.sync(&["-f", file]);
        let before = scene.containers();
        for _time in 0..2 {
            let _up = dockerd.compose(&["-f", file, "up", "-d"]).stdout();
            assert_eq!(scene.sync(&["-f", file]), [""; 0]);
        }
        assert_eq!(scene.containers(), before);
    }
}

each_engine! {
    fn promise_9_one_failed_stack_is_one_failed_stack(dockerd: &Dockerd) {
        let fails = services(&[("web", script("exit 5", "restart: 'no'"))]);
        let scene = part!(Scene::new(dockerd, &[
            ("ninth-a/compose.yaml", "services: [not a mapping]\n"),
            ("ninth-b/compose.yaml", &fails),
            ("ninth-c/compose.yaml", &services(&[("web", sleeper("env_file: [gone.env]"))])),
            ("ninth-d/compose.yaml", &services(&[("web", sleeper(""))])),
        ]));
        let said = scene.conductor(&["sync", "--format", "json"]);
        assert_eq!(said.code, Some(1), "{said}");
        let answer: Value = serde_json::from_str(&said.out).unwrap();
        let kind = |stack: &Value| stack["outcome"]["kind"].as_str().unwrap().to_owned();
        let mut kinds: Vec<String> = answer["stacks"].as_array().unwrap().iter().map(kind).collect();
        kinds.sort();
        assert_eq!(kinds, ["blocked", "blocked", "changed", "degraded"]);
        assert_eq!(scene.state("ninth-d-web-1"), "running");
    }
}

each_engine! {
    fn promise_10_killed_at_any_instant_the_next_run_converges(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("tenth/compose.yaml", &stack("0"))]));
        let calls = scene.sync(&[]).len();
        for instant in 1..calls {
            let _revision = scene.repository.commit(&[("tenth/compose.yaml", &stack(&instant.to_string()))]);
            let _before = scene.proxy.take();
            let mut child = scene.env.spawn(&["sync"]);
            let changes = || scene.proxy.seen().iter().filter(|call| !call.starts_with("GET ") && !call.starts_with("HEAD ")).count();
            wait_until("changing call", SOON, || changes() >= instant || child.try_wait().unwrap().is_some());
            let _killed = run(std::process::Command::new("kill").args(["-s", "KILL", &child.id().to_string()]));
            let _ended = child.wait().unwrap();

            let _next = scene.sync(&[]);
            assert_eq!(scene.names(), "tenth-db-1 tenth-web-1");
            assert_eq!(scene.variable("tenth-web-1", "WORD"), instant.to_string());
            assert_eq!(scene.plan(&[]), "");
        }
    }
}
