//! Images of a registry with a password.

use crate::support::dockerd::Dockerd;
use crate::support::engine::{Version, each_engine};
use crate::support::images;
use crate::support::missing::part;
use crate::support::registry::Registry;
use crate::support::scene::{Scene, services};

pub(super) fn stack(image: &str, more: &str) -> String {
    let keys = format!("command: [sleep, '600'], stop_signal: SIGKILL, {more}");
    services(&[("web", format!("{{image: '{image}', {keys}}}"))])
}

/// Settings with a login for the registry.
pub(super) fn log_in(scene: &Scene, registry: &Registry, password: &str) {
    let file = scene.env.write("password", password);
    let login = format!(
        "{{host: '{}', username: {}, password_file: {}}}",
        registry.address(),
        Registry::USER,
        file.display()
    );
    scene.env.write("config.yaml", format!("registries: [{login}]\n"));
}

each_engine! {
    fn an_image_is_pulled_with_the_login_of_the_settings(dockerd: &Dockerd) {
        let registry = part!(Registry::start_in(dockerd));
        let _id = images::import(dockerd, "conductor-test/pulled:1", &["ENV PULLED=yes"]);
        let image = registry.push(dockerd, "conductor-test/pulled:1", "team/pulled:1");
        let _removed = dockerd.docker(&["rmi", &image, "conductor-test/pulled:1"]).stdout();
        let scene = part!(Scene::new(dockerd, &[("pulled/compose.yaml", &stack(&image, ""))]));

        log_in(&scene, &registry, "wrong");
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains(&format!("cannot pull image `{image}`")) && said.contains("refused access"), "{said}");
        assert!(said.contains("registries") && said.ends_with("[1]") && !said.contains("wrong"), "{said}");
        assert_eq!(scene.names(), "");

        log_in(&scene, &registry, Registry::PASSWORD);
        assert!(scene.plan(&[]).starts_with(&format!("pull image {image}: not here\n")), "{}", scene.plan(&[]));
        let said = scene.conductor(&["-vv", "sync"]);
        assert!(!said.to_string().contains(Registry::PASSWORD), "{said}");
        let _out = said.stdout();
        assert_eq!(scene.variable("pulled-web-1", "PULLED"), "yes");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn an_image_that_is_always_pulled_makes_no_changing_call_while_it_is_the_same(dockerd: &Dockerd) {
        let registry = part!(Registry::start_in(dockerd));
        let _id = images::import(dockerd, "conductor-test/always:1", &["ENV MADE=first"]);
        let image = registry.push(dockerd, "conductor-test/always:1", "team/always:1");
        let scene = part!(Scene::new(dockerd, &[("always/compose.yaml", &stack(&image, "pull_policy: always"))]));
        log_in(&scene, &registry, Registry::PASSWORD);
        let _first = scene.sync(&[]);
        let before = scene.containers();
        assert_eq!(scene.plan(&[]), "");
        assert_eq!(scene.sync(&[]), [""; 0]);

        let old = scene.inspect("always-web-1")["Image"].as_str().unwrap().to_owned();
        let _id = images::import(dockerd, "conductor-test/always:2", &["ENV MADE=second"]);
        let _pushed = registry.push(dockerd, "conductor-test/always:2", "team/always:1");
        let _back = dockerd.docker(&["tag", &old, &image]).stdout();
        let plan = scene.plan(&[]);
        assert!(plan.contains(&format!("pull image {image}: the registry has another one")), "{plan}");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["always-web-1"]);
        assert_eq!(scene.variable("always-web-1", "MADE"), "second");
    }
}

each_engine! {
    fn an_image_that_nobody_has_leaves_what_runs(dockerd: &Dockerd) {
        let registry = part!(Registry::start_in(dockerd));
        let scene = part!(Scene::new(dockerd, &[("noimage/compose.yaml", &stack(images::BUSYBOX, ""))]));
        log_in(&scene, &registry, Registry::PASSWORD);
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let missing = format!("{}/team/missing:1", registry.address());
        let _revision = scene.repository.commit(&[("noimage/compose.yaml", &stack(&missing, "environment: {A: b}"))]);
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains(&missing) && said.contains("hint: ") && said.ends_with("[1]"), "{said}");
        assert_eq!(scene.containers(), before);
        assert_eq!(scene.state("noimage-web-1"), "running");
    }
}

#[test]
fn config_names_images_by_the_digests_of_the_registry() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let registry = part!(Registry::start_in(dockerd));
    let _id = images::import(dockerd, "conductor-test/pinned:1", &["ENV PINNED=yes"]);
    let image = registry.push(dockerd, "conductor-test/pinned:1", "team/pinned:1");
    let known = dockerd.get(&format!("/images/{image}/json"))["RepoDigests"].to_string();
    let digest = &known[known.find("sha256:").unwrap()..][..71];
    let scene = part!(Scene::new(dockerd, &[("README.md", "")]));
    let file = scene.env.write("pins/compose.yaml", stack(&image, "labels: {a: b}"));
    let config = |option: &str| scene.conductor(&["config", "-f", file.to_str().unwrap(), option]);

    log_in(&scene, &registry, "wrong");
    let refused = config("--resolve-image-digests");
    assert!(
        refused.code == Some(1) && refused.err.contains(&image) && refused.err.contains("hint: "),
        "{refused}"
    );
    assert!(!refused.to_string().contains("wrong"), "{refused}");

    log_in(&scene, &registry, Registry::PASSWORD);
    let resolved = config("--resolve-image-digests").stdout();
    assert!(
        resolved.contains(&format!("    image: {image}@{digest}\n")) && resolved.contains("a: b"),
        "{resolved}"
    );
    let locked = config("--lock-image-digests").stdout();
    assert_eq!(locked, format!("services:\n  web:\n    image: {image}@{digest}\n"));
    // What was locked is an override.
    let lock = scene.env.write("pins/lock.yaml", locked);
    let both = ["config", "-f", file.to_str().unwrap(), "-f", lock.to_str().unwrap(), "--images"];
    assert_eq!(scene.conductor(&both).stdout(), format!("{image}@{digest}\n"));
}
