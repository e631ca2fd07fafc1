//! Polling, drift, and settings that change.

use std::time::{Duration, Instant};

use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::git_server::GitHttps;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::repository::Repository;
use crate::support::scene::{Scene, services, sleeper};

fn word(word: &str) -> String {
    services(&[("web", sleeper(&format!("environment: {{WORD: '{word}'}}")))])
}

/// Waits until a service has this word.
fn has(scene: &Scene, container: &str, word: &str) {
    wait_until(&format!("{word} in {container}"), LIMIT, || {
        // Between two looks a container may make way for another.
        let known = scene.look(container).unwrap_or_default();
        known["State"]["Status"] == "running"
            && known["Config"]["Env"].to_string().contains(&format!("WORD={word}"))
    });
}

#[test]
fn a_push_to_a_server_is_deployed_by_the_next_poll_and_an_unchanged_revision_asks_the_engine_nothing()
 {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let files = [("polla/compose.yaml", word("one")), ("pollb/compose.yaml", word("one"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let mut scene = part!(Scene::new(dockerd, &files));
    let server = part!(GitHttps::serve(part!(Repository::with(&files))));
    let token = scene.env.write("token", GitHttps::PASSWORD);
    scene.env.set("CONDUCTOR_SOURCE_URL", &server.url());
    scene.env.set("CONDUCTOR_SOURCE_USERNAME", GitHttps::USER);
    scene.env.set("CONDUCTOR_SOURCE_TOKEN_FILE", &token.display());
    scene.env.set("CONDUCTOR_SOURCE_CA_FILE", &server.ca().display());
    scene.env.set("CONDUCTOR_POLL", "1s");
    let serving = Serving::start(&scene);
    has(&scene, "polla-web-1", "one");
    has(&scene, "pollb-web-1", "one");

    let before = scene.containers();
    server.repository.commit(&[("pollb/compose.yaml", &word("two"))]);
    has(&scene, "pollb-web-1", "two");
    assert_eq!(scene.changed_since(&before), ["pollb-web-1"]);
    serving.logs("pollb changed at");

    // It comes to rest: then several polls ask the engine nothing.
    let mut since = Instant::now();
    wait_until("rest", LIMIT, || {
        if !scene.proxy.take().is_empty() {
            since = Instant::now();
        }
        since.elapsed() > Duration::from_secs(4)
    });
    println!("{} KiB resident", serving.resident());
}

#[test]
fn what_dies_by_itself_is_brought_back() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[("drifts/compose.yaml", &word("one"))]));
    scene.env.set("CONDUCTOR_POLL", "0");
    let serving = Serving::start(&scene);
    has(&scene, "drifts-web-1", "one");
    serving.logs("drifts changed at");
    let before = scene.containers();
    let _removed = dockerd.docker(&["rm", "--force", "drifts-web-1"]).stdout();
    wait_until("another container", LIMIT, || {
        scene.containers().get("drifts-web-1").is_some_and(|id| *id != before["drifts-web-1"])
    });
    has(&scene, "drifts-web-1", "one");
    serving.logs("changed without us");
    wait_until("the journal's word of it", LIMIT, || {
        let told = scene.conductor(&["history", "--events", "drifts"]).out;
        told.contains("drift") && told.contains("drifts-web-1")
    });
}

#[test]
fn settings_are_read_again_and_wrong_ones_leave_the_old_ones() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[("reread/compose.yaml", &word("one"))]));
    scene.env.set("CONDUCTOR_POLL", "0");
    let serving = Serving::start(&scene);
    has(&scene, "reread-web-1", "one");
    scene.repository.commit(&[("reread/compose.yaml", &word("two"))]);

    scene.env.write("config.yaml", "limits: {stacks: none}\n");
    serving.signal("HUP");
    serving.hears("RELOADING=1");
    serving.logs("the settings stay as they were");

    // A reload asks the sources.
    scene.env.write("config.yaml", "limits: {stacks: 2}\n");
    serving.signal("HUP");
    has(&scene, "reread-web-1", "two");
    serving.logs("the settings were read again");
}

#[test]
fn a_second_daemon_is_refused_and_one_without_sources_too() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let mut scene = part!(Scene::new(dockerd, &[("second/compose.yaml", &word("one"))]));
    let _serving = Serving::start(&scene);
    let said = scene.conductor(&["serve"]).failed(1);
    assert!(said.contains("another daemon has this state directory"), "{said}");
    scene.env.set("CONDUCTOR_SOURCE_URL", "");
    let said = scene.conductor(&["serve"]).failed(2);
    assert!(said.contains("no source is configured"), "{said}");
}

#[test]
fn a_fix_does_not_wait_for_the_health_of_the_revision_that_it_mends() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "fixed/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &word("one"))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    scene.env.set("CONDUCTOR_HEALTH_TIMEOUT", "20m");
    let serving = Serving::start(&scene);
    serving.logs("fixed changed at");
    // It is never known to be well or ill.
    let endless = "environment: {WORD: two}, healthcheck: {test: ['CMD', 'true'], interval: 1h}";
    scene.repository.commit(&[(file, &services(&[("web", sleeper(endless))]))]);
    has(&scene, "fixed-web-1", "two");
    scene.repository.commit(&[(file, &word("three"))]);
    has(&scene, "fixed-web-1", "three");
    serving.logs("fixed superseded at");
    wait_until("the end", LIMIT, || serving.log().matches("fixed changed at").count() == 2);
    let history = scene.conductor(&["history", "fixed"]).stdout();
    assert!(!history.contains("rolled back"), "{history}");
}
