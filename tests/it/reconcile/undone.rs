//! The ways in which a revision can fail, and the way back from each.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::rollback::{engine, outcome};
use crate::support::images;
use crate::support::missing::part;
use crate::support::process::run;
use crate::support::registry::Registry;
use crate::support::scene::{Scene, script, services, sleeper};

/// A service that answers requests with `word`, made from this image; it is healthy unless it answers `bad`.
fn site(image: &str, word: &str, more: &str) -> String {
    let serve = "mkdir -p /www; echo $WORD >/www/index.html; exec httpd -f -p 8080 -h /www";
    let ask = "test \"$(wget -qO- http://127.0.0.1:8080/)\" != bad";
    let check = format!(
        "{{test: [CMD-SHELL, {}], interval: 300ms, retries: 3}}",
        Value::from(ask.replace('$', "$$"))
    );
    let more = format!("environment: {{WORD: {word}}}, healthcheck: {check}, {more}");
    services(&[("web", script(serve, &more).replace(images::BUSYBOX, &format!("'{image}'")))])
}

/// What a command answers programs.
fn answered(scene: &Scene, arguments: &[&str]) -> Value {
    let ran = scene.conductor(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"))
}

/// What the site answers.
fn answer(scene: &Scene, name: &str) -> String {
    scene.exec(name, &["wget", "-qO-", "http://127.0.0.1:8080/"]).trim().to_owned()
}

#[test]
fn the_old_version_answers_again_without_any_network_after_a_force_push() {
    let dockerd = part!(engine());
    let registry = part!(Registry::start_in(dockerd));
    let _id = images::import(dockerd, "conductor-test/site:1", &[]);
    let image = registry.push(dockerd, "conductor-test/site:1", "team/site:1");
    let file = "forced/compose.yaml";
    let always = "pull_policy: always";
    let scene = part!(Scene::new(dockerd, &[(file, &site(&image, "good", always))]));
    let login = format!(
        "registries: [{{host: '{}', username: {}, password_file: password}}]\n",
        registry.address(),
        Registry::USER
    );
    scene.env.write("password", Registry::PASSWORD);
    scene.env.write("config.yaml", login);
    let _first = scene.sync(&[]);
    let good = scene.repository.git(&["rev-parse", "HEAD"]);

    // The bad revision takes the place of the good one, of which nothing is left on the server.
    fs::write(scene.repository.work().join(file), site(&image, "bad", always)).unwrap();
    scene.repository.git(&["add", "--all"]);
    scene.repository.git(&["commit", "-q", "--amend", "-m", "forced"]);
    scene.repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    scene.repository.git(&["gc", "-q", "--prune=now"]);
    let lost = run(Command::new("git")
        .arg("-C")
        .arg(scene.repository.path())
        .args(["cat-file", "-e", &good]));
    assert_ne!(lost.code, Some(0), "{lost}");

    let child = scene.sync_until("/start");
    drop(registry);
    let (path, away) = (scene.repository.path(), scene.repository.path().with_extension("away"));
    fs::rename(&path, &away).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned()
        + &String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(
        said.contains("unhealthy") && said.contains(&format!("back at {}", &good[..12])),
        "{said}"
    );
    assert_eq!(answer(&scene, "forced-web-1"), "good");

    // Neither the next pass, which hears nothing of git, nor the one that does tries it again.
    let before = scene.containers();
    let _deaf = scene.conductor(&["sync"]).failed(1);
    fs::rename(&away, &path).unwrap();
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "held"), "{ran}");
    assert_eq!(scene.containers(), before);
    let status = scene.conductor(&["status"]);
    assert!(status.out.contains(&good[..12]), "{status}");
    assert!(
        status.out.contains("is not brought to") && status.out.contains("unhealthy"),
        "{status}"
    );
    let bad = scene.repository.git(&["rev-parse", "HEAD"]);
    let history = scene.conductor(&["history", "forced"]).stdout();
    let told = |outcome: &str, revision: &str| {
        history.lines().any(|line| line.contains(outcome) && line.contains(&revision[..12]))
    };
    assert!(told("changed", &good) && told("rolled back", &bad), "{history}");
}

#[test]
fn an_image_that_the_registry_does_not_have_is_waited_for_without_a_change() {
    let dockerd = part!(engine());
    let registry = part!(Registry::start_in(dockerd));
    let _id = images::import(dockerd, "conductor-test/late:1", &["ENV MADE=late"]);
    let file = "late/compose.yaml";
    let image = format!("{}/team/late:1", registry.address());
    let scene = part!(Scene::new(dockerd, &[(file, &super::registry::stack(images::BUSYBOX, ""))]));
    super::registry::log_in(&scene, &registry, Registry::PASSWORD);
    let _first = scene.sync(&[]);
    let good = scene.repository.git(&["rev-parse", "HEAD"]);
    let before = scene.containers();
    let bad = scene.repository.commit(&[(file, &super::registry::stack(&image, ""))]);
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "blocked"), "{ran}");
    for _time in 0..2 {
        let _before = scene.proxy.take();
        let ran = scene.conductor(&["sync", "--format", "json"]);
        assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "held"), "{ran}");
        assert_eq!(scene.proxy.take_changes(), [""; 0]);
    }
    assert_eq!((scene.containers(), scene.state("late-web-1")), (before, "running".to_owned()));
    let status = scene.conductor(&["status"]);
    assert!(
        status.out.contains(&good[..12]) && status.out.contains("is not brought to"),
        "{status}"
    );
    let history = scene.conductor(&["history", "late"]).stdout();
    let told = |line: &str| line.contains("blocked") && line.contains(&bad[..12]);
    assert!(history.lines().any(told), "{history}");

    // It comes, and with it the revision.
    let _pushed = registry.push(dockerd, "conductor-test/late:1", "team/late:1");
    let _removed = dockerd.docker(&["rmi", &image, "conductor-test/late:1"]).stdout();
    let _third = scene.sync(&[]);
    assert_eq!(scene.variable("late-web-1", "MADE"), "late");
    assert_eq!(scene.sync(&[]), [""; 0]);
}

#[test]
fn a_process_that_crashes_again_and_again_is_undone_before_its_time_is_up() {
    let dockerd = part!(engine());
    let file = "crashing/compose.yaml";
    let with = |command: &str| services(&[("web", script(command, "restart: always"))]);
    let mut scene = part!(Scene::new(dockerd, &[(file, &with("exec sleep 600"))]));
    scene.env.set("CONDUCTOR_RESTARTS", "2");
    scene.env.set("CONDUCTOR_SETTLING", "20s");
    scene.env.set("CONDUCTOR_HEALTH_TIMEOUT", "10m");
    let _first = scene.sync(&["--no-wait"]);
    scene.env.set("CONDUCTOR_SETTLING", "1s");
    let _seen = scene.sync(&[]);
    scene.env.set("CONDUCTOR_SETTLING", "20s");
    let bad = scene.repository.commit(&[(file, &with("exit 7"))]);
    let ran = scene.conductor(&["sync", "--format", "json"]);
    let (kind, told) = outcome(&ran);
    assert_eq!((ran.code, kind.as_str()), (Some(1), "rolled back"), "{ran}");
    let error = told["trouble"]["error"].as_str().unwrap();
    assert!(error.contains("crashes") && error.contains("exit code 7"), "{ran}");
    assert_eq!(scene.state("crashing-web-1"), "running");

    // The journal tells the story: what crashed, that it was given up for that, and what came in its place.
    let told = answered(&scene, &["history", "crashing"]);
    let last = &told["runs"][0];
    assert_eq!((&last["outcome"], &last["revision"]), (&"rolled back".into(), &bad.into()));
    assert_eq!(last["trouble"]["error"], error);
    let told = answered(&scene, &["history", &last["id"].to_string()]);
    let operations = told["run"]["operations"].as_array().unwrap();
    let has_failed = |operation: &Value| operation["result"] == "failed";
    let failed = operations.iter().position(has_failed).unwrap_or_else(|| panic!("{told}"));
    assert_eq!(operations[failed]["error"], error);
    let (there, back) = operations.split_at(failed);
    let is_made = |operation: &Value| operation["verb"] == "create";
    assert!(there.iter().any(is_made) && back.iter().any(is_made), "{told}");
    assert!(back[1..].iter().all(|operation| operation["result"] == "done"), "{told}");
}

#[test]
fn an_image_that_its_name_no_longer_means_is_found_again() {
    let dockerd = part!(engine());
    let image = "conductor-test/moved:1";
    let old = images::import(dockerd, image, &["ENV MADE=first"]);
    let check =
        "healthcheck: {test: [CMD-SHELL, 'test $$MADE = first'], interval: 200ms, retries: 2}";
    let web = script("exec sleep 600", check).replace(images::BUSYBOX, &format!("'{image}'"));
    let scene = part!(Scene::new(dockerd, &[("moved/compose.yaml", &services(&[("web", web)]))]));
    let _first = scene.sync(&[]);
    let _new = images::import(dockerd, image, &["ENV MADE=second"]);
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "rolled back", "{ran}");
    assert_eq!(scene.variable("moved-web-1", "MADE"), "first");
    assert_eq!(scene.inspect("moved-web-1")["Image"], old);
    let _before = scene.proxy.take();
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "held", "{ran}");
    assert_eq!(scene.proxy.take_changes(), [""; 0]);
}

#[test]
fn two_stacks_that_share_a_file_go_their_own_ways() {
    let dockerd = part!(engine());
    let bound = "volumes: ['../shared/site.conf:/site.conf']";
    let check =
        "healthcheck: {test: [CMD-SHELL, '! grep -q new /site.conf'], interval: 200ms, retries: 2}";
    let picky = services(&[("web", script("exec sleep 600", &format!("{bound}, {check}")))]);
    let scene = part!(Scene::new(
        dockerd,
        &[
            ("shared/site.conf", "old\n"),
            ("picky/compose.yaml", &picky),
            ("easy/compose.yaml", &services(&[("web", sleeper(bound))])),
        ]
    ));
    let _first = scene.sync(&[]);
    let _revision = scene.repository.commit(&[("shared/site.conf", "new\n")]);
    let ran = scene.conductor(&["sync"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let reads = |name: &str| scene.exec(name, &["cat", "/site.conf"]);
    assert_eq!(
        (reads("picky-web-1"), reads("easy-web-1")),
        ("old\n".to_owned(), "new\n".to_owned())
    );
    let laid_out =
        |stack: &str| fs::read_to_string(scene.work(stack).join("shared/site.conf")).unwrap();
    assert_eq!((laid_out("picky"), laid_out("easy")), ("old\n".to_owned(), "new\n".to_owned()));
}

#[test]
fn a_stack_that_is_not_to_be_rolled_back_stays_degraded_and_says_so() {
    let dockerd = part!(engine());
    let file = "stayoff/compose.yaml";
    let with = |command: &str| services(&[("web", script(command, ""))]);
    let settings = "stacks: {stayoff: {rollback: false}}\n";
    let scene = part!(Scene::new(
        dockerd,
        &[(file, &with("exec sleep 600")), ("conductor.yaml", settings)]
    ));
    let _first = scene.sync(&[]);
    let _bad = scene.repository.commit(&[(file, &with("exit 7"))]);
    for is_first in [true, false] {
        let _before = scene.proxy.take();
        let ran = scene.conductor(&["sync", "--format", "json"]);
        let (kind, told) = outcome(&ran);
        assert_eq!((ran.code, kind.as_str()), (Some(1), "degraded"), "{ran}");
        assert!(told["stays"].as_str().unwrap().contains("rollback: false"), "{ran}");
        assert_eq!(scene.proxy.take_changes().is_empty(), !is_first);
    }
    assert_eq!(scene.state("stayoff-web-1"), "exited");
}

#[test]
fn a_last_good_revision_that_cannot_be_decrypted_any_more_is_told() {
    let dockerd = part!(engine());
    let file = "nokey/compose.yaml";
    let with_secret =
        services(&[("web", sleeper("secrets: [db]"))]) + "secrets: {db: {file: ./db.secret}}\n";
    let secret = crate::support::scene::sops("env.prod");
    let scene = part!(Scene::new(dockerd, &[(file, &with_secret), ("nokey/db.secret", &secret)]))
        .with_key();
    let _first = scene.sync(&[]);
    let _bad = scene.repository.commit(&[(file, &services(&[("web", script("exit 7", ""))]))]);
    scene.env.write("age.txt", crate::support::scene::sops("keys/age2.txt"));
    let ran = scene.conductor(&["sync", "--format", "json"]);
    let (kind, told) = outcome(&ran);
    assert_eq!((ran.code, kind.as_str()), (Some(1), "degraded"), "{ran}");
    assert!(told["stays"].as_str().unwrap().contains("cannot decrypt secret `db`"), "{ran}");
}

#[test]
fn an_image_that_cannot_be_pulled_leaves_everything_as_it_was() {
    let dockerd = part!(engine());
    let file = "nopull/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &services(&[("web", sleeper(""))]))]));
    let _first = scene.sync(&[]);
    let before = scene.containers();
    // Somebody listens there, and never answers.
    let port = "7499";
    let mut nobody = dockerd.inside("busybox");
    nobody.args(["nc", "-l", "-p", port, "-e", "sleep", "600"]);
    let mut nobody = nobody.spawn().unwrap();
    let hanging = sleeper("").replace(images::BUSYBOX, &format!("'127.0.0.1:{port}/team/hangs:1'"));
    let _revision = scene.repository.commit(&[(file, &services(&[("web", hanging)]))]);
    let mut impatient = scene.env.command(&["sync", "--format", "json"]);
    let ran = run(impatient.env("CONDUCTOR_PULL_STALL", "2s").env("CONDUCTOR_ENGINE_CALL", "20s"));
    let _killed = nobody.kill();
    let _ended = nobody.wait();
    assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "blocked"), "{ran}");
    assert_eq!(scene.containers(), before);
    assert_eq!(scene.state("nopull-web-1"), "running");
}
