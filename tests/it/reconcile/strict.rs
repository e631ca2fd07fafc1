//! One project in place, held to its warnings.

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

#[test]
fn with_strict_a_warning_leaves_everything_as_it_is() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let scene = part!(Scene::new(dockerd, &[("README.md", "")]));
    let file = scene
        .env
        .write("strict/compose.yaml", services(&[("web", sleeper("environment: {A: '${NOPE}'}"))]));
    let file = file.to_str().unwrap();
    insta::assert_snapshot!(scene.refused(&["sync", "--strict", "-f", file]), @r"
    STACK   OUTCOME  OPERATIONS  REVISION   SOURCE
    strict  blocked  -           directory  [ENV]/strict
    ! error: strict: `[ENV]/strict/compose.yaml:2:106`: the variable `NOPE` is not set; it counts as blank
    !       |
    !     2 | test/busybox:1, command: [sleep, '600'], stop_signal: SIGKILL, environment: {A: '${NOPE}'}}
    !       |                                                                                 ^
    !
    ! hint: set it in `.env` or in an env file, or give it a default: `${NAME:-default}`
    [1]
    ");
    insta::assert_snapshot!(scene.refused(&["plan", "--strict", "-f", file]), @r"
    strict is blocked ([ENV]/strict)
    ! error: strict: `[ENV]/strict/compose.yaml:2:106`: the variable `NOPE` is not set; it counts as blank
    !       |
    !     2 | test/busybox:1, command: [sleep, '600'], stop_signal: SIGKILL, environment: {A: '${NOPE}'}}
    !       |                                                                                 ^
    !
    ! hint: set it in `.env` or in an env file, or give it a default: `${NAME:-default}`
    [1]
    ");
    let lax = scene.conductor(&["sync", "-f", file]);
    assert!(lax.code == Some(0) && lax.err.contains("the variable `NOPE` is not set"), "{lax}");
    assert_eq!(scene.names(), "strict-web-1");
}
