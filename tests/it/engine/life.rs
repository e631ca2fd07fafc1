//! The life of containers, networks and volumes.

use std::time::{Duration, Instant};

use conductor::docker::Removal;
use conductor::model::desired::{Contents, CopiedFile};
use conductor::model::labels;
use conductor::model::observed::InheritedVolume;
use conductor::model::observed::{ContainerState, HealthStatus};
use conductor::model::secret::Secret;
use serde_json::json;

use super::stack::{Stack, sleeper};
use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images;

each_engine! {
    fn a_container_is_made_started_stopped_and_removed(dockerd: &Dockerd) {
        let stack = Stack::new(dockerd, "life", &json!({"services": {"web": sleeper(&json!({}))}}));
        let id = stack.create("web").unwrap();
        let made = stack.only();
        assert_eq!((made.id.as_str(), made.name.as_str()), (id.as_str(), "life-web-1"));
        assert_eq!(made.state, ContainerState::Created);
        assert!(made.details.is_some(), "a container that does not run is inspected");

        stack.run(stack.engine.start("life-web-1")).unwrap();
        stack.run(stack.engine.start("life-web-1")).unwrap();
        let up = stack.only();
        assert_eq!((up.state, up.health), (ContainerState::Running, HealthStatus::None));
        assert_eq!(up.label(labels::IMAGE), up.image_id);
        assert_eq!(up.networks["life_default"], stack.look().networks["life_default"].id);

        stack.run(stack.engine.stop(&id, Some(Duration::ZERO))).unwrap();
        stack.run(stack.engine.stop(&id, None)).unwrap();
        let down = stack.only();
        let details = down.details.unwrap();
        assert_eq!(down.state, ContainerState::Exited);
        // By the stop signal, or by the kill that follows at once.
        assert!(matches!(details.exit_code, 137 | 143), "{}", details.exit_code);
        assert_ne!(details.finished_at, "");

        stack.run(stack.engine.rename(&id, "life-web-9")).unwrap();
        assert_eq!(stack.only().name, "life-web-9");
        stack.run(stack.engine.remove(&id, Removal::Stopped)).unwrap();
        stack.run(stack.engine.remove(&id, Removal::Stopped)).unwrap();
        stack.run(stack.engine.stop(&id, None)).unwrap();
        assert_eq!(stack.look().containers, []);
    }
}

each_engine! {
    fn a_stopped_process_has_the_time_that_it_is_given(dockerd: &Dockerd) {
        let deaf = json!({"command": ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"], "init": false});
        let stack = Stack::new(dockerd, "deaf", &json!({"services": {"web": sleeper(&deaf)}}));
        let id = stack.up("web");
        let start = Instant::now();
        stack.run(stack.engine.stop(&id, Some(Duration::from_secs(1)))).unwrap();
        assert!((1..9).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
}

each_engine! {
    fn a_frozen_container_is_thawed_and_takes_signals(dockerd: &Dockerd) {
        let stack = Stack::new(dockerd, "frozen", &json!({"services": {"web": sleeper(&json!({}))}}));
        let id = stack.up("web");
        let _paused = dockerd.docker(&["pause", &id]).stdout();
        assert_eq!(stack.only().state, ContainerState::Paused);
        stack.run(stack.engine.unpause(&id)).unwrap();
        assert_eq!(stack.only().state, ContainerState::Running);
        stack.run(stack.engine.kill(&id, "SIGTERM")).unwrap();
        let ended = stack.wait(&id, |container| container.state == ContainerState::Exited);
        assert_eq!(ended.details.unwrap().exit_code, 143);
    }
}

each_engine! {
    fn a_container_joins_all_its_networks_with_its_names(dockerd: &Dockerd) {
        let model = json!({
            "services": {"web": sleeper(&json!({"networks": {
                "back": {"aliases": ["api"], "priority": 1, "ipv4_address": "10.77.0.9"},
                "front": {"aliases": ["www"]},
            }}))},
            "networks": {
                "back": {"name": "both_back", "ipam": {"config": [{"subnet": "10.77.0.0/24"}]}},
                "front": {"name": "both_front", "ipam": {}},
            },
        });
        let stack = Stack::new(dockerd, "both", &model);
        let id = stack.up("web");
        let networks = &dockerd.get(&format!("/containers/{id}/json"))["NetworkSettings"]["Networks"];
        let aliases = |network: &str| networks[network]["Aliases"].to_string();
        assert_eq!(networks["both_back"]["IPAddress"], "10.77.0.9");
        for (network, alias) in [("both_back", "api"), ("both_front", "www")] {
            for name in [alias, "web", "both-web-1"] {
                assert!(aliases(network).contains(&format!("\"{name}\"")), "{name}: {networks}");
            }
        }
        stack.run(stack.engine.disconnect("both_front", &id)).unwrap();
        assert_eq!(stack.only().networks.keys().collect::<Vec<_>>(), ["both_back"]);
    }
}

each_engine! {
    fn a_successor_inherits_the_volume_that_only_the_image_declares(dockerd: &Dockerd) {
        let image = "conductor-test/inherits:1";
        let _id = images::import(dockerd, image, &["VOLUME /data"]);
        let write = json!({"image": image, "command": ["sh", "-c", "test -e /data/kept || echo first >/data/kept; exec sleep 600"]});
        let stack = Stack::new(dockerd, "heir", &json!({"services": {"web": sleeper(&write)}}));
        let old = stack.up("web");
        let read = |name: &str| dockerd.docker(&["exec", name, "cat", "/data/kept"]);
        assert!(stack.look().images[image].volumes.contains("/data"));
        crate::support::process::wait_until("file", Duration::from_secs(20), || read(&old).code == Some(0));

        let mount = stack.only().mounts.remove(0);
        assert_eq!((mount.kind.as_str(), mount.destination.as_str()), ("volume", "/data"));
        let inherits = [InheritedVolume { target: "/data".to_owned(), volume: mount.name.clone() }];
        let new = stack.create_as("web", "0123456789ab_heir-web-1", &inherits).unwrap();
        stack.run(stack.engine.remove(&old, Removal::Forced)).unwrap();
        stack.run(stack.engine.rename(&new, "heir-web-1")).unwrap();
        stack.run(stack.engine.start(&new)).unwrap();
        assert_eq!(stack.only().mounts[0].name, mount.name);
        assert_eq!(read("heir-web-1").stdout(), "first\n");
    }
}

each_engine! {
    fn a_file_is_copied_in_with_its_owner_before_the_start(dockerd: &Dockerd) {
        let stack = Stack::new(dockerd, "copied", &json!({"services": {"web": sleeper(&json!({}))}}));
        let id = stack.create("web").unwrap();
        let file = CopiedFile {
            target: "/etc/deep/down/app.conf".to_owned(),
            contents: Contents::Secret(Secret::new(b"word".to_vec())),
            mode: 0o440,
            uid: 1000,
            gid: 33,
        };
        stack.run(stack.engine.copy_into(&id, &[file])).unwrap();
        stack.run(stack.engine.start(&id)).unwrap();
        let seen = dockerd.docker(&["exec", &id, "sh", "-c", "cat $0; stat -c ' %a %u %g' $0", "/etc/deep/down/app.conf"]);
        assert_eq!(seen.stdout(), "word 440 1000 33\n");
    }
}

each_engine! {
    fn health_is_waited_for_and_seen_in_the_list(dockerd: &Dockerd) {
        let check = json!({"healthcheck": {"test": ["CMD", "test", "-e", "/ready"], "interval": "1s", "retries": 1, "timeout": "5s"}});
        let stack = Stack::new(dockerd, "health", &json!({"services": {"web": sleeper(&check)}}));
        let id = stack.up("web");
        let _sick = stack.wait(&id, |container| container.health == HealthStatus::Unhealthy);
        assert_eq!(stack.only().health, HealthStatus::Unhealthy);
        let _ready = dockerd.docker(&["exec", &id, "touch", "/ready"]).stdout();
        let _well = stack.wait(&id, |container| container.health == HealthStatus::Healthy);
        assert_eq!(stack.only().health, HealthStatus::Healthy);
    }
}

each_engine! {
    fn a_shared_network_namespace_is_that_of_the_other_services_container(dockerd: &Dockerd) {
        let model = json!({"services": {
            "vpn": sleeper(&json!({})),
            "web": {"image": images::BUSYBOX, "command": ["sleep", "600"], "init": true, "network_mode": "service:vpn"},
        }});
        let stack = Stack::new(dockerd, "shared", &model);
        let (vpn, web) = (stack.up("vpn"), stack.up("web"));
        let host = &dockerd.get(&format!("/containers/{web}/json"))["HostConfig"];
        assert_eq!(host["NetworkMode"], format!("container:{vpn}"));
        let quiet = stack.look().containers.iter().all(|container| container.details.is_none());
        assert!(quiet, "the hash with the container's ID is recognised");
    }
}
