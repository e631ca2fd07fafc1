//! An engine and a disk that obey a plan, for tests. They refuse what the real ones would refuse.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::desired::{Contents, Desired};
use crate::model::hash::{Dialect, network_hash, service_hash, volume_hash};
use crate::model::labels;
use crate::model::memory::Applied;
use crate::model::name::ServiceName;
use crate::model::observed::{
    Container, ContainerState, Details, Endpoint, HealthStatus, Image, Observed, ObservedFile,
    ObservedMount, ObservedNetwork, ObservedVolume,
};
use crate::model::settings::settings;
use crate::plan::{Action, Operation, Options, Place, Plan, Until, plan};

use super::stack::service_name;

/// What there is.
#[derive(Clone, Default)]
pub(super) struct World {
    pub(super) observed: Observed,
    clock: i64,
    made: usize,
}

pub(super) fn options() -> Options {
    Options::at(1_000_000)
}

impl World {
    /// A machine with the image `img`, and nothing else.
    pub(super) fn new() -> Self {
        let mut world = Self::default();
        world.image("img", "sha256:1");
        world
    }

    /// A machine on which this project has been brought up.
    pub(super) fn with(desired: &Desired) -> Self {
        let mut world = Self::new();
        world.bring(desired);
        world
    }

    /// Plans and carries the plan out.
    pub(super) fn bring(&mut self, desired: &Desired) {
        let plan = plan(desired, &self.observed, &options()).unwrap();
        self.carry_out(desired, &plan);
    }

    pub(super) fn carry_out(&mut self, desired: &Desired, plan: &Plan) {
        for operation in &plan.operations {
            self.apply(desired, operation)
                .unwrap_or_else(|error| panic!("{operation}: {error}\n{plan}"));
        }
    }

    pub(super) fn image(&mut self, reference: &str, id: &str) {
        let image = Image {
            id: id.to_owned(),
            volumes: BTreeSet::from(["/image".to_owned()]),
            env: vec!["PATH=/bin".to_owned()],
            platform: "linux/amd64".to_owned(),
            ..Image::default()
        };
        self.observed.images.insert(reference.to_owned(), image);
    }

    /// The container of this name, to be changed behind the planner's back.
    pub(super) fn container(&mut self, name: &str) -> &mut Container {
        self.observed.containers.iter_mut().find(|container| container.name == name).unwrap()
    }

    /// Lets a container end.
    pub(super) fn exit(&mut self, name: &str, code: i64) {
        self.clock += 10;
        let finished_at = self.time();
        let container = self.container(name);
        container.state = ContainerState::Exited;
        container.health = HealthStatus::None;
        let details = container.details.get_or_insert_default();
        (details.exit_code, details.finished_at) = (code, finished_at);
    }

    fn time(&self) -> String {
        let (minutes, seconds) = (self.clock / 60, self.clock % 60);
        format!("1970-01-01T{:02}:{:02}:{seconds:02}.5Z", minutes / 60, minutes % 60)
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("{:012x}{:052x}", self.made, 0)
    }

    pub(super) fn apply(&mut self, desired: &Desired, operation: &Operation) -> Result<(), String> {
        self.clock += 10;
        match &operation.action {
            Action::PullImage { reference, .. } => {
                self.image(reference, &format!("sha256:pulled {reference}"));
                Ok(())
            }
            Action::TagImage { reference, id } => {
                self.image(reference, id);
                Ok(())
            }
            Action::WriteFile { path, .. } => {
                let file = &desired.files[path];
                let digest = file.contents.digest();
                let laid_out = Some(digest.clone());
                let text = match &file.contents {
                    Contents::Plain(bytes) => String::from_utf8(bytes.clone()).ok(),
                    Contents::Secret(_) | Contents::Link(_) => None,
                };
                let (mode, uid, gid) = (file.mode, 0, 0);
                let written = ObservedFile { digest, mode, uid, gid, laid_out, text };
                self.observed.files.insert(path.clone(), written);
                Ok(())
            }
            Action::RemoveFile { path } => {
                self.observed.files.remove(path).map(|_| ()).ok_or("no file".to_owned())
            }
            Action::CreateNetwork { key, .. } => self.create_network(desired, key),
            Action::RemoveNetwork { name, .. } => self.remove_network(name),
            Action::CreateVolume { key, .. } => self.create_volume(desired, key),
            Action::CreateContainer { .. } => self.create(desired, &operation.action),
            Action::StopContainer { name, .. } => self.stop(name),
            Action::RemoveContainer { name, .. } => self.remove(name),
            Action::RenameContainer { from, to } => self.rename(from, to),
            Action::RemoveImage { id, .. } => Err(format!("no image {id}")),
            Action::SignalContainer { name, .. } => self.signal(desired, name),
            Action::ConnectContainer { .. } => self.connect(desired, &operation.action),
            Action::DisconnectContainer { name, network } => self.disconnect(name, network),
            Action::StartContainer { name } => self.start(desired, name),
            Action::UnpauseContainer { name } => {
                self.find(name)?;
                self.container(name).state = ContainerState::Running;
                Ok(())
            }
            Action::Wait { containers, until, .. } => self.wait(containers, *until),
            Action::CopyFiles { name }
            | Action::DrainContainer { name, .. }
            | Action::RunHook { name, .. } => self.find(name).map(|_| ()),
        }
    }

    fn find(&self, name: &str) -> Result<&Container, String> {
        let mut all = self.observed.containers.iter();
        all.find(|container| container.name == name).ok_or(format!("no container {name}"))
    }

    fn create_network(&mut self, desired: &Desired, key: &str) -> Result<(), String> {
        let network = &desired.project.networks[key];
        let labels = BTreeMap::from([
            (labels::PROJECT.to_owned(), "p".to_owned()),
            (labels::CONFIG_HASH.to_owned(), network_hash(network)),
        ]);
        let (id, name) = (self.id(), network.name.clone());
        let made = ObservedNetwork { id, name: name.clone(), labels, users: Vec::new() };
        match self.observed.networks.insert(name, made) {
            Some(_) => Err("network exists".to_owned()),
            None => Ok(()),
        }
    }

    fn remove_network(&mut self, name: &str) -> Result<(), String> {
        let network = self.observed.networks.remove(name).ok_or("no network")?;
        let mut on = self.observed.containers.iter().filter(|container| {
            container.state == ContainerState::Running
                && container.networks.get(name) == Some(&network.id)
        });
        on.next().map_or(Ok(()), |container| Err(format!("{} is on it", container.name)))
    }

    fn create_volume(&mut self, desired: &Desired, key: &str) -> Result<(), String> {
        let volume = &desired.project.volumes[key];
        let labels = BTreeMap::from([
            (labels::PROJECT.to_owned(), "p".to_owned()),
            (labels::CONFIG_HASH.to_owned(), volume_hash(volume)),
        ]);
        let made = ObservedVolume { name: volume.name.clone(), labels };
        match self.observed.volumes.insert(volume.name.clone(), made) {
            Some(_) => Err("volume exists".to_owned()),
            None => Ok(()),
        }
    }

    fn create(&mut self, desired: &Desired, action: &Action) -> Result<(), String> {
        let Action::CreateContainer { name, service, number, found, replaces, shares, .. } = action
        else {
            return Err("not a creation".to_owned());
        };
        if self.find(name).is_ok() {
            return Err("the name is taken".to_owned());
        }
        let model = &desired.project.services[service];
        let image = self.observed.images.get(&desired.project.image_of(service));
        let image = image.ok_or("no image")?.clone();
        let parents: Result<BTreeMap<&ServiceName, String>, String> =
            shares.iter().map(|(parent, of)| Ok((parent, self.find(of)?.id.clone()))).collect();
        let parents = parents?;
        let config_hash =
            service_hash(model, Dialect::Compose5, &|parent| parents.get(parent).cloned());
        let mut labels = BTreeMap::from([
            (labels::PROJECT, "p".to_owned()),
            (labels::SERVICE, service.to_string()),
            (labels::ONEOFF, "False".to_owned()),
            (labels::CONTAINER_NUMBER, number.to_string()),
            (labels::IMAGE, image.id.clone()),
            (labels::SPEC, desired.spec(service, &config_hash)),
            (labels::CONFIG_HASH, config_hash),
            (labels::WORKING_DIR, "/work".to_owned()),
            (labels::INSTANCE, "default".to_owned()),
        ]);
        labels.extend(replaces.iter().map(|replaced| (labels::REPLACE, replaced.clone())));
        let env = model.environment.iter();
        let env = env.map(|(key, value)| format!("{key}={}", value.as_deref().unwrap_or_default()));
        let networks = self.joined(desired, service)?;
        let endpoints = networks.keys().map(|name| (name.clone(), endpoint(service, *found)));
        let details = Details {
            env: env.chain(image.env.iter().cloned()).collect(),
            endpoints: endpoints.collect(),
            settings: settings(desired, service, Some(&image)),
            ..Details::default()
        };
        let container = Container {
            id: self.id(),
            name: name.clone(),
            labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            image_id: image.id.clone(),
            networks,
            mounts: self.mounts(desired, action, &image)?,
            created: self.clock,
            details: Some(details),
            ..Container::default()
        };
        self.observed.containers.push(container);
        Ok(())
    }

    /// The networks of a new container, which are joined when it starts.
    fn joined(
        &self,
        desired: &Desired,
        service: &ServiceName,
    ) -> Result<BTreeMap<String, String>, String> {
        let keys = desired.project.services[service].networks.iter().flatten();
        let names = keys.map(|(key, _)| desired.project.networks[key].name.clone());
        names
            .map(|name| match self.observed.networks.get(&name) {
                Some(_) => Ok((name, String::new())),
                None => Err(format!("no network {name}")),
            })
            .collect()
    }

    fn mounts(
        &mut self,
        desired: &Desired,
        action: &Action,
        image: &Image,
    ) -> Result<Vec<ObservedMount>, String> {
        let Action::CreateContainer { service, inherits, .. } = action else {
            return Err("not a creation".to_owned());
        };
        let mut mounts: BTreeMap<String, String> = BTreeMap::new();
        for target in &image.volumes {
            mounts.insert(target.clone(), String::new());
        }
        for mount in &desired.project.services[service].volumes {
            let volume = desired.project.volumes.get(&mount.source);
            let name = volume.map(|volume| volume.name.clone()).unwrap_or_default();
            if !name.is_empty() && !self.observed.volumes.contains_key(&name) {
                return Err(format!("no volume {name}"));
            }
            mounts.insert(mount.target.clone(), name);
        }
        mounts.extend(inherits.iter().map(|taken| (taken.target.clone(), taken.volume.clone())));
        let named = mounts.into_iter().map(|(destination, name)| {
            let name = if name.is_empty() { format!("anonymous-{}", self.id()) } else { name };
            ObservedMount { kind: "volume".to_owned(), name, source: String::new(), destination }
        });
        Ok(named.collect())
    }

    /// A container that gets its files, or a word about them, has them.
    fn note_inputs(&mut self, desired: &Desired, name: &str) {
        let container = self.container(name);
        let (id, service) = (container.id.clone(), service_name(container.service()));
        let applied = Applied::of(&id, desired.inputs_of(&service));
        self.observed.memory.applied.insert(id, applied);
    }

    fn signal(&mut self, desired: &Desired, name: &str) -> Result<(), String> {
        if self.find(name)?.state != ContainerState::Running {
            return Err("it is not running".to_owned());
        }
        self.note_inputs(desired, name);
        Ok(())
    }

    fn connect(&mut self, desired: &Desired, action: &Action) -> Result<(), String> {
        let Action::ConnectContainer { name, service, network, place, .. } = action else {
            return Err("no connection".to_owned());
        };
        assert!(desired.project.services.contains_key(service));
        let known = self.observed.networks.get(network).ok_or("no network")?.id.clone();
        let found = self.find(name)?;
        if found.networks.contains_key(network) {
            return Err("it is on the network already".to_owned());
        }
        let runs = found.state == ContainerState::Running;
        let container = self.container(name);
        container.networks.insert(network.clone(), if runs { known } else { String::new() });
        let endpoint = endpoint(service, *place == Place::Found);
        container.details.get_or_insert_default().endpoints.insert(network.clone(), endpoint);
        Ok(())
    }

    fn disconnect(&mut self, name: &str, network: &str) -> Result<(), String> {
        self.find(name)?;
        let container = self.container(name);
        container.details.get_or_insert_default().endpoints.remove(network);
        container.networks.remove(network).map(|_| ()).ok_or("not on the network".to_owned())
    }

    fn stop(&mut self, name: &str) -> Result<(), String> {
        self.find(name)?;
        // What is told to end may well do so with 0.
        self.exit(name, 0);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), String> {
        if self.find(name)?.state == ContainerState::Running {
            return Err("it is running".to_owned());
        }
        self.observed.containers.retain(|container| container.name != name);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), String> {
        if self.find(to).is_ok() {
            return Err(format!("{to} is taken"));
        }
        self.find(from)?;
        to.clone_into(&mut self.container(from).name);
        Ok(())
    }

    fn start(&mut self, desired: &Desired, name: &str) -> Result<(), String> {
        let networks = self.find(name)?.networks.clone();
        let mut joined = BTreeMap::new();
        for (network, id) in networks {
            let found = self.observed.networks.get(&network).ok_or("no network")?;
            if !id.is_empty() && id != found.id {
                return Err(format!("network {network} is another one now"));
            }
            joined.insert(network, found.id.clone());
        }
        let started_at = self.time();
        let container = self.container(name);
        container.networks = joined;
        container.state = ContainerState::Running;
        container.details.get_or_insert_default().started_at = started_at;
        let service = &desired.project.services[container.service()];
        if service.healthcheck.is_some() {
            container.health = HealthStatus::Healthy;
        }
        self.note_inputs(desired, name);
        if service.labels.contains_key("ends") {
            self.exit(name, 0);
        }
        Ok(())
    }

    fn wait(&self, containers: &[String], until: Until) -> Result<(), String> {
        for name in containers {
            let container = self.find(name)?;
            let holds = match until {
                Until::Healthy => container.health == HealthStatus::Healthy,
                Until::Completed => container.state == ContainerState::Exited,
                Until::Up { may_end, .. } => {
                    container.state == ContainerState::Running
                        || (may_end && container.state == ContainerState::Exited)
                }
            };
            if !holds {
                return Err(format!("{name} is not {until}"));
            }
        }
        Ok(())
    }
}

fn endpoint(service: &ServiceName, found: bool) -> Endpoint {
    let aliases = found.then(|| service.to_string());
    Endpoint { aliases: aliases.into_iter().collect(), ..Endpoint::default() }
}
