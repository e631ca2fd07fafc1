//! One change, one container.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

fn coloured(colour: &str) -> String {
    services(&[
        ("db", sleeper("environment: {SIZE: large}")),
        (
            "web",
            sleeper(&format!("environment: {{COLOUR: {colour}, SIZE: large}}, depends_on: [db]")),
        ),
    ])
}

each_engine! {
    fn a_changed_environment_value_replaces_one_container_and_is_never_shown(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[
            ("env/compose.yaml", &coloured("emerald-before")),
            ("env-other/compose.yaml", &services(&[("web", sleeper(""))])),
        ]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _revision = scene.repository.commit(&[("env/compose.yaml", &coloured("vermilion-after"))]);

        let plan = scene.plan(&[]);
        assert!(plan.lines().any(|line| line.ends_with("env-web-1: environment COLOUR changed")), "{plan}");
        assert!(!plan.contains("SIZE") && !plan.contains("env-db-1") && !plan.contains("env-other"), "{plan}");
        let mut said = Vec::new();
        for arguments in [&["plan"][..], &["plan", "--format", "json"], &["-vv", "sync"], &["status"]] {
            said.push(scene.conductor(arguments).to_string());
        }
        let said = said.join("\n");
        assert!(!said.contains("emerald-before") && !said.contains("vermilion-after"), "{said}");

        assert_eq!(scene.changed_since(&before), ["env-web-1"]);
        assert_eq!(scene.variable("env-web-1", "COLOUR"), "vermilion-after");
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn an_image_that_was_made_anew_under_its_name_replaces_its_containers(dockerd: &Dockerd) {
        let image = "conductor-test/anew:1";
        let _old = images::import(dockerd, image, &["ENV MADE=first"]);
        let sleeps = "command: [sleep, '600'], stop_signal: SIGKILL";
        let file = services(&[("web", format!("{{image: '{image}', {sleeps}}}")), ("db", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("anew/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let new = images::import(dockerd, image, &["ENV MADE=second"]);

        let plan = scene.plan(&[]);
        assert!(plan.contains("anew-web-1: image digest changed") && !plan.contains("anew-db-1"), "{plan}");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["anew-web-1"]);
        assert_eq!(scene.inspect("anew-web-1")["Image"], new);
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn a_commit_that_concerns_no_service_changes_nothing(dockerd: &Dockerd) {
        let file = services(&[("web", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("calm/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        let with_comment = format!("# a comment\n{file}x-note: nothing\n");
        let _revision = scene.repository.commit(&[("calm/compose.yaml", &with_comment), ("README.md", "words\n")]);
        assert_eq!(scene.sync(&[]), [""; 0]);
        let status = scene.conductor(&["status"]).stdout();
        assert!(status.contains(&scene.repository.git(&["rev-parse", "--short=12", "HEAD"])), "{status}");
    }
}

each_engine! {
    fn an_earlier_revision_is_applied_by_its_name(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("past/compose.yaml", &coloured("one"))]));
        let first = scene.repository.git(&["rev-parse", "HEAD"]);
        let _second = scene.repository.commit(&[("past/compose.yaml", &coloured("two"))]);
        let _sync = scene.sync(&[]);
        assert_eq!(scene.variable("past-web-1", "COLOUR"), "two");
        let _sync = scene.sync(&["--ref", &first]);
        assert_eq!(scene.variable("past-web-1", "COLOUR"), "one");
    }
}
