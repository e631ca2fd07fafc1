//! A project in a few words per line, for tests.
//!
//! ```text
//! web   image=nginx:1 env.A=1 scale=2 on=front,back after=db:healthy:restart
//! net   front mtu=1400
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::behaviour::{OnConfigChange, Update};
use crate::model::desired::{
    Contents, CopiedFile, Desired, DesiredFile, Input, InputKind, Origin, Orphans, Replace,
};
use crate::model::name::{EngineName, InstanceName, ProjectName, ServiceName};
use crate::model::parts::{Build, Condition, Dependency, Healthcheck, Hook, Mount};
use crate::model::project::{Network, Project, Volume};
use crate::model::revision::Revision;
use crate::model::secret::Secret;
use crate::model::service::Service;

/// The project `p` of these lines.
pub(super) fn stack(text: &str) -> Desired {
    let mut desired = empty();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap();
        let words: Vec<&str> = words.collect();
        match first {
            "net" => network(&mut desired, words[0], &words[1..]),
            "volume" => volume(&mut desired, words[0], &words[1..]),
            "file" => file(&mut desired, words[0], words[1], None),
            "off" => {
                desired.project.disabled.insert(service_name(words[0]));
            }
            "prune" => desired.orphans = Orphans::Remove,
            name => service(&mut desired, name, &words),
        }
    }
    desired
}

fn empty() -> Desired {
    Desired {
        engine: EngineName::parse("local").unwrap(),
        origin: Origin {
            instance: InstanceName::parse("default").unwrap(),
            source: None,
            stack: PathBuf::from("p"),
            revision: Revision::Directory,
        },
        project: Project {
            name: ProjectName::parse("p").unwrap(),
            working_dir: PathBuf::from("/work"),
            config_files: Vec::new(),
            environment_files: Vec::new(),
            services: BTreeMap::new(),
            disabled: std::collections::BTreeSet::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            configs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            models: BTreeMap::new(),
        },
        work: None,
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        objects: BTreeMap::new(),
        copies: BTreeMap::new(),
        profiles: BTreeMap::new(),
        config_hash: crate::model::hash::Dialect::Compose5,
        behaviours: BTreeMap::new(),
        orphans: Orphans::Name,
    }
}

pub(super) fn service_name(text: &str) -> ServiceName {
    ServiceName::parse(text).unwrap()
}

fn network(desired: &mut Desired, key: &str, words: &[&str]) {
    let mut network = Network { name: format!("p_{key}"), ..Network::default() };
    for word in words {
        match word.split_once('=') {
            Some(("name", name)) => network.name = name.to_owned(),
            Some((key, value)) => {
                network.driver_opts.insert(key.to_owned(), value.to_owned());
            }
            None => network.external = true,
        }
    }
    desired.project.networks.insert(key.to_owned(), network);
}

fn volume(desired: &mut Desired, key: &str, words: &[&str]) {
    let mut volume = Volume { name: format!("p_{key}"), ..Volume::default() };
    for word in words {
        match word.split_once('=') {
            Some((key, value)) => {
                volume.driver_opts.insert(key.to_owned(), value.to_owned());
            }
            None => volume.external = true,
        }
    }
    desired.project.volumes.insert(key.to_owned(), volume);
}

fn file(desired: &mut Desired, name: &str, text: &str, service: Option<&str>) {
    let path = PathBuf::from("/work").join(name);
    let contents = Contents::Plain(text.as_bytes().to_vec());
    let input = Input {
        kind: InputKind::File,
        name: name.to_owned(),
        path: Some(path.clone()),
        digest: contents.digest(),
    };
    if let Some(service) = service {
        desired.inputs.entry(service_name(service)).or_default().push(input);
    }
    let (mode, replace, shown) = (0o644, Replace::Rename, name.to_owned());
    let file = DesiredFile { contents, mode, uid: None, gid: None, replace, shown };
    desired.files.insert(path, file);
}

/// A service on the default network, restarted always, from the image `img`, unless its words say otherwise.
fn service(desired: &mut Desired, name: &str, words: &[&str]) {
    let mut service =
        Service { image: "img".into(), restart: "always".into(), ..Service::default() };
    let mut networks = vec!["default"];
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("on", keys) => networks = keys.split(',').collect(),
            ("share", parent) => {
                service.network_mode = format!("service:{parent}");
                networks.clear();
                depend(&mut service, &format!("{parent}:restart"));
            }
            ("file", pair) => {
                let (path, text) = pair.split_once(':').unwrap();
                file(desired, path, text, Some(name));
            }
            ("copy", text) => copy(desired, name, text),
            ("secret", pair) => secret(desired, name, pair),
            ("change" | "update" | "drain" | "one_shot", _) => behave(desired, name, word),
            (key, value) => one_word(desired, &mut service, key, value),
        }
    }
    if !networks.is_empty() {
        for key in &networks {
            if !desired.project.networks.contains_key(*key) {
                network(desired, key, &[]);
            }
        }
        service.networks = Some(networks.iter().map(|key| ((*key).to_owned(), None)).collect());
    }
    desired.project.services.insert(service_name(name), service);
}

fn one_word(desired: &mut Desired, service: &mut Service, key: &str, value: &str) {
    match key {
        "image" => service.image = value.to_owned(),
        "scale" => service.scale = Some(value.parse().unwrap()),
        "once" | "ends" => service.restart = String::new(),
        "name" => service.container_name = value.to_owned(),
        "pull" => service.pull_policy = value.to_owned(),
        "build" => service.build = Some(Build::default()),
        "platform" => service.platform = value.to_owned(),
        "from" => service.volumes_from.push(value.to_owned()),
        "link" => service.links.push(value.to_owned()),
        "health" => service.healthcheck = Some(Healthcheck::default()),
        "after" => depend(service, value),
        "vol" => mount(desired, service, value),
        "hook" => hook(service, value),
        "anon" => {
            let mount = Mount { r#type: "volume".into(), target: value.into(), ..Mount::default() };
            service.volumes.push(mount);
        }
        other => {
            let key = other.strip_prefix("env.").unwrap();
            service.environment.insert(key.to_owned(), Some(value.to_owned()));
        }
    }
    if key == "ends" {
        service.labels.insert("ends".into(), String::new());
    }
}

fn hook(service: &mut Service, phase: &str) {
    let hook = Hook { per_replica: phase == "each", ..Hook::default() };
    match phase {
        "post_start" => service.post_start.push(hook),
        "pre_stop" => service.pre_stop.push(hook),
        _ => service.pre_start.push(hook),
    }
}

fn depend(service: &mut Service, text: &str) {
    let mut words = text.split(':');
    let on = service_name(words.next().unwrap());
    let mut dependency = Dependency { required: true, ..Dependency::default() };
    for word in words {
        match word {
            "healthy" => dependency.condition = Condition::Healthy,
            "completed" => dependency.condition = Condition::CompletedSuccessfully,
            "restart" => dependency.restart = true,
            "optional" => dependency.required = false,
            other => panic!("{other}"),
        }
    }
    service.depends_on.insert(on, dependency);
}

fn mount(desired: &mut Desired, service: &mut Service, text: &str) {
    let (key, target) = text.split_once(':').unwrap();
    if !desired.project.volumes.contains_key(key) {
        volume(desired, key, &[]);
    }
    service.volumes.push(Mount {
        r#type: "volume".into(),
        source: key.into(),
        target: target.into(),
        ..Mount::default()
    });
}

fn copy(desired: &mut Desired, service: &str, text: &str) {
    let contents = Contents::Plain(text.as_bytes().to_vec());
    let input = Input {
        kind: InputKind::Config,
        name: "inline".to_owned(),
        path: None,
        digest: contents.digest(),
    };
    let service = service_name(service);
    desired.inputs.entry(service.clone()).or_default().push(input);
    let (target, mode) = ("/inline".to_owned(), 0o444);
    let copied = CopiedFile { target, contents, mode, uid: 0, gid: 0 };
    desired.copies.insert(service, vec![copied]);
}

fn secret(desired: &mut Desired, service: &str, pair: &str) {
    let (key, text) = pair.split_once(':').unwrap();
    let path = PathBuf::from("/run/secrets").join(service).join(key);
    let contents = Contents::Secret(Secret::new(text.as_bytes().to_vec()));
    let (kind, digest) = (InputKind::Secret, contents.digest());
    let input = Input { kind, name: key.to_owned(), path: Some(path.clone()), digest };
    desired.inputs.entry(service_name(service)).or_default().push(input);
    let (mode, replace) = (0o444, Replace::InPlace);
    let shown = format!("secret {key} of {service}");
    let file = DesiredFile { contents, mode, uid: None, gid: None, replace, shown };
    desired.files.insert(path, file);
}

/// What `x-conductor` says: `change=restart`, `change=SIGHUP`, `update=start-first`, `drain=5`, `one_shot=false`.
fn behave(desired: &mut Desired, service: &str, word: &str) {
    let behaviour = desired.behaviours.entry(service_name(service)).or_default();
    match word.split_once('=').unwrap() {
        ("change", "restart") => behaviour.on_config_change = OnConfigChange::Restart,
        ("change", "ignore") => behaviour.on_config_change = OnConfigChange::Ignore,
        ("change", signal) => {
            behaviour.on_config_change = OnConfigChange::Signal(signal.to_owned());
        }
        ("update", "start-first") => behaviour.update = Update::StartFirst,
        ("drain", seconds) => {
            behaviour.drain = Some(std::time::Duration::from_secs(seconds.parse().unwrap()));
        }
        ("one_shot", text) => behaviour.one_shot = Some(text == "true"),
        (other, _) => panic!("{other}"),
    }
}
