//! Data survives whatever happens to containers.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

each_engine! {
    fn data_in_a_volume_without_a_name_survives_a_recreate(dockerd: &Dockerd) {
        let image = "conductor-test/volume:1";
        let _id = images::import(dockerd, image, &["VOLUME /data"]);
        let file = |word: &str| {
            let more = format!("environment: {{WORD: {word}}}, volumes: [/more], command: [sleep, '600'], stop_signal: SIGKILL");
            services(&[("db", format!("{{image: '{image}', {more}}}"))])
        };
        let scene = part!(Scene::new(dockerd, &[("anonymous/compose.yaml", &file("one"))]));
        let _first = scene.sync(&[]);
        let _written = scene.exec("anonymous-db-1", &["sh", "-c", "echo kept >/data/file; echo more >/more/file"]);
        let before = scene.containers();
        let _revision = scene.repository.commit(&[("anonymous/compose.yaml", &file("two"))]);
        let _second = scene.sync(&[]);

        assert_eq!(scene.changed_since(&before), ["anonymous-db-1"]);
        assert_eq!(scene.exec("anonymous-db-1", &["cat", "/data/file", "/more/file"]), "kept\nmore\n");
        assert_eq!(scene.variable("anonymous-db-1", "WORD"), "two");
    }
}

each_engine! {
    fn data_in_a_named_volume_survives_its_service_and_its_declaration(dockerd: &Dockerd) {
        let with = services(&[("db", sleeper("volumes: ['kept:/data']"))]) + "volumes: {kept: {}}\n";
        let without = services(&[("web", sleeper(""))]);
        let scene = part!(Scene::new(dockerd, &[("volume/compose.yaml", &with)]));
        let _first = scene.sync(&[]);
        let _written = scene.exec("volume-db-1", &["sh", "-c", "echo kept >/data/file"]);
        let _revision = scene.repository.commit(&[("volume/compose.yaml", &without)]);
        let _second = scene.sync(&[]);
        assert_eq!(scene.names(), "volume-web-1");
        assert_eq!(dockerd.get("/volumes/volume_kept")["Labels"]["com.docker.compose.volume"], "kept");

        let _revision = scene.repository.commit(&[("volume/compose.yaml", &with)]);
        let _third = scene.sync(&[]);
        assert_eq!(scene.exec("volume-db-1", &["cat", "/data/file"]), "kept\n");
    }
}

each_engine! {
    fn changed_options_of_a_volume_are_told_and_the_volume_stays(dockerd: &Dockerd) {
        let file = |options: &str| services(&[("db", sleeper("volumes: ['kept:/data']"))]) + &format!("volumes: {{kept: {options}}}\n");
        let scene = part!(Scene::new(dockerd, &[("differs/compose.yaml", &file("{}"))]));
        let _first = scene.sync(&[]);
        let _written = scene.exec("differs-db-1", &["sh", "-c", "echo kept >/data/file"]);
        let tmpfs = "{driver_opts: {type: tmpfs, device: tmpfs}}";
        let _revision = scene.repository.commit(&[("differs/compose.yaml", &file(tmpfs))]);
        assert!(scene.plan(&[]).contains("note: "), "{}", scene.plan(&[]));
        let _second = scene.sync(&[]);
        assert_eq!(scene.exec("differs-db-1", &["cat", "/data/file"]), "kept\n");
    }
}
