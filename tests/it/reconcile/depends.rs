//! The order of starts, and what services wait for.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, script, services};

const SHARED: &str = "volumes: {shared: {}}\n";

/// A service that ends badly unless the file is there when it starts.
fn needs(file: &str, condition: &str) -> String {
    let more =
        format!("depends_on: {{first: {{condition: {condition}}}}}, volumes: ['shared:/shared']");
    script(&format!("test -f {file} || exit 9; exec sleep 600"), &more)
}

each_engine! {
    fn a_service_starts_when_its_dependency_is_healthy(dockerd: &Dockerd) {
        let check = "healthcheck: {test: [CMD, test, -f, /shared/ready], interval: 300ms, retries: 30}, volumes: ['shared:/shared']";
        let first = script("sleep 0.5; touch /shared/ready; exec sleep 600", check);
        let file = services(&[("first", first), ("second", needs("/shared/ready", "service_healthy"))]) + SHARED;
        let scene = part!(Scene::new(dockerd, &[("healthy/compose.yaml", &file)]));
        let plan = scene.plan(&[]);
        assert!(plan.contains("\nwait first healthy: needed by second\nstart healthy-second-1: just created\n"), "{plan}");
        let _first = scene.sync(&[]);
        assert_eq!(scene.state("healthy-second-1"), "running");
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn a_service_starts_when_its_dependency_has_ended_well(dockerd: &Dockerd) {
        let first = script("sleep 0.5; touch /shared/migrated", "volumes: ['shared:/shared']");
        let second = needs("/shared/migrated", "service_completed_successfully");
        let file = services(&[("first", first), ("second", second)]) + SHARED;
        let scene = part!(Scene::new(dockerd, &[("completed/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        assert_eq!((scene.state("completed-first-1"), scene.state("completed-second-1")), ("exited".into(), "running".into()));
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn a_dependency_that_ends_badly_keeps_its_dependents_from_starting(dockerd: &Dockerd) {
        let first = script("exit 4", "volumes: ['shared:/shared']");
        let second = needs("/shared/x", "service_completed_successfully");
        let file = services(&[("first", first), ("second", second)]) + SHARED;
        let scene = part!(Scene::new(dockerd, &[("migrate/compose.yaml", &file)]));
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("first") && said.contains("exit code 4") && said.ends_with("[1]"), "{said}");
        assert_eq!(scene.state("migrate-second-1"), "created");

        let plan = scene.plan(&["migrate"]);
        assert!(plan.contains("start migrate-first-1: not running (exit code 4)"), "{plan}");
        assert!(plan.contains("start migrate-second-1: never started"), "{plan}");
    }
}

each_engine! {
    fn a_service_that_does_not_become_healthy_fails_the_run_with_its_name(dockerd: &Dockerd) {
        let check = "healthcheck: {test: [CMD, 'false'], interval: 300ms, retries: 2}";
        let file = services(&[("first", script("exec sleep 600", check)), ("second", needs("/", "service_healthy"))]) + SHARED;
        let scene = part!(Scene::new(dockerd, &[("sick/compose.yaml", &file)]));
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("first") && said.contains("unhealthy") && said.ends_with("[1]"), "{said}");
        assert_eq!(scene.state("sick-second-1"), "created");
    }
}

each_engine! {
    fn a_service_that_ends_badly_right_after_its_start_fails_the_run(dockerd: &Dockerd) {
        let file = services(&[("web", script("exit 7", "restart: always"))]);
        let mut scene = part!(Scene::new(dockerd, &[("loops/compose.yaml", &file)]));
        scene.env.set("CONDUCTOR_HEALTH_TIMEOUT", "2s");
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("loops-web-1") && said.ends_with("[1]"), "{said}");
    }
}
