//! Files of the repository that containers mount, and the data beside them.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, script, services, sleeper, tree};

/// A service with a configuration file, a directory of files and a directory of data, and one without any.
fn server() -> String {
    let volumes = "volumes: ['./site.conf:/etc/site.conf:ro', './www:/www:ro', './data:/data']";
    let serve = "echo kept >>/data/kept; exec sleep 600";
    services(&[("web", script(serve, volumes)), ("db", sleeper(""))])
}

each_engine! {
    fn a_changed_configuration_file_is_written_in_place_and_replaces_its_container(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[
            ("stacks/conf/compose.yaml", &server()),
            ("stacks/conf/site.conf", "port 80\n"),
            ("stacks/conf/www/index.html", "one\n"),
            ("stacks/conf/unused.txt", "not mounted\n"),
        ]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let laid_out = scene.work("conf").join("stacks/conf/site.conf");
        let inode = fs::metadata(&laid_out).unwrap().ino();
        let _revision = scene.repository.commit(&[("stacks/conf/site.conf", "port 8080\n")]);

        let plan = scene.plan(&[]);
        assert!(plan.starts_with("write file stacks/conf/site.conf: content changed (1 line)\n"), "{plan}");
        assert!(plan.contains("conf-web-1: file stacks/conf/site.conf changed"), "{plan}");
        assert!(!plan.contains("conf-db-1"), "{plan}");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["conf-web-1"]);
        assert_eq!(scene.exec("conf-web-1", &["cat", "/etc/site.conf"]), "port 8080\n");
        assert_eq!(fs::metadata(&laid_out).unwrap().ino(), inode);
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn the_work_directory_holds_tracked_files_only_and_data_stays_in_it(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[
            ("stacks/lay/compose.yaml", &server()),
            ("stacks/lay/site.conf", "port 80\n"),
            ("stacks/lay/www/index.html", "one\n"),
            ("stacks/lay/www/old.html", "old\n"),
            ("stacks/lay/unused.txt", "not mounted\n"),
        ]));
        let _first = scene.sync(&[]);
        insta::assert_snapshot!(tree(&scene.work("lay")), @r"
        stacks/lay/compose.yaml
        stacks/lay/data/kept
        stacks/lay/site.conf
        stacks/lay/www/index.html
        stacks/lay/www/old.html
        ");
        fs::write(scene.work("lay").join("stacks/lay/www/mine.txt"), "by hand\n").unwrap();
        scene.repository.remove("stacks/lay/www/old.html");
        let _revision = scene.repository.commit(&[("stacks/lay/www/new.html", "new\n")]);
        let _second = scene.sync(&[]);

        insta::assert_snapshot!(tree(&scene.work("lay")), @r"
        stacks/lay/compose.yaml
        stacks/lay/data/kept
        stacks/lay/site.conf
        stacks/lay/www/index.html
        stacks/lay/www/mine.txt
        stacks/lay/www/new.html
        ");
        assert_eq!(scene.exec("lay-web-1", &["ls", "/www"]), "index.html\nmine.txt\nnew.html\n");
        assert_eq!(scene.exec("lay-web-1", &["cat", "/data/kept"]), "kept\nkept\n");
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn a_file_that_an_application_rewrote_is_told_and_stays_until_a_revision_changes_it(dockerd: &Dockerd) {
        let volumes = "volumes: ['./app.conf:/etc/app.conf']";
        let file = services(&[("app", sleeper(volumes))]);
        let scene = part!(Scene::new(dockerd, &[("drift/compose.yaml", &file), ("drift/app.conf", "as committed\n")]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _written = scene.exec("drift-app-1", &["sh", "-c", "echo by the application >/etc/app.conf"]);

        let plan = scene.plan(&[]);
        assert!(plan.starts_with("note: ") && plan.contains("drift/app.conf") && plan.lines().count() == 1, "{plan}");
        assert_eq!(scene.sync(&[]), [""; 0]);
        assert_eq!(scene.exec("drift-app-1", &["cat", "/etc/app.conf"]), "by the application\n");
        assert!(scene.changed_since(&before).is_empty());

        let _revision = scene.repository.commit(&[("drift/app.conf", "committed again\n")]);
        let _third = scene.sync(&[]);
        assert_eq!(scene.exec("drift-app-1", &["cat", "/etc/app.conf"]), "committed again\n");
    }
}

each_engine! {
    fn configs_reach_containers_from_files_and_from_the_compose_file_itself(dockerd: &Dockerd) {
        let configs = |inline: &str| {
            let web = sleeper("configs: [{source: inline, target: /etc/inline.conf, mode: 0400}, plain]");
            let top = format!("configs: {{inline: {{content: '{inline}'}}, plain: {{file: ./plain.conf}}}}\n");
            services(&[("web", web)]) + &top
        };
        let scene = part!(Scene::new(dockerd, &[
            ("configs/compose.yaml", &configs("from the file")), ("configs/plain.conf", "plain\n"),
        ]));
        let _first = scene.sync(&[]);
        assert_eq!(scene.exec("configs-web-1", &["cat", "/etc/inline.conf"]), "from the file");
        assert_eq!(scene.exec("configs-web-1", &["stat", "-c", "%a", "/etc/inline.conf"]), "400\n");
        assert_eq!(scene.exec("configs-web-1", &["cat", "/plain"]), "plain\n");
        assert_eq!(scene.sync(&[]), [""; 0]);

        let before = scene.containers();
        let _revision = scene.repository.commit(&[("configs/compose.yaml", &configs("changed"))]);
        assert!(scene.plan(&[]).contains("configs-web-1: config inline changed"), "{}", scene.plan(&[]));
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["configs-web-1"]);
        assert_eq!(scene.exec("configs-web-1", &["cat", "/etc/inline.conf"]), "changed");
    }
}
