//! SIGKILL at any moment.

use std::time::Duration;

use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{Scene, services, sleeper};

/// How often, unless the environment says otherwise.
const TIMES: u64 = 8;

fn three(word: u64) -> String {
    let given = |more: &str| sleeper(&format!("environment: {{WORD: '{word}'}}, {more}"));
    services(&[
        ("a", given("volumes: [/data]")),
        ("b", given("depends_on: [a]")),
        ("c", given("depends_on: [b]")),
    ])
}

#[test]
fn a_daemon_that_is_killed_at_any_moment_goes_on_where_it_was() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "slain/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &three(0))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    scene.env.set("CONDUCTOR_SETTLING", "50ms");
    let times = std::env::var("CONDUCTOR_TESTS_KILLS").ok().and_then(|text| text.parse().ok());
    let times = times.unwrap_or(TIMES);
    for round in 1..=times {
        scene.repository.commit(&[(file, &three(round))]);
        let mut serving = Serving::begin(&scene);
        // Another moment each time, spread over what a start and a run take.
        std::thread::sleep(Duration::from_millis(100 + round * 373 % 2500));
        serving.signal("KILL");
        assert_eq!(serving.ended().code(), None);
        // The journal opens.
        let _history = scene.conductor(&["history"]).stdout();
    }
    let _serving = Serving::start(&scene);
    let wanted = format!("WORD={times}\"");
    wait_until("convergence", LIMIT, || {
        scene.names() == "slain-a-1 slain-b-1 slain-c-1"
            && ["slain-a-1", "slain-b-1", "slain-c-1"].iter().all(|name| {
                scene.state(name) == "running"
                    && scene.inspect(name)["Config"]["Env"].to_string().contains(&wanted)
            })
    });
    let history = scene.conductor(&["history", "slain"]).stdout();
    assert!(!history.contains("damaged"), "{history}");
}
