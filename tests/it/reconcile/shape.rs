//! Which containers there are: orphans, replicas, names, profiles.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

each_engine! {
    fn with_a_source_the_containers_of_a_removed_service_are_removed(dockerd: &Dockerd) {
        let both = services(&[("old", sleeper("")), ("web", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("gone/compose.yaml", &both)]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _revision = scene.repository.commit(&[("gone/compose.yaml", &services(&[("web", sleeper(""))]))]);
        insta::assert_snapshot!(scene.plan(&[]), @r"
        write file gone/compose.yaml: content changed (1 line)
        stop gone-old-1: no longer declared
        remove gone-old-1: no longer declared
        ");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["gone-old-1"]);
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn with_files_named_orphans_are_only_named_unless_their_removal_is_asked_for(dockerd: &Dockerd) {
        let both = services(&[("old", sleeper("")), ("web", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("orphan/compose.yaml", &both)]));
        let file = scene.repository.work().join("orphan/compose.yaml");
        let here = ["-f", file.to_str().unwrap()];
        let _first = scene.sync(&here);
        let before = scene.containers();
        std::fs::write(&file, services(&[("web", sleeper(""))])).unwrap();

        assert_eq!(scene.plan(&here), "note: no longer declared, but not removed: orphan-old-1");
        assert_eq!(scene.sync(&here), [""; 0]);
        let removing = [&here[..], &["--remove-orphans"]].concat();
        insta::assert_snapshot!(scene.plan(&removing), @r"
        stop orphan-old-1: no longer declared
        remove orphan-old-1: no longer declared
        ");
        let _removed = scene.sync(&removing);
        assert_eq!(scene.changed_since(&before), ["orphan-old-1"]);
    }
}

each_engine! {
    fn replicas_are_added_and_taken_away_and_the_others_stay(dockerd: &Dockerd) {
        let file = |replicas: u32| services(&[("web", sleeper(&format!("deploy: {{replicas: {replicas}}}")))]);
        let scene = part!(Scene::new(dockerd, &[("scale/compose.yaml", &file(1))]));
        let _one = scene.sync(&[]);
        let before = scene.containers();
        let _revision = scene.repository.commit(&[("scale/compose.yaml", &file(3))]);
        let _three = scene.sync(&[]);
        assert_eq!(scene.names(), "scale-web-1 scale-web-2 scale-web-3");
        assert_eq!(scene.changed_since(&before), ["scale-web-2", "scale-web-3"]);

        let _revision = scene.repository.commit(&[("scale/compose.yaml", &file(1))]);
        insta::assert_snapshot!(scene.plan(&[]), @r"
        write file scale/compose.yaml: content changed (1 line)
        stop scale-web-2: scaled down
        stop scale-web-3: scaled down
        remove scale-web-2: scaled down
        remove scale-web-3: scaled down
        ");
        let _one = scene.sync(&[]);
        assert_eq!(scene.containers(), before);
    }
}

each_engine! {
    fn a_container_has_the_name_that_its_service_gives_it(dockerd: &Dockerd) {
        let file = |name: &str| services(&[("web", sleeper(&format!("container_name: {name}")))]);
        let scene = part!(Scene::new(dockerd, &[("called/compose.yaml", &file("its-first-name"))]));
        let _first = scene.sync(&[]);
        assert_eq!(scene.names(), "its-first-name");
        let _revision = scene.repository.commit(&[("called/compose.yaml", &file("its-second-name"))]);
        let _second = scene.sync(&[]);
        assert_eq!(scene.names(), "its-second-name");
        assert_eq!(scene.state("its-second-name"), "running");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn a_profile_that_is_not_active_leaves_its_containers_alone(dockerd: &Dockerd) {
        let file = services(&[("web", sleeper("")), ("debug", sleeper("profiles: [debug]"))]);
        let scene = part!(Scene::new(dockerd, &[("profile/compose.yaml", &file)]));
        let file = scene.repository.work().join("profile/compose.yaml");
        let here = ["-f", file.to_str().unwrap()];
        let _without = scene.sync(&here);
        assert_eq!(scene.names(), "profile-web-1");
        let _with = scene.sync(&[&here[..], &["--profile", "debug"]].concat());
        assert_eq!(scene.names(), "profile-debug-1 profile-web-1");
        assert_eq!(scene.plan(&here), "");
        assert_eq!(scene.sync(&[&here[..], &["--remove-orphans"]].concat()), [""; 0]);
    }
}

each_engine! {
    fn a_stack_that_changes_its_names_of_services_and_keys_converges(dockerd: &Dockerd) {
        let old = services(&[("a", sleeper("")), ("b", sleeper("depends_on: [a]"))]);
        let new = services(&[("b", sleeper("depends_on: [c]")), ("c", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("turned/compose.yaml", &old)]));
        let _first = scene.sync(&[]);
        let _revision = scene.repository.commit(&[("turned/compose.yaml", &new)]);
        let _second = scene.sync(&[]);
        assert_eq!(scene.names(), "turned-b-1 turned-c-1");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}
