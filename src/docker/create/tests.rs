//! Whole requests, for an old and a new engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::docker::spec::{ContainerSpec, ImageName};
use crate::model::desired::{Desired, InputKind, ObjectRef, Origin, Orphans};
use crate::model::hash::Dialect;
use crate::model::labels;
use crate::model::name::{EngineName, InstanceName, ProjectName, ServiceName, SourceName};
use crate::model::observed::InheritedVolume;
use crate::model::project::Project;
use crate::model::revision::Revision;

use super::body::{Body, body};
use super::{check, network, volume};

const OLD: (u32, u32) = (1, 41);
const NEW: (u32, u32) = (1, 51);

/// What a project in canonical form asks for.
fn desired(model: &Value) -> Desired {
    fn part<T: serde::de::DeserializeOwned>(model: &Value, key: &str) -> T {
        serde_json::from_value(model.get(key).cloned().unwrap_or(json!({}))).unwrap()
    }
    Desired {
        engine: EngineName::parse("local").unwrap(),
        origin: Origin {
            instance: InstanceName::parse("default").unwrap(),
            source: Some(SourceName::parse("home").unwrap()),
            stack: PathBuf::from("stacks/blog"),
            revision: Revision::Commit("0123456789abcdef0123456789abcdef01234567".to_owned()),
        },
        project: Project {
            name: ProjectName::parse("blog").unwrap(),
            working_dir: PathBuf::from("/srv/blog"),
            config_files: vec![PathBuf::from("/srv/blog/compose.yaml")],
            environment_files: Vec::new(),
            services: part(model, "services"),
            disabled: BTreeSet::new(),
            networks: part(model, "networks"),
            volumes: part(model, "volumes"),
            configs: part(model, "configs"),
            secrets: part(model, "secrets"),
            models: BTreeMap::new(),
        },
        work: None,
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        objects: BTreeMap::new(),
        copies: BTreeMap::new(),
        profiles: BTreeMap::new(),
        config_hash: Dialect::Compose5,
        behaviours: BTreeMap::new(),
        orphans: Orphans::Name,
    }
}

/// The request for the service `web`, which takes over one volume.
fn request(desired: &Desired, api: (u32, u32)) -> Result<Body, String> {
    let inherits = [InheritedVolume { target: "/cache".to_owned(), volume: "deadbeef".to_owned() }];
    let spec = ContainerSpec {
        desired,
        service: &ServiceName::parse("web").unwrap(),
        number: 2,
        name: "0123456789ab_blog-web-2",
        final_name: "blog-web-2",
        found: true,
        image_id: "sha256:feed",
        image: ImageName::Reference,
        inherits: &inherits,
        replaces: Some("web-2"),
        container_of: &|parent| (parent.as_str() == "db").then(|| "db-id".to_owned()),
        image_of: &|reference| Some(format!("id-of-{reference}")),
    };
    body(&spec, api).map_err(|error| error.to_string())
}

/// One part of the request for a service with these keys.
fn part(service: &Value, api: (u32, u32), pointer: &str) -> String {
    let model = json!({
        "services": {"web": service, "db": {"image": "db", "networks": {"back": null}}},
        "networks": {"front": {"name": "blog_front"}, "back": {"name": "blog_back"}},
        "volumes": {"data": {"name": "blog_data"}},
    });
    match request(&desired(&model), api) {
        Ok(body) => body.json.pointer(pointer).cloned().unwrap_or_default().to_string(),
        Err(error) => error,
    }
}

fn in_two_networks() -> Value {
    json!({
        "image": "nginx:1",
        "mac_address": "02-42-AC-11-00-03",
        "networks": {
            "back": {"priority": 10, "aliases": ["api"], "ipv4_address": "10.1.0.5"},
            "front": null,
        },
    })
}

#[test]
fn a_new_engine_gets_all_networks_at_once() {
    insta::assert_snapshot!(part(&in_two_networks(), NEW, "/NetworkingConfig"), @r#"{"EndpointsConfig":{"blog_back":{"Aliases":["blog-web-2","web","api"],"MacAddress":"02:42:ac:11:00:03","IPAMConfig":{"IPv4Address":"10.1.0.5"},"IPAddress":"10.1.0.5"},"blog_front":{"Aliases":["blog-web-2","web"]}}}"#);
    assert_eq!(part(&in_two_networks(), NEW, "/HostConfig/NetworkMode"), "\"blog_back\"");
    assert_eq!(part(&in_two_networks(), NEW, "/MacAddress"), "null");
}

#[test]
fn an_old_engine_gets_the_primary_network_and_joins_the_others_afterwards() {
    insta::assert_snapshot!(part(&in_two_networks(), OLD, "/NetworkingConfig"), @r#"{"EndpointsConfig":{"blog_back":{"Aliases":["blog-web-2","web","api"],"IPAMConfig":{"IPv4Address":"10.1.0.5"},"IPAddress":"10.1.0.5"}}}"#);
    assert_eq!(part(&in_two_networks(), OLD, "/MacAddress"), "\"02-42-AC-11-00-03\"");
    let model = json!({
        "services": {"web": in_two_networks()},
        "networks": {"front": {"name": "blog_front"}, "back": {"name": "blog_back"}},
    });
    let connects = request(&desired(&model), OLD).unwrap().connects;
    insta::assert_snapshot!(json!(connects), @r#"[["blog_front",{"Aliases":["blog-web-2","web"]}]]"#);
}

#[test]
fn a_process_is_told_as_compose_tells_it() {
    let service = json!({
        "image": "nginx:1", "command": [], "entrypoint": ["/run.sh", "-x"], "user": "1000",
        "environment": {"A": "1", "B": null, "C": ""}, "tty": true, "stop_signal": "SIGINT",
        "stop_grace_period": "1m30s", "expose": ["9000-9001", "53/udp"],
        "healthcheck": {"test": ["CMD", "true"], "interval": "10s", "retries": 3},
        "network_mode": "host",
    });
    let mut body: Value = serde_json::from_str(&part(&service, NEW, "")).unwrap();
    body.as_object_mut().unwrap().retain(|key, _| key != "Labels" && key != "HostConfig");
    insta::assert_snapshot!(body, @r#"{"User":"1000","AttachStdout":true,"AttachStderr":true,"Tty":true,"Env":["A=1","B","C="],"Cmd":[],"Entrypoint":["/run.sh","-x"],"StopSignal":"SIGINT","StopTimeout":90,"Image":"nginx:1","Healthcheck":{"Test":["CMD","true"],"Interval":10000000000,"Retries":3},"ExposedPorts":{"53/udp":{},"9000/tcp":{},"9001/tcp":{}}}"#);
}

#[test]
fn labels_say_whose_a_container_is_and_from_what_it_was_made() {
    let service = json!({
        "image": "nginx:1", "labels": {"com.docker.compose.project": "mine", "app": "blog"},
        "depends_on": {"db": {"condition": "service_healthy", "restart": true, "required": true}},
    });
    let text = part(&service, NEW, "/Labels");
    let all: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
    let mut lines = String::new();
    for (key, value) in all {
        let value = if key == labels::SPEC { "…" } else { &value };
        lines.push_str(&format!("{key} = {value}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    app = blog
    com.docker.compose.config-hash = 20650a3e1f5129d0b47e90e23728f712909ecbb5e9e40640c04a26d04922f366
    com.docker.compose.container-number = 2
    com.docker.compose.depends_on = db:service_healthy:true
    com.docker.compose.image = sha256:feed
    com.docker.compose.oneoff = False
    com.docker.compose.project = blog
    com.docker.compose.project.config_files = /srv/blog/compose.yaml
    com.docker.compose.project.working_dir = /srv/blog
    com.docker.compose.replace = web-2
    com.docker.compose.service = web
    com.docker.compose.version = 5.5.0
    dev.conductor.instance = default
    dev.conductor.revision = 0123456789abcdef0123456789abcdef01234567
    dev.conductor.source = home
    dev.conductor.spec = …
    dev.conductor.stack = stacks/blog
    ");
}

#[test]
fn mounts_speak_the_language_that_fails_or_creates_as_declared() {
    let service = json!({
        "image": "nginx:1", "network_mode": "none",
        "volumes": [
            {"type": "bind", "source": "/srv/a", "target": "/a", "read_only": true, "bind": {"selinux": "z"}},
            {"type": "bind", "source": "/srv/b", "target": "/b", "bind": {"create_host_path": false}},
            {"type": "bind", "source": "/srv/c", "target": "/c", "bind": {"propagation": "rshared"}},
            {"type": "volume", "source": "data", "target": "/d", "volume": {}},
            {"type": "volume", "source": "data", "target": "/e", "volume": {"nocopy": true}},
            {"type": "volume", "target": "/cache", "volume": {}},
            {"type": "tmpfs", "target": "/t", "tmpfs": {"size": "1048576", "mode": 1023}},
        ],
    });
    insta::assert_snapshot!(part(&service, NEW, "/HostConfig/Binds"), @r#"["/srv/a:/a:ro,z","blog_data:/d:rw"]"#);
    insta::assert_snapshot!(part(&service, NEW, "/HostConfig/Mounts"), @r#"[{"Type":"bind","Source":"/srv/b","Target":"/b"},{"Type":"bind","Source":"/srv/c","Target":"/c","BindOptions":{"Propagation":"rshared","CreateMountpoint":true}},{"Type":"volume","Source":"blog_data","Target":"/e","VolumeOptions":{"NoCopy":true}},{"Type":"volume","Source":"deadbeef","Target":"/cache"},{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1048576,"Mode":1023}}]"#);
}

#[test]
fn an_inherited_volume_is_found_whether_or_not_its_path_ends_in_a_slash() {
    let service = json!({"image": "x", "volumes": [{"type": "volume", "target": "/cache/"}]});
    insta::assert_snapshot!(part(&service, NEW, "/HostConfig/Mounts"), @r#"[{"Type":"volume","Source":"deadbeef","Target":"/cache/"}]"#);
}

#[test]
fn an_images_own_volume_is_inherited_without_being_declared() {
    let mounts = part(&json!({"image": "nginx:1"}), NEW, "/HostConfig/Mounts");
    insta::assert_snapshot!(mounts, @r#"[{"Type":"volume","Source":"deadbeef","Target":"/cache"}]"#);
}

#[test]
fn a_secret_that_stands_on_the_host_is_mounted_from_there_and_never_created() {
    let mut desired = desired(&json!({
        "services": {"web": {
            "image": "nginx:1", "network_mode": "none", "read_only": true,
            "secrets": [{"source": "password"}, {"source": "inline", "target": "/x"}],
            "configs": [{"source": "conf", "target": "/etc/app.conf"}],
        }},
        "secrets": {"password": {"name": "blog_password", "file": "/srv/p"}, "inline": {"name": "i", "environment": "P"}},
        "configs": {"conf": {"name": "blog_conf", "file": "/srv/c"}},
    }));
    let at = |kind, key: &str, target: &str| ObjectRef {
        service: ServiceName::parse("web").unwrap(),
        kind,
        key: key.to_owned(),
        target: target.to_owned(),
    };
    let places = [
        (at(InputKind::Secret, "password", ""), PathBuf::from("/run/conductor/secrets/1")),
        (at(InputKind::Config, "conf", "/etc/app.conf"), PathBuf::from("/srv/c")),
    ];
    desired.objects.extend(places);
    let body = request(&desired, NEW).unwrap().json;
    insta::assert_snapshot!(body["HostConfig"]["Mounts"], @r#"[{"Type":"volume","Source":"deadbeef","Target":"/cache"},{"Type":"bind","Source":"/srv/c","Target":"/etc/app.conf","ReadOnly":true},{"Type":"bind","Source":"/run/conductor/secrets/1","Target":"/run/secrets/password","ReadOnly":true}]"#);
}

#[test]
fn the_host_gives_what_is_declared() {
    let service = json!({
        "image": "nginx:1", "network_mode": "none", "cpus": 0.1, "mem_limit": "52428800",
        "deploy": {"resources": {"limits": {"cpus": 1.5}}, "placement": {}},
        "restart": "on-failure:3", "cap_add": ["net_admin", "ALL"], "privileged": true,
        "ports": [{"mode": "ingress", "target": 80, "published": "8080", "protocol": "tcp", "host_ip": "127.0.0.1"}],
        "ulimits": {"nofile": {"soft": 1, "hard": 2}, "nproc": 9}, "tmpfs": ["/run:size=1m"],
        "extra_hosts": ["a=10.0.0.1"], "security_opt": ["systempaths=unconfined", "no-new-privileges:true"],
        "logging": {"driver": "json-file", "options": {"max-size": "10m"}},
        "gpus": [{"count": -1}], "devices": [{"source": "/dev/sda", "target": "/dev/sda", "permissions": "rwm"}, {"source": "nvidia.com/gpu=0", "target": "nvidia.com/gpu=0", "permissions": "rwm"}],
    });
    let mut host: Value = serde_json::from_str(&part(&service, NEW, "/HostConfig")).unwrap();
    host.as_object_mut().unwrap().retain(|key, _| key != "Mounts");
    insta::assert_snapshot!(host, @r#"{"NetworkMode":"none","PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]},"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"ExtraHosts":["a:10.0.0.1"],"Memory":52428800,"NanoCpus":1500000000,"OomKillDisable":false,"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2},{"Name":"nproc","Soft":9,"Hard":9}],"Devices":[{"PathOnHost":"/dev/sda","PathInContainer":"/dev/sda","CgroupPermissions":"rwm"}],"DeviceRequests":[{"Driver":"cdi","DeviceIDs":["nvidia.com/gpu=0"]},{"Count":-1,"Capabilities":[["gpu"]]}],"MaskedPaths":[],"ReadonlyPaths":[],"SecurityOpt":["no-new-privileges:true"],"CapAdd":["ALL","CAP_NET_ADMIN"],"Privileged":true,"Tmpfs":{"/run":"size=1m"},"LogConfig":{"Type":"json-file","Config":{"max-size":"10m"}}}"#);
}

#[test]
fn namespaces_of_a_service_are_those_of_its_container() {
    let mode = |service: Value| part(&service, NEW, "/HostConfig/NetworkMode");
    assert_eq!(mode(json!({"network_mode": "service:db"})), "\"container:db-id\"");
    assert_eq!(mode(json!({"network_mode": "container:vpn"})), "\"container:vpn\"");
    insta::assert_snapshot!(mode(json!({"network_mode": "service:vpn"})), @"`services.web.network_mode` needs a container of `vpn`, and there is none");
    let from = json!({"volumes_from": ["db:ro", "container:x"]});
    assert_eq!(part(&from, NEW, "/HostConfig/VolumesFrom"), r#"["db-id","x"]"#);
}

#[test]
fn a_seccomp_profile_of_the_revision_goes_inline() {
    let model = json!({"services": {"web": {"image": "nginx:1", "security_opt": ["seccomp=./s.json", "seccomp:unconfined"]}}});
    let mut with_file = desired(&model);
    let text = r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#.to_owned();
    with_file.profiles.insert("./s.json".to_owned(), text);
    let body = request(&with_file, NEW).unwrap().json;
    insta::assert_snapshot!(body["HostConfig"]["SecurityOpt"], @r#"["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}","seccomp:unconfined"]"#);
}

#[test]
fn what_cannot_be_carried_out_is_refused_by_name() {
    let refused = |service: Value| part(&service, OLD, "");
    insta::assert_snapshot!(refused(json!({"provider": {"type": "x"}})), @"`services.web.provider` is not supported");
    insta::assert_snapshot!(part(&json!({"networks": {"front": {"mac_address": "02:42"}}}), NEW, ""), @"`services.web.networks.front.mac_address`: `02:42` is not a hardware address");
    insta::assert_snapshot!(refused(json!({"healthcheck": {"start_interval": "1s"}})), @"`services.web.healthcheck.start_interval` needs an engine with API 1.44, and this one has 1.41");
    insta::assert_snapshot!(refused(json!({"volumes": [{"type": "image", "source": "a", "target": "/a"}]})), @"`services.web.volumes: type `image`` needs an engine with API 1.48, and this one has 1.41");
    insta::assert_snapshot!(refused(json!({"dns": ["dns.example"]})), @"`services.web.dns`: `dns.example` is not an IP address");
    let wrong = desired(&json!({
        "services": {"web": {"image": "nginx:1", "networks": {"front": null}}},
        "networks": {"front": {"name": "f", "ipam": {"config": [{"subnet": "10.1.0.0/33"}]}}},
    }));
    insta::assert_snapshot!(request(&wrong, NEW).unwrap_err(), @"`services.web.networks.front: ipam.config.subnet`: `10.1.0.0/33` is not a range of addresses");
    let swarm = desired(&json!({
        "services": {"web": {"image": "nginx:1", "secrets": [{"source": "s"}]}},
        "secrets": {"s": {"name": "s", "external": true}},
    }));
    let engine = crate::model::observed::EngineInfo { api: NEW, ..Default::default() };
    insta::assert_snapshot!(check(&swarm, &engine).unwrap_err(), @"`services.web.secrets.s` is not supported");
}

#[test]
fn networks_and_volumes_carry_their_keys() {
    let desired = desired(&json!({
        "networks": {"front": {"name": "blog_front", "internal": true, "enable_ipv6": false, "ipam": {"config": [{"subnet": "10.1.0.0/16"}]}}},
        "volumes": {"data": {"name": "blog_data", "driver_opts": {"o": "bind"}}},
    }));
    let front = network(&desired, "front", &desired.project.networks["front"], OLD);
    insta::assert_snapshot!(front, @r#"{"Name":"blog_front","Internal":true,"IPAM":{"Config":[{"Subnet":"10.1.0.0/16"}]},"EnableIPv6":false,"CheckDuplicate":true,"Labels":{"com.docker.compose.config-hash":"e40d7e5559baa2789d34d8a866aaa6a2b62f96929d4564ac2bc4ab8caca9a499","com.docker.compose.network":"front","com.docker.compose.project":"blog","com.docker.compose.version":"5.5.0","dev.conductor.instance":"default","dev.conductor.source":"home"}}"#);
    let front = network(&desired, "front", &desired.project.networks["front"], NEW);
    assert_eq!(front.get("CheckDuplicate"), None);
    insta::assert_snapshot!(volume(&desired, "data", &desired.project.volumes["data"]), @r#"{"Name":"blog_data","DriverOpts":{"o":"bind"},"Labels":{"com.docker.compose.config-hash":"892e476b1cd4ca3807ed0a2620ae82e10b2c90949cb28ff2da7bc650b0a3e409","com.docker.compose.project":"blog","com.docker.compose.version":"5.5.0","com.docker.compose.volume":"data","dev.conductor.instance":"default","dev.conductor.source":"home"}}"#);
}
