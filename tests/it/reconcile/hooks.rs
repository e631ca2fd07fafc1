//! Hooks of services: before the first start, after each start, before each stop.

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

/// A hook that adds a word to a file which outlives containers.
fn notes(word: &str) -> String {
    format!("[{{command: [sh, -c, 'echo {word} >> /marks/log']}}]")
}

/// A service with a hook of each kind, and a variable of this value.
fn hooked(value: &str) -> String {
    let keys = format!(
        "scale: 1, volumes: ['marks:/marks'], environment: {{A: {value}}}, pre_start: {}, post_start: {}, pre_stop: {}",
        notes("before"),
        notes("started"),
        notes("stops")
    );
    let other = sleeper("volumes: ['marks:/marks']");
    services(&[("web", sleeper(&keys)), ("other", other)]) + "volumes: {marks: {}}\n"
}

#[test]
fn hooks_run_at_their_moments() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("hooked/compose.yaml", &hooked("one"))]));
    let log = || scene.exec("hooked-other-1", &["cat", "/marks/log"]).replace('\n', " ");
    let _first = scene.sync(&[]);
    assert_eq!(log(), "before started ");
    assert_eq!(scene.sync(&[]), [""; 0]);

    let _revision = scene.repository.commit(&[("hooked/compose.yaml", &hooked("two"))]);
    let _second = scene.sync(&[]);
    // A container that is replaced is not prepared for its stop, as with `docker compose up`.
    assert_eq!(log(), "before started before started ");
    assert_eq!(scene.plan(&[]), "");

    let scaled = hooked("two").replace("scale: 1", "scale: 0");
    let _revision = scene.repository.commit(&[("hooked/compose.yaml", &scaled)]);
    let _third = scene.sync(&[]);
    assert_eq!(scene.names(), "hooked-other-1");
    assert_eq!(log(), "before started before started stops ");
}

#[test]
fn a_hook_that_fails_ends_the_run_there() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let fails = |kind: &str| {
        let web = format!("{kind}: [{{command: [sh, -c, 'exit 3']}}]");
        services(&[("web", sleeper(&web)), ("after", sleeper("depends_on: [web]"))])
    };
    let files = [
        ("hook-before/compose.yaml", fails("pre_start")),
        ("hook-started/compose.yaml", fails("post_start")),
    ];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let scene = part!(Scene::new(dockerd, &files));
    let said = scene.said(&scene.conductor(&["sync"]));
    assert!(said.ends_with("[1]"), "{said}");
    for (project, kind) in [("hook-before", "pre_start"), ("hook-started", "post_start")] {
        let about = format!("{project}: ");
        let line =
            said.lines().find(|line| line.contains(&about)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains(kind) && line.contains("`web`"), "{said}");
        let after = scene.containers().keys().any(|name| *name == format!("{project}-after-1"));
        assert!(!after || scene.state(&format!("{project}-after-1")) != "running", "{said}");
    }
    assert_eq!(said.matches("ended with exit code 3").count(), 2, "{said}");
}
