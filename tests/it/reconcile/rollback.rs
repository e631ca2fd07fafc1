//! A revision that fails undoes itself, once; a person may do the same by hand.

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::{Missing, part};
use crate::support::process::Ran;
use crate::support::scene::{Scene, script, services, sleeper};

/// Two services; `web` has this word, and is healthy only while it is not `bad`.
fn stack(word: &str) -> String {
    let check = "healthcheck: {test: [CMD-SHELL, 'test $$WORD != bad'], interval: 200ms, retries: 2, start_period: 0s}";
    let environment = format!("environment: {{WORD: {word}}}, {check}");
    services(&[("web", script("exec sleep 600", &environment)), ("db", sleeper(""))])
}

/// Kind of the outcome of the first stack, and the whole answer.
pub(super) fn outcome(ran: &Ran) -> (String, Value) {
    let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"));
    let outcome = answer["stacks"][0]["outcome"].clone();
    (outcome["kind"].as_str().unwrap_or_else(|| panic!("{ran}")).to_owned(), outcome)
}

/// The newest engine alone: what is tested here is the same on all of them.
pub(super) fn engine() -> Result<&'static Dockerd, Missing> {
    Dockerd::shared(Version::Newer)
}

#[test]
fn a_revision_that_is_unhealthy_undoes_itself_once_and_stays_undone() {
    let dockerd = part!(engine());
    let file = "undone/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &stack("good"))]));
    let _first = scene.sync(&[]);
    let good = scene.repository.git(&["rev-parse", "HEAD"]);
    let before = scene.containers();
    let bad = scene.repository.commit(&[(file, &stack("bad"))]);

    let ran = scene.conductor(&["sync", "--format", "json"]);
    let (kind, told) = outcome(&ran);
    assert_eq!((ran.code, kind.as_str()), (Some(1), "rolled back"), "{ran}");
    assert_eq!((told["from"].as_str(), told["at"].as_str()), (Some(&*bad), Some(&*good)));
    assert!(told["trouble"]["error"].as_str().unwrap().contains("unhealthy"), "{ran}");
    assert_eq!(scene.variable("undone-web-1", "WORD"), "good");
    assert_eq!(scene.changed_since(&before), ["undone-web-1"]);

    // It is not tried again, nor when something else is committed.
    for _time in 0..2 {
        let _before = scene.proxy.take();
        let ran = scene.conductor(&["sync", "--format", "json"]);
        assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "held"), "{ran}");
        assert_eq!(scene.proxy.take_changes(), [""; 0]);
        let _other = scene.repository.commit(&[("README.md", "words")]);
    }
    let said = scene.conductor(&["sync"]).failed(1);
    assert!(said.contains("held") && said.contains("conductor sync undone"), "{said}");

    // Drift of the good one is put right meanwhile.
    let _stopped = dockerd.docker(&["rm", "-f", "undone-db-1"]).stdout();
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "held", "{ran}");
    assert_eq!(scene.state("undone-db-1"), "running");

    // A person may try it again; a new revision is tried by itself.
    let ran = scene.conductor(&["sync", "undone", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "rolled back", "{ran}");
    let _next = scene.repository.commit(&[(file, &stack("better"))]);
    let _done = scene.sync(&[]);
    assert_eq!(scene.variable("undone-web-1", "WORD"), "better");
    assert_eq!(scene.sync(&[]), [""; 0]);
}

#[test]
fn status_tells_the_revision_that_a_stack_was_brought_back_to() {
    let dockerd = part!(engine());
    let file = "told/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &stack("good"))]));
    let _first = scene.sync(&[]);
    let good = scene.repository.git(&["rev-parse", "--short=12", "HEAD"]);
    let _bad = scene.repository.commit(&[(file, &stack("bad"))]);
    let bad = scene.repository.git(&["rev-parse", "--short=12", "HEAD"]);
    let status = || {
        let said = scene.conductor(&["status"]).stdout();
        said.lines().find(|line| line.contains(" web ")).map(str::to_owned).unwrap_or(said)
    };
    // Nobody waits for what becomes of it.
    let _applied = scene.sync(&["--no-wait"]);
    assert!(status().contains(&bad), "{}", status());
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "rolled back", "{ran}");
    assert!(status().contains(&good), "{}", status());
}

#[test]
fn a_stack_that_is_left_alone_is_not_brought_back_either() {
    let dockerd = part!(engine());
    let file = "resting/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &stack("one"))]));
    let _first = scene.sync(&[]);
    let _two = scene.repository.commit(&[(file, &stack("two"))]);
    let _second = scene.sync(&[]);
    let _out = scene.conductor(&["suspend", "resting", "--reason", "moving house"]).stdout();
    // Said once more without a reason, the first one goes on.
    let again = scene.conductor(&["suspend", "resting"]);
    assert!(again.err.contains("resting is suspended by root: moving house"), "{again}");
    for arguments in [&["rollback", "resting"][..], &["rollback", "resting", "--dry-run"]] {
        let said = scene.refused(arguments);
        assert!(
            said.contains("moving house") && said.contains("conductor resume resting"),
            "{said}"
        );
    }
    let _out = scene.conductor(&["resume", "resting"]).stdout();
    let _back = scene.conductor(&["rollback", "resting"]).stdout();
    assert_eq!(scene.variable("resting-web-1", "WORD"), "one");
}

#[test]
fn a_first_revision_that_fails_stays_and_is_not_tried_again() {
    let dockerd = part!(engine());
    let scene = part!(Scene::new(dockerd, &[("firstbad/compose.yaml", &stack("bad"))]));
    for changes in [true, false] {
        let _before = scene.proxy.take();
        let ran = scene.conductor(&["sync", "--format", "json"]);
        assert_eq!((ran.code, outcome(&ran).0.as_str()), (Some(1), "degraded"), "{ran}");
        assert!(outcome(&ran).1["stays"].as_str().unwrap().contains("no revision"), "{ran}");
        assert_eq!(!scene.proxy.take_changes().is_empty(), changes);
    }
    assert_eq!(scene.state("firstbad-web-1"), "running");
}

#[test]
fn a_person_goes_back_and_the_next_pass_leaves_it_there() {
    let dockerd = part!(engine());
    let file = "byhand/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &stack("one"))]));
    let _first = scene.sync(&[]);
    let one = scene.repository.git(&["rev-parse", "HEAD"]);
    let _two = scene.repository.commit(&[(file, &stack("two"))]);
    let _second = scene.sync(&[]);

    let plan = scene.conductor(&["rollback", "byhand", "--dry-run"]).stdout();
    assert!(plan.contains("environment WORD changed"), "{plan}");
    assert_eq!(scene.variable("byhand-web-1", "WORD"), "two");
    let said = scene.conductor(&["rollback", "byhand"]);
    assert!(said.err.contains("until a new revision comes"), "{said}");
    let _out = said.stdout();
    assert_eq!(scene.variable("byhand-web-1", "WORD"), "one");
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(outcome(&ran).0, "held", "{ran}");
    assert_eq!(scene.variable("byhand-web-1", "WORD"), "one");
    let _again = scene.sync(&["byhand"]);
    assert_eq!(scene.variable("byhand-web-1", "WORD"), "two");
    let _named = scene.conductor(&["rollback", "byhand", &one[..10]]).stdout();
    assert_eq!(scene.variable("byhand-web-1", "WORD"), "one");
    let said = scene.conductor(&["rollback", "byhand", "0123456789"]).failed(1);
    assert!(said.contains("0123456789"), "{said}");
}
