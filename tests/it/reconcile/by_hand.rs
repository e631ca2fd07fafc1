//! One project in place, as a person at a terminal has it: from standard input, and held to its warnings.

use std::fs::File;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::{Ran, run};
use crate::support::scene::{Scene, services, sleeper};

/// Runs a command that reads this text.
fn fed(scene: &Scene, text: &str, arguments: &[&str]) -> Ran {
    let file = scene.env.write("input", text);
    run(scene.env.command(arguments).stdin(File::open(file).unwrap()))
}

#[test]
fn a_project_from_standard_input_is_planned_and_synced() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("README.md", "")]));
    let text = services(&[("web", sleeper("environment: {A: b}"))]);
    let of = |command: &'static str| [command, "-f", "-", "-p", "piped"];
    let planned = fed(&scene, &text, &of("plan"));
    assert!(planned.code == Some(3) && planned.out.contains("create"), "{planned}");
    let _synced = fed(&scene, &text, &of("sync")).stdout();
    assert_eq!(scene.variable("piped-web-1", "A"), "b");
    let before = scene.containers();
    let _planned = fed(&scene, &text, &of("plan")).stdout();
    let _again = fed(&scene, &text, &of("sync")).stdout();
    assert_eq!(scene.containers(), before);

    let broken = fed(&scene, "services: [\n", &of("sync"));
    assert!(broken.code == Some(1) && broken.err.contains("is not valid YAML"), "{broken}");
    let empty = fed(&scene, "", &of("sync"));
    assert!(
        empty.code == Some(1) && empty.err.contains("hint: describe at least one service"),
        "{empty}"
    );
    assert_eq!(scene.containers(), before);
}

#[test]
fn with_strict_a_warning_leaves_everything_as_it_is() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("README.md", "")]));
    let file = scene
        .env
        .write("strict/compose.yaml", services(&[("web", sleeper("environment: {A: '${NOPE}'}"))]));
    let file = file.to_str().unwrap();
    insta::assert_snapshot!(scene.refused(&["sync", "--strict", "-f", file]), @r"
    ");
    insta::assert_snapshot!(scene.refused(&["plan", "--strict", "-f", file]), @r"
    ");
    let lax = scene.conductor(&["sync", "-f", file]);
    assert!(lax.code == Some(0) && lax.err.contains("the variable `NOPE` is not set"), "{lax}");
    assert_eq!(scene.names(), "strict-web-1");
}
