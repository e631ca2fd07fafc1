//! Services that do their work and end.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, script, services, sleeper};

/// A one-shot service that counts its runs, and a service that can read the count.
fn counting(more: &str) -> String {
    let job = script("echo run >>/runs/count", &format!("volumes: ['runs:/runs'], {more}"));
    services(&[("job", job), ("reader", sleeper("volumes: ['runs:/runs']"))])
        + "volumes: {runs: {}}\n"
}

each_engine! {
    fn a_one_shot_that_ended_well_is_not_started_again_until_its_spec_changes(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("once/compose.yaml", &counting(""))]));
        let _first = scene.sync(&[]);
        assert_eq!(scene.plan(&[]), "");
        assert_eq!(scene.sync(&[]), [""; 0]);
        assert_eq!(scene.exec("once-reader-1", &["cat", "/runs/count"]), "run\n");

        let _revision = scene.repository.commit(&[("once/compose.yaml", &counting("environment: {AGAIN: '1'}"))]);
        let _second = scene.sync(&[]);
        assert_eq!(scene.exec("once-reader-1", &["cat", "/runs/count"]), "run\nrun\n");
    }
}

each_engine! {
    fn a_one_shot_that_failed_is_told_and_started_again_when_a_person_asks(dockerd: &Dockerd) {
        let job = script("echo run >>/runs/count; test $(wc -l </runs/count) = 2", "volumes: ['runs:/runs']");
        let file = services(&[("job", job)]) + "volumes: {runs: {}}\n";
        let scene = part!(Scene::new(dockerd, &[("retry/compose.yaml", &file)]));
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("retry-job-1") && said.contains("exit code 1") && said.ends_with("[1]"), "{said}");
        let _status = scene.conductor(&["status"]).failed(1);
        let plan = scene.plan(&["retry"]);
        assert!(plan.starts_with("start retry-job-1: not running (exit code 1)"), "{plan}");
        let _second = scene.sync(&["retry"]);
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn a_service_that_is_to_stay_up_is_started_again_also_when_it_ended_well(dockerd: &Dockerd) {
        let file = services(&[("web", sleeper("restart: unless-stopped"))]);
        let scene = part!(Scene::new(dockerd, &[("stays/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        let _stopped = dockerd.docker(&["stop", "stays-web-1"]).stdout();
        assert!(scene.plan(&[]).starts_with("start stays-web-1: not running"), "{}", scene.plan(&[]));
        let _second = scene.sync(&[]);
        assert_eq!(scene.state("stays-web-1"), "running");
    }
}
