//! The first run, the one after it, and what happens to containers behind Conductor's back.

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, script, services, sleeper, tree};

/// Three stacks: a web server with a file, an application that waits for its database, and a one-shot service.
fn three(prefix: &str) -> Vec<(String, String)> {
    let web = script("exec httpd -f -p 80 -h /www", "volumes: ['./www:/www:ro']");
    let healthy = "healthcheck: {test: [CMD, 'true'], interval: 1s}";
    let app = [
        ("db", sleeper(healthy)),
        ("app", sleeper("depends_on: {db: {condition: service_healthy}}, init: true")),
    ];
    vec![
        (format!("{prefix}-web/compose.yaml"), services(&[("web", web)])),
        (format!("{prefix}-web/www/index.html"), "hello\n".to_owned()),
        (format!("{prefix}-app/docker-compose.yml"), services(&app)),
        (format!("{prefix}-job/compose.yml"), services(&[("job", script("exit 0", ""))])),
    ]
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect()
}

/// Project, health and services of what `status` tells.
fn status(scene: &Scene) -> String {
    let answer = scene.conductor(&["status", "--format", "json"]).stdout();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let mut lines = Vec::new();
    for stack in answer["stacks"].as_array().unwrap() {
        for service in stack["services"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (project, name) = (text(&stack["project"]), text(&service["service"]));
            lines.push(format!(
                "{project} {name} {} {}",
                text(&service["state"]),
                text(&service["health"])
            ));
        }
    }
    lines.join("\n")
}

each_engine! {
    fn a_first_run_brings_three_stacks_up_and_a_second_changes_nothing(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &borrowed(&three("one"))));
        insta::assert_snapshot!(scene.plan(&["one-job"]), @r"
        write file one-job/compose.yml: not there
        create network one-job_default: not there
        create one-job-job-1: no container
        start one-job-job-1: just created
        wait job up: must be up
        ");
        let first = scene.sync(&[]);

        let creates = first.iter().filter(|call| call.starts_with("POST /containers/create?")).count();
        assert_eq!(creates, 4, "{first:#?}");
        assert_eq!(scene.names(), "one-app-app-1 one-app-db-1 one-job-job-1 one-web-web-1");
        insta::assert_snapshot!(status(&scene), @r"
        one-app app running healthy
        one-app db running healthy
        one-job job exited (0) healthy
        one-web web running healthy
        ");
        let page = scene.exec("one-web-web-1", &["wget", "-qO-", "http://127.0.0.1/"]);
        assert_eq!(page, "hello\n");

        assert_eq!(scene.sync(&[]), [""; 0]);
        assert_eq!(scene.plan(&[]), "");
        let said = scene.conductor(&["plan"]).stdout();
        for project in ["one-app", "one-job", "one-web"] {
            assert!(said.contains(&format!("{project} is in sync")), "{said}");
        }
    }
}

each_engine! {
    fn a_directory_is_used_in_place_and_never_written_to(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &borrowed(&three("dir"))));
        let directory = scene.repository.work();
        let here = ["--source", directory.to_str().unwrap()];
        let before = tree(&directory);
        let _first = scene.sync(&here);

        assert_eq!(scene.names(), "dir-app-app-1 dir-app-db-1 dir-job-job-1 dir-web-web-1");
        assert_eq!(tree(&directory), before);
        let source = scene.inspect("dir-web-web-1")["Mounts"][0]["Source"].clone();
        assert_eq!(source, directory.join("dir-web/www").display().to_string());
        assert_eq!(scene.sync(&here), [""; 0]);
        assert_eq!(scene.plan(&here), "");
    }
}

each_engine! {
    fn what_was_stopped_or_removed_is_brought_back(dockerd: &Dockerd) {
        let pair = [("a", sleeper("")), ("b", sleeper("")), ("c", sleeper(""))];
        let scene = part!(Scene::new(dockerd, &[("back/compose.yaml", &services(&pair))]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _stopped = dockerd.docker(&["stop", "back-a-1"]).stdout();
        let _removed = dockerd.docker(&["rm", "-f", "back-b-1"]).stdout();

        insta::assert_snapshot!(scene.plan(&[]), @r"
        create back-b-1: no container
        start back-a-1: not running (exit code 137)
        start back-b-1: just created
        wait a up: must be up
        wait b up: must be up
        ");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["back-b-1"]);
        assert_eq!((scene.state("back-a-1"), scene.state("back-b-1")), ("running".into(), "running".into()));
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn one_stack_alone_is_brought_up_by_its_name_or_its_path(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[
            ("deep/alone-a/compose.yaml", &services(&[("web", sleeper(""))])),
            ("deep/alone-b/compose.yaml", &services(&[("web", sleeper(""))])),
        ]));
        let _a = scene.sync(&["alone-a"]);
        assert_eq!(scene.names(), "alone-a-web-1");
        let _b = scene.sync(&["deep/alone-b"]);
        assert_eq!(scene.names(), "alone-a-web-1 alone-b-web-1");
        let stacks = scene.conductor(&["stacks", "--format", "json"]).stdout();
        let stacks: Value = serde_json::from_str(&stacks).unwrap();
        let project = |index: usize| stacks["stacks"][index]["project"].as_str().unwrap().to_owned();
        assert_eq!((project(0), project(1)), ("alone-a".to_owned(), "alone-b".to_owned()));
    }
}

each_engine! {
    fn without_waiting_a_service_that_is_never_healthy_is_started_and_left_alone(dockerd: &Dockerd) {
        let never = sleeper("healthcheck: {test: [CMD, 'false'], interval: 1s, retries: 1}");
        let scene = part!(Scene::new(dockerd, &[("nowait/compose.yaml", &services(&[("web", never)]))]));
        let _first = scene.sync(&["--no-wait"]);
        assert_eq!(scene.state("nowait-web-1"), "running");
        assert_eq!(scene.sync(&["--no-wait"]), [""; 0]);
    }
}
