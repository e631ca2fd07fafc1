//! Beside `docker compose`: each understands what the other made, and neither makes it anew.

use std::path::Path;

use serde_json::Value;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, containers, remove_project, script, services, sleeper};

/// What people's Compose files hold: dependencies, networks, volumes, labels, ports, variables.
fn ordinary() -> String {
    let web = "depends_on: {db: {condition: service_healthy}}, networks: {front: {aliases: [www]}, back: null}, \
               ports: ['127.0.0.1::80'], environment: [A=1, 'B=two words'], labels: {com.example.owner: me}, \
               restart: unless-stopped, mem_limit: 64m, cap_drop: [ALL], ulimits: {nofile: 1024}, tmpfs: [/tmp], \
               logging: {driver: json-file, options: {max-size: 10m}}";
    let db = "networks: [back], volumes: ['data:/data'], healthcheck: {test: 'true', interval: 1s}, \
              deploy: {replicas: 2}, user: '1000:1000', working_dir: /tmp";
    services(&[("db", sleeper(db)), ("job", script("exit 0", "")), ("web", sleeper(web))])
        + "networks: {front: {}, back: {driver: bridge}}\nvolumes: {data: {}}\n"
}

/// The IDs of a project's containers.
fn ids(dockerd: &Dockerd, project: &str) -> Vec<String> {
    containers(dockerd, &format!("com.docker.compose.project={project}")).into_values().collect()
}

/// Removes the project at the end, also when the test fails.
struct Removed<'e>(&'e Dockerd, &'e str);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        remove_project(self.0, self.1);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

each_engine! {
    fn what_docker_compose_made_is_in_sync_for_conductor(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("adopted/compose.yaml", &ordinary())]));
        let _removed = Removed(dockerd, "adopted");
        let file = scene.repository.work().join("adopted/compose.yaml");
        let _up = dockerd.compose(&["-f", text(&file), "up", "-d"]).stdout();
        let before = ids(dockerd, "adopted");
        assert_eq!(before.len(), 4);

        assert_eq!(scene.plan(&["-f", text(&file)]), "");
        assert_eq!(scene.sync(&["-f", text(&file)]), [""; 0]);
        assert_eq!(ids(dockerd, "adopted"), before);
    }
}

each_engine! {
    fn a_change_after_the_adoption_replaces_just_what_changed(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("taken/compose.yaml", &ordinary())]));
        let _removed = Removed(dockerd, "taken");
        let file = scene.repository.work().join("taken/compose.yaml");
        let _up = dockerd.compose(&["-f", text(&file), "up", "-d"]).stdout();
        let before = containers(dockerd, "com.docker.compose.project=taken");
        std::fs::write(&file, ordinary().replace("A=1", "A=2")).unwrap();

        let plan = scene.plan(&["-f", text(&file)]);
        assert!(plan.contains("taken-web-1: environment A changed"), "{plan}");
        let _sync = scene.sync(&["-f", text(&file)]);
        let after = containers(dockerd, "com.docker.compose.project=taken");
        let changed: Vec<&String> = after.iter().filter(|(name, id)| before.get(*name) != Some(id)).map(|(name, _)| name).collect();
        assert_eq!((changed, after.len()), (vec![&"taken-web-1".to_owned()], 4));
        assert_eq!(scene.variable("taken-web-1", "A"), "2");
    }
}

each_engine! {
    fn docker_compose_recreates_nothing_that_conductor_made_in_place(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("made/compose.yaml", &ordinary())]));
        let file = scene.repository.work().join("made/compose.yaml");
        let _sync = scene.sync(&["-f", text(&file)]);
        let before = scene.containers();
        assert_eq!(before.len(), 4);
        let up = dockerd.compose(&["-f", text(&file), "up", "-d"]);
        assert!(!up.err.contains("Recreate"), "{up}");
        assert!(scene.changed_since(&before).is_empty(), "{up}");
        assert_eq!(scene.plan(&["-f", text(&file)]), "");
    }
}

each_engine! {
    fn docker_compose_recreates_nothing_that_conductor_made_from_git(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("stacks/laid/compose.yaml", &ordinary()), ("stacks/laid/.env", "X=1\n")]));
        let _sync = scene.sync(&[]);
        let before = scene.containers();
        let file = scene.work("laid").join("stacks/laid/compose.yaml");
        let up = dockerd.compose(&["-f", text(&file), "up", "-d"]);
        assert!(!up.err.contains("Recreate"), "{up}");
        assert!(scene.changed_since(&before).is_empty(), "{up}");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn docker_compose_lists_shows_stops_and_removes_what_conductor_made(dockerd: &Dockerd) {
        let serve = script("echo a line of the log; exec sleep 600", "");
        let scene = part!(Scene::new(dockerd, &[("listed/compose.yaml", &services(&[("web", serve), ("db", sleeper(""))]))]));
        let _sync = scene.sync(&[]);
        let list = |out: String| -> Vec<String> {
            let projects: Value = serde_json::from_str(&out).unwrap();
            let line = |project: &Value| format!("{} {}", project["Name"].as_str().unwrap(), project["Status"].as_str().unwrap());
            projects.as_array().unwrap().iter().map(line).collect()
        };
        let expected = "listed running(2)".to_owned();
        assert!(list(dockerd.docker(&["compose", "ls", "--format", "json"]).stdout()).contains(&expected));
        assert!(list(dockerd.compose(&["ls", "--format", "json"]).stdout()).contains(&expected));
        for ran in [dockerd.docker(&["compose", "-p", "listed", "ps", "--services"]), dockerd.compose(&["-p", "listed", "ps", "--services"])] {
            assert_eq!(ran.stdout(), "db\nweb\n");
        }
        let logs = dockerd.compose(&["-p", "listed", "logs", "--no-color"]).stdout();
        assert_eq!(logs, "web-1  | a line of the log\n");

        let _stopped = dockerd.compose(&["-p", "listed", "stop"]).stdout();
        assert_eq!(scene.state("listed-db-1"), "exited");
        let _sync = scene.sync(&[]);
        assert_eq!(scene.state("listed-db-1"), "running");
        let _down = dockerd.compose(&["-p", "listed", "down"]).stdout();
        assert_eq!(scene.names(), "");
        assert_eq!(dockerd.send("GET /networks/listed_default", None).unwrap().status, 404);
    }
}
