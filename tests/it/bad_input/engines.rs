//! What the engine, or what is around it, does not let happen.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

each_engine! {
    fn the_engine_is_not_there(dockerd: &Dockerd) {
        let mut scene = part!(Scene::new(dockerd, &[("away/compose.yaml", &services(&[("web", sleeper(""))]))]));
        scene.env.set("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        for command in ["sync", "plan"] {
            insta::allow_duplicates! { insta::assert_snapshot!(scene.refused(&[command]), @r"
            ! error: cannot reach the engine: no socket at `/nonexistent/docker.sock`
            !
            ! hint: start Docker (`systemctl start docker`), or name its socket in `DOCKER_HOST`
            [1]
            ") }
        }
        let refusing = scene.env.write("docker.sock", "");
        scene.env.set("DOCKER_HOST", &format!("unix://{}", refusing.display()));
        insta::assert_snapshot!(scene.refused(&["sync"]), @r"
        ! error: cannot reach the engine at `unix://[ENV]/docker.sock`
        !   cause: Connection refused (os error 111)
        !
        ! hint: see whether Docker runs: `systemctl status docker`
        [1]
        ");
    }
}

each_engine! {
    fn a_port_is_taken(dockerd: &Dockerd) {
        let _id = dockerd.docker(&["run", "-d", "--name", "listens", "-p", "18090:80", BUSYBOX, "sleep", "600"]).stdout();
        let file = services(&[("db", sleeper("")), ("web", sleeper("ports: ['18090:80'], depends_on: [db]"))]);
        let scene = part!(Scene::new(dockerd, &[("busy/compose.yaml", &file)]));
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("error: ") && said.contains("cannot start container `busy-web-1`: port 18090 is taken"), "{said}");
        assert!(said.contains("hint: find who listens there") && said.ends_with("[1]"), "{said}");
        assert_eq!(scene.state("busy-db-1"), "running");

        let _id = dockerd.docker(&["rm", "-f", "listens"]).stdout();
        let _next = scene.sync(&[]);
        assert_eq!(scene.state("busy-web-1"), "running");
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn a_directory_to_mount_is_not_there(dockerd: &Dockerd) {
        let mount = "volumes: [{type: bind, source: /nonexistent/data, target: /data, bind: {create_host_path: false}}]";
        let scene = part!(Scene::new(dockerd, &[("nomount/compose.yaml", &services(&[("web", sleeper(mount))]))]));
        let said = scene.said(&scene.conductor(&["sync"]));
        assert!(said.contains("there is no `/nonexistent/data` to mount") && said.ends_with("[1]"), "{said}");
    }
}

each_engine! {
    fn secrets_have_no_memory_to_be_in(dockerd: &Dockerd) {
        let file = services(&[("web", sleeper("secrets: [db]"))]) + "secrets: {db: {file: ./db.txt}}\n";
        let mut scene = part!(Scene::new(dockerd, &[("disk/compose.yaml", &file), ("disk/db.txt", "plain\n")]));
        let disk = scene.env.path("on-disk");
        std::fs::create_dir(&disk).unwrap();
        scene.env.set("CONDUCTOR_RUNTIME_DIR", &disk.display());
        // As a user who may not mount anything.
        let ran = scene.env.within("exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"", &["sync"]);
        assert!(ran.code == Some(1) && ran.err.contains("is not on a tmpfs, and secrets must not reach a disk"), "{ran}");
        assert_eq!(scene.names(), "");
    }
}
