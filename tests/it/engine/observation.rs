//! What an observation tells, and what it does not ask for.

use conductor::docker::check;
use conductor::model::labels;
use conductor::model::name::ServiceName;
use conductor::model::settings::settings;
use serde_json::{Value, json};

use super::stack::{Stack, sleeper};
use crate::support::dockerd::Dockerd;
use crate::support::engine::{Version, each_engine};
use crate::support::env::Env;
use crate::support::images::{self, BUSYBOX};
use crate::support::missing::part;

/// A service with many keys, at home on any Linux engine.
fn rich(image: &str) -> Value {
    json!({
        "image": image, "command": ["sleep", "600"], "hostname": "box", "domainname": "lan",
        "init": true, "environment": {"A": "1", "B": ""}, "labels": {"app": "blog"},
        "cap_add": ["NET_ADMIN"], "cap_drop": ["cap_chown"], "dns_search": ["lan"], "dns": ["10.0.0.1"],
        "extra_hosts": ["nas=10.0.0.2"], "group_add": ["44"], "restart": "on-failure:3", "read_only": true,
        "mem_limit": "52428800", "pids_limit": 100, "stop_grace_period": "5s", "stop_signal": "SIGINT",
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"}, "tmpfs": ["/tmp:size=1m"],
        "ulimits": {"nofile": {"soft": 1000, "hard": 2000}}, "user": "1000:33", "working_dir": "/tmp",
        "ports": [{"mode": "ingress", "target": 80, "published": "18080", "protocol": "tcp", "host_ip": "127.0.0.1"}],
        "expose": ["9000"], "security_opt": ["no-new-privileges:true"], "shm_size": "1048576",
        "healthcheck": {"test": ["CMD", "true"], "interval": "30s", "timeout": "5s", "retries": 3, "start_period": "1s"},
        "logging": {"driver": "json-file", "options": {"max-size": "1m"}}, "cpus": 0.5,
        "networks": {"default": {"aliases": ["www"]}},
        "volumes": [
            {"type": "bind", "source": "/tmp", "target": "/host/", "read_only": true, "bind": {}},
            {"type": "volume", "source": "data", "target": "/data", "volume": {}},
            {"type": "volume", "target": "/scratch", "volume": {}},
        ],
    })
}

each_engine! {
    fn what_was_just_made_has_not_diverged_and_is_not_asked_about_again(dockerd: &Dockerd) {
        let image = "conductor-test/rich:1";
        let changes = ["VOLUME /own", "LABEL maker=us", "ENV PATH=/bin", "CMD [\"true\"]", "ENTRYPOINT [\"nice\"]"];
        let _id = images::import(dockerd, image, &changes);
        let stack = Stack::new(dockerd, "rich", &json!({"services": {"web": rich(image)}, "volumes": {"data": {"name": "rich_data"}}}));
        check(&stack.desired, stack.engine.info()).unwrap();
        let _id = stack.create("web").unwrap();
        let observed = stack.look();
        let details = observed.containers[0].details.clone().unwrap();
        let service = ServiceName::parse("web").unwrap();
        let wanted = settings(&stack.desired, &service, observed.images.get(image));
        for (key, value) in &wanted {
            assert_eq!(details.settings.get(key), Some(value), "{key}");
        }
        for key in ["command", "entrypoint", "volumes", "networks", "ports", "labels.maker", "labels.app"] {
            assert!(wanted.contains_key(key), "{key} is comparable");
        }
        assert!(details.env.contains(&"A=1".to_owned()) && observed.images[image].env == ["PATH=/bin"]);

        stack.run(stack.engine.start("rich-web-1")).unwrap();
        assert_eq!(stack.only().details, None);
        assert!(observed.volumes["rich_data"].labels.contains_key(labels::VOLUME));
    }
}

each_engine! {
    fn a_changed_setting_is_inspected_and_can_be_named(dockerd: &Dockerd) {
        let mut stack = Stack::new(dockerd, "named", &json!({"services": {"web": sleeper(&json!({}))}}));
        let _id = stack.up("web");
        let name = ServiceName::parse("web").unwrap();
        stack.desired.project.services.get_mut(&name).unwrap().command = Some(vec!["true".to_owned()]);
        let observed = stack.look();
        let has = observed.containers[0].details.clone().unwrap().settings;
        let wanted = settings(&stack.desired, &name, observed.images.get(BUSYBOX));
        let changed: Vec<_> = wanted.iter().filter(|(key, value)| has.get(*key) != Some(value)).collect();
        assert_eq!(changed, [(&"command".to_owned(), &"[\"true\"]".to_owned())]);
    }
}

each_engine! {
    fn what_compose_made_is_recognised_without_an_inspection(dockerd: &Dockerd) {
        let env = Env::on(dockerd);
        let service = format!("{{image: '{BUSYBOX}', command: [sleep, '600'], init: true, volumes: ['/tmp:/host']}}");
        let file = env.write("work/compose.yaml", format!("services: {{web: {service}}}\n"));
        let _up = dockerd.compose(&["-p", "adopt", "-f", file.to_str().unwrap(), "up", "-d"]).stdout();
        let keys = json!({"volumes": [{"type": "bind", "source": "/tmp", "target": "/host", "bind": {"create_host_path": true}}]});
        let stack = Stack::adopt(dockerd, "adopt", &json!({"services": {"web": sleeper(&keys)}}));
        let found = stack.only();
        assert_eq!((found.service(), found.number(), &found.details), ("web", 1, &None));
        let image = &stack.look().images[BUSYBOX];
        assert_eq!(found.label(labels::IMAGE), image.id);
        let listed = stack.run(stack.engine.list()).unwrap();
        assert!(listed.iter().any(|container| container.id == found.id));
    }
}

each_engine! {
    fn networks_and_volumes_of_others_are_found_by_name(dockerd: &Dockerd) {
        let _id = dockerd.docker(&["network", "create", "theirs"]).stdout();
        let _name = dockerd.docker(&["volume", "create", "their-data"]).stdout();
        let model = json!({
            "services": {"web": sleeper(&json!({}))},
            "networks": {"out": {"name": "theirs", "ipam": {}, "external": true}, "gone": {"name": "nobodys", "ipam": {}, "external": true}},
            "volumes": {"data": {"name": "their-data", "external": true}},
        });
        let stack = Stack::adopt(dockerd, "guest", &model);
        let observed = stack.look();
        assert_eq!(observed.networks.keys().collect::<Vec<_>>(), ["theirs"]);
        assert_eq!(observed.volumes.keys().collect::<Vec<_>>(), ["their-data"]);
        assert!(observed.volumes["their-data"].labels.is_empty());
        let _removed = dockerd.docker(&["network", "rm", "theirs"]).stdout();
    }
}

each_engine! {
    fn a_strangers_container_in_the_way_is_named(dockerd: &Dockerd) {
        let _id = dockerd.docker(&["run", "-d", "--name", "in.the.way", BUSYBOX, "sleep", "600"]).stdout();
        let _id = dockerd.docker(&["run", "-d", "--name", "in-the-way", BUSYBOX, "sleep", "600"]).stdout();
        let _id = dockerd.docker(&["run", "-d", "--name", "stranger-web-2", "--label", "com.docker.compose.project=other", BUSYBOX, "sleep", "600"]).stdout();
        let model = json!({"services": {
            "named": sleeper(&json!({"container_name": "in.the.way"})),
            "web": sleeper(&json!({"scale": 2})),
        }});
        let stack = Stack::adopt(dockerd, "stranger", &model);
        let foreign = stack.look().foreign;
        let _removed = dockerd.docker(&["rm", "-f", "in.the.way", "in-the-way", "stranger-web-2"]).stdout();
        let expected = [("in.the.way".to_owned(), None), ("stranger-web-2".to_owned(), Some("other".to_owned()))];
        assert_eq!(foreign.into_iter().collect::<Vec<_>>(), expected);
    }
}

each_engine! {
    fn the_engine_says_who_it_is(dockerd: &Dockerd) {
        let stack = Stack::adopt(dockerd, "who", &json!({}));
        let info = stack.engine.info();
        match dockerd.version {
            Version::Distribution => assert!(info.api >= (1, 41), "{info:?}"),
            Version::Newer => assert_eq!(info.api, (1, 51)),
        }
        assert_eq!(stack.run(stack.engine.id()).unwrap(), dockerd.get("/info")["ID"].as_str().unwrap());
    }
}

#[test]
fn an_image_store_of_several_platforms_knows_the_image_by_each_of_its_ids() {
    let dockerd =
        part!(Dockerd::start_with(Version::Newer, &["--feature", "containerd-snapshotter"]));
    let keys = json!({"pull_policy": "never"});
    let stack = Stack::new(&dockerd, "store", &json!({"services": {"web": sleeper(&keys)}}));
    let _id = stack.up("web");
    let observed = stack.look();
    let image = &observed.images[BUSYBOX];
    let manifest = dockerd.get(&format!("/images/{BUSYBOX}/json?manifests=1"));
    assert_eq!(image.id, manifest["Manifests"][0]["ID"].as_str().unwrap());
    assert!(image.has_id(manifest["Id"].as_str().unwrap()));
    assert!(image.has_id(&observed.containers[0].image_id), "{observed:?}");
    assert_eq!(observed.containers[0].details, None);
}
