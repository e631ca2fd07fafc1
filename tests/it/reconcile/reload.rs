//! Changed files that reach a container without replacing it.

use std::fs;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{SOON, Scene, script, services, sleeper};

/// One service that hears a signal, one that is restarted, one that looks by itself; each has one file.
fn files(text: &str) -> [(&'static str, String); 2] {
    let hears = "trap 'cp /f/a.conf /tmp/heard' HUP; touch /tmp/ready; while :; do sleep 0.1; done";
    let mount = "volumes: ['./f:/f:ro']";
    let compose = services(&[
        (
            "hears",
            script(
                hears,
                &format!("{mount}, x-conductor: {{on_config_change: {{signal: SIGHUP}}}}"),
            ),
        ),
        ("again", sleeper(&format!("{mount}, x-conductor: {{on_config_change: restart}}"))),
        ("looks", sleeper(&format!("{mount}, x-conductor: {{on_config_change: ignore}}"))),
    ]);
    [("reload/compose.yaml", compose), ("reload/f/a.conf", text.to_owned())]
}

#[test]
fn a_changed_file_is_told_by_a_signal_or_a_restart_and_only_once() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let [compose, file] = files("1\n2\n3\n");
    let scene = part!(Scene::new(dockerd, &[(compose.0, &compose.1), (file.0, &file.1)]));
    let _first = scene.sync(&[]);
    let before = scene.containers();
    wait_until("trap", SOON, || scene.exec("reload-hears-1", &["ls", "/tmp"]).contains("ready"));
    let started = |name: &str| scene.inspect(name)["State"]["StartedAt"].clone();
    let (hears, again) = (started("reload-hears-1"), started("reload-again-1"));

    let _revision = scene.repository.commit(&[("reload/f/a.conf", "1\ntwo\nthree\n")]);
    let plan = scene.plan(&[]);
    let cause = "file reload/f/a.conf changed (2 lines)";
    for line in [
        "write file reload/f/a.conf: content changed (2 lines)".to_owned(),
        format!("signal reload-hears-1 with SIGHUP: {cause}"),
        format!("stop reload-again-1: {cause}"),
    ] {
        assert!(plan.lines().any(|found| found == line), "{line}\n{plan}");
    }
    assert!(!plan.contains("looks"), "{plan}");
    let diff = scene.conductor(&["plan", "--diff"]);
    assert!(diff.out.contains("- 2\n") && diff.out.contains("+ two\n"), "{diff}");

    let changes = scene.sync(&[]);
    assert_eq!(scene.changed_since(&before), [""; 0], "{changes:?}");
    wait_until("signal", SOON, || {
        scene.exec("reload-hears-1", &["sh", "-c", "cat /tmp/heard || :"]) == "1\ntwo\nthree\n"
    });
    assert_eq!(started("reload-hears-1"), hears);
    assert_ne!(started("reload-again-1"), again);
    assert_eq!(scene.sync(&[]), [""; 0]);

    // Without the journal it happens once more, and nothing else does.
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        drop(fs::remove_file(scene.env.state().join(name)));
    }
    let again = scene.sync(&[]);
    assert!(again.iter().any(|call| call.contains("/kill?signal=SIGHUP")), "{again:?}");
    assert!(again.iter().all(|call| !call.contains("/create")), "{again:?}");
    assert_eq!(scene.changed_since(&before), [""; 0]);
    assert_eq!(scene.sync(&[]), [""; 0]);
}
