//! The end of the daemon, asked for.

use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{Scene, services, sleeper};

/// Two services; the first takes a while to stop.
fn slow(word: &str) -> String {
    let environment = format!("environment: {{WORD: {word}}}");
    let stubborn = format!("{environment}, stop_grace_period: 2s, command: [sleep, '600']");
    services(&[
        ("a", format!("{{image: '{BUSYBOX}', {stubborn}}}")),
        ("b", sleeper(&format!("{environment}, depends_on: [a]"))),
    ])
}

#[test]
fn sigterm_in_the_middle_of_an_apply_ends_between_two_operations_and_the_next_daemon_goes_on() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "ending/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &slow("one"))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    let mut serving = Serving::start(&scene);
    serving.logs("ending changed at");

    let _before = scene.proxy.take();
    scene.repository.commit(&[(file, &slow("two"))]);
    let stops = |call: &String| call.contains("ending-a-1/stop") || call.contains("/stop");
    wait_until("stop", LIMIT, || scene.proxy.seen().iter().any(stops));
    serving.signal("TERM");
    serving.hears("STOPPING=1");
    assert_eq!(serving.ended().code(), Some(0), "{}", serving.log());
    let seen = scene.proxy.take();
    assert!(!seen.iter().any(|call| call.ends_with("/start")), "{seen:#?}");

    let next = Serving::start(&scene);
    wait_until("the next daemon's work", LIMIT, || {
        ["ending-a-1", "ending-b-1"].iter().all(|name| {
            scene.containers().contains_key(*name)
                && scene.state(name) == "running"
                && scene.inspect(name)["Config"]["Env"].to_string().contains("WORD=two")
        })
    });
    drop(next);
    let history = scene.conductor(&["history", "ending"]).stdout();
    assert!(history.contains("cancelled"), "{history}");
}

#[test]
fn a_daemon_without_an_engine_serves_and_says_so_and_ends_at_once() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[("noone/compose.yaml", &slow("one"))]));
    scene.env.set("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let mut serving = Serving::start(&scene);
    serving.hears("engine away");
    serving.logs("the engine is away");
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0), "{}", serving.log());
}
