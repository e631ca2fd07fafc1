//! A project for a test, and what the tests do with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use conductor::docker::{self, ContainerSpec, Endpoint, Engine, Error, ImageName, Look};
use conductor::model::desired::{Desired, Origin, Orphans};
use conductor::model::name::{EngineName, InstanceName, ProjectName, ServiceName};
use conductor::model::observed::InheritedVolume;
use conductor::model::observed::{Container, Observed};
use conductor::model::project::Project;
use conductor::model::revision::Revision;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::support::dockerd::Dockerd;
use crate::support::images::BUSYBOX;

const SOON: Duration = Duration::from_secs(30);

/// A project on an engine.
pub(super) struct Stack {
    runtime: Runtime,
    pub(super) engine: Engine,
    pub(super) desired: Desired,
}

/// A service that sleeps, with more keys.
pub(super) fn sleeper(keys: &Value) -> Value {
    let mut service = json!({"image": BUSYBOX, "command": ["sleep", "600"], "init": true, "networks": {"default": null}});
    for (key, value) in keys.as_object().unwrap() {
        service[key] = value.clone();
    }
    service
}

impl Stack {
    /// A project in canonical form, with its networks and volumes made; the network `default` is declared.
    pub(super) fn new(dockerd: &Dockerd, name: &str, model: &Value) -> Self {
        let stack = Self::adopt(dockerd, name, model);
        for key in stack.desired.project.networks.keys() {
            let _id = stack.run(stack.engine.create_network(&stack.desired, key)).unwrap();
        }
        for key in stack.desired.project.volumes.keys() {
            stack.run(stack.engine.create_volume(&stack.desired, key)).unwrap();
        }
        stack
    }

    /// The same, without making anything.
    pub(super) fn adopt(dockerd: &Dockerd, name: &str, model: &Value) -> Self {
        fn part<T: serde::de::DeserializeOwned>(model: &Value, key: &str) -> T {
            serde_json::from_value(model.get(key).cloned().unwrap_or(json!({}))).unwrap()
        }
        let mut networks: BTreeMap<String, _> = part(model, "networks");
        let default = json!({"name": format!("{name}_default"), "ipam": {}});
        networks.entry("default".to_owned()).or_insert(serde_json::from_value(default).unwrap());
        let desired = Desired {
            engine: EngineName::parse("local").unwrap(),
            origin: Origin {
                instance: InstanceName::parse("default").unwrap(),
                source: None,
                stack: PathBuf::from("stack"),
                revision: Revision::Directory,
            },
            project: Project {
                name: ProjectName::parse(name).unwrap(),
                working_dir: PathBuf::from("/srv"),
                config_files: vec![PathBuf::from("/srv/compose.yaml")],
                environment_files: Vec::new(),
                services: part(model, "services"),
                disabled: BTreeSet::new(),
                networks,
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
            config_hash: conductor::model::hash::Dialect::Compose5,
            behaviours: BTreeMap::new(),
            orphans: Orphans::Name,
        };
        let runtime = Runtime::new().unwrap();
        let endpoint = Endpoint::parse(&dockerd.host()).unwrap();
        let engine = runtime.block_on(Engine::connect(&endpoint)).unwrap();
        Self { runtime, engine, desired }
    }

    pub(super) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Creates the first container of a service under its own name.
    pub(super) fn create(&self, service: &str) -> Result<String, Error> {
        let name = format!("{}-{service}-1", self.desired.project.name);
        self.create_as(service, &name, &[])
    }

    /// Creates the first container of a service under this name, with inherited volumes.
    pub(super) fn create_as(
        &self,
        service: &str,
        name: &str,
        inherits: &[InheritedVolume],
    ) -> Result<String, Error> {
        let service = ServiceName::parse(service).unwrap();
        let observed = self.look();
        let model = &self.desired.project.services[&service];
        let image_id = observed.images.get(&model.image).map_or("", |image| &image.id);
        let container_of = |parent: &ServiceName| {
            let found = observed.containers.iter().find(|c| c.service() == parent.as_str());
            found.map(|container| container.id.clone())
        };
        let spec = ContainerSpec {
            desired: &self.desired,
            service: &service,
            number: 1,
            name,
            final_name: &format!("{}-{service}-1", self.desired.project.name),
            found: true,
            image_id,
            image: ImageName::Reference,
            inherits,
            replaces: None,
            container_of: &container_of,
            image_of: &|_| None,
        };
        self.run(self.engine.create_container(&spec))
    }

    /// Creates and starts the first container of a service.
    pub(super) fn up(&self, service: &str) -> String {
        let id = self.create(service).unwrap();
        self.run(self.engine.start(&id)).unwrap();
        id
    }

    pub(super) fn look(&self) -> Observed {
        self.run(docker::observe(&self.engine, &self.desired, Look::Engine)).unwrap()
    }

    /// The only container.
    pub(super) fn only(&self) -> Container {
        let mut containers = self.look().containers;
        assert_eq!(containers.len(), 1, "{containers:?}");
        containers.remove(0)
    }

    pub(super) fn inspect(&self, name: &str) -> Container {
        self.run(self.engine.inspect(name)).unwrap()
    }

    /// Waits until a container is as it should be.
    pub(super) fn wait(
        &self,
        name: &str,
        done: impl Fn(&Container) -> bool + Send + Sync,
    ) -> Container {
        let deadline = Instant::now() + SOON;
        let cancel = CancellationToken::new();
        let waited = self.run(self.engine.wait_until(name, deadline, &cancel, &done)).unwrap();
        waited.unwrap_or_else(|| panic!("`{name}` did not get there: {:?}", self.inspect(name)))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for container in self.look().containers {
            let removed = self.run(self.engine.remove(&container.id, docker::Removal::Forced));
            drop(removed);
        }
        for network in self.desired.project.networks.values() {
            drop(self.run(self.engine.remove_network(&network.name)));
        }
    }
}
