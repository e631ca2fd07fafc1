//! Whether a container is what its service asks for, and if not, why.

use std::collections::BTreeMap;

use crate::model::behaviour::OnConfigChange;
use crate::model::desired::Desired;
use crate::model::hash::{DIALECTS, Dialect, service_hash};
use crate::model::labels;
use crate::model::memory::{Applied, Fresh};
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Observed};
use crate::model::parts::ServiceNetwork;
use crate::model::service::Service;

use super::cause::Cause;
use super::change::Change;
use super::explain;
use super::images;
use super::layout::FileChanges;
use super::oneshot::is_completed;
use super::options::Options;
use super::order::shares_with;
use super::replicas::Staff;
use super::resources::{NetworkFate, Networks, is_on, is_running};
use super::startfirst;

/// How the own label of specs begins in the format that is written today.
const SPEC_FORMAT: &str = "1:";

/// What containers are measured by.
pub(super) struct Judge<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) options: &'a Options,
    pub(super) networks: Networks,
    pub(super) files: FileChanges,
}

/// A network that a container has to join.
pub(super) struct Rejoin {
    /// Its name at the engine.
    pub(super) network: String,
    /// Whether it has to leave it first.
    pub(super) leaves: bool,
    /// Why.
    pub(super) cause: Cause,
}

/// What was decided about the services that come before.
pub(super) type Staffs<'a> = BTreeMap<&'a ServiceName, Staff<'a>>;

impl Judge<'_> {
    /// Why a container has to be made anew; `None` when it is as it should be.
    pub(super) fn verdict(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> Option<Cause> {
        parent(service, staffs)
            .or_else(|| self.spec(name, service, container, staffs))
            .or_else(|| self.inputs(name, service, container, staffs))
            .or_else(|| self.image(name, container))
            .or_else(|| self.mounted_images(service, container))
            .or_else(|| self.network(service, container))
            .or_else(|| self.volume(service, container))
    }

    /// Whether the rendered service is another one. Containers are adopted when their config hash is one that Compose would
    /// write.
    fn spec(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> Option<Cause> {
        if has_config(service, container, staffs) {
            return None;
        }
        let mut changes = self.explain(name, container);
        let inputs = self.fresh_inputs(name, service, container, staffs).unwrap_or_default();
        let is_told =
            |change: &Change| matches!(change, Change::Input { fresh: Fresh::Changed, .. });
        changes.extend(inputs.into_iter().filter(is_told));
        Some(Cause::Changed(changes))
    }

    /// What changed in the contents of a container's inputs since it got them; `None` when nothing did. What is remembered
    /// counts most; a container that Conductor made carries a digest of what it was made from; one that was adopted has
    /// what is there, but for files that are about to be written over.
    pub(super) fn fresh_inputs(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> Option<Vec<Change>> {
        let inputs = self.desired.inputs_of(name);
        if let Some(has) = self.observed.memory.applied.get(&container.id) {
            let wanted = Applied::of(&container.id, inputs);
            let applied = Some((has, &wanted));
            return (*has != wanted)
                .then(|| explain::inputs(self.desired, &self.files, (name, applied)));
        }
        let spec = container.label(labels::SPEC);
        if spec.starts_with(SPEC_FORMAT) {
            let container_of = |other: &ServiceName| staffs.get(other).and_then(Staff::first_id);
            let same_config = has_config(service, container, staffs);
            let hash = service_hash(service, Dialect::Compose5, &container_of);
            let has_all = !same_config || spec == self.desired.spec(name, &hash);
            return (!has_all).then(|| explain::inputs(self.desired, &self.files, (name, None)));
        }
        let rewritten = explain::rewritten(self.desired, &self.files, name);
        (!rewritten.is_empty()).then_some(rewritten)
    }

    /// Changed inputs, where the service says that they replace its containers.
    fn inputs(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> Option<Cause> {
        match self.desired.behaviour(name).on_config_change {
            OnConfigChange::Recreate => {
                self.fresh_inputs(name, service, container, staffs).map(Cause::Changed)
            }
            OnConfigChange::Restart | OnConfigChange::Signal(_) | OnConfigChange::Ignore => None,
        }
    }

    fn explain(&self, name: &ServiceName, container: &Container) -> Vec<Change> {
        let image = images::wanted(self.desired, self.observed, name);
        explain::config(self.desired, name, image, container)
    }

    fn image(&self, name: &ServiceName, container: &Container) -> Option<Cause> {
        let wanted = images::wanted(self.desired, self.observed, name)?;
        let label = container.label(labels::IMAGE);
        let has = if label.is_empty() { container.image_id.as_str() } else { label };
        (!wanted.has_id(has)).then_some(Cause::ImageChanged)
    }

    /// A container keeps the image that it mounted, whatever its name means by now. Only those that were made by something
    /// that notes the images can tell.
    fn mounted_images(&self, service: &Service, container: &Container) -> Option<Cause> {
        let noted: BTreeMap<&str, &str> = container
            .label(labels::IMAGE_VOLUMES)
            .split(',')
            .filter_map(|pair| pair.rsplit_once('='))
            .collect();
        let mounts = service.volumes.iter().filter(|mount| mount.r#type == "image");
        let differs = mounts.into_iter().any(|mount| {
            let reference = self.desired.project.image_named(&mount.source);
            let image = self.observed.images.get(&reference);
            let noted = noted.get(mount.target.as_str());
            noted.zip(image).is_some_and(|(noted, image)| *noted != image.id)
        });
        differs.then_some(Cause::ImageChanged)
    }

    /// A container knows its networks by ID: it cannot start on one that was made anew under the same name.
    fn network(&self, service: &Service, container: &Container) -> Option<Cause> {
        if is_completed(self.desired, self.observed, service, container) {
            return None;
        }
        service.networks.iter().flatten().find_map(|(key, _)| {
            let network = self.desired.project.networks.get(key)?;
            let attached = container.networks.get(&network.name).map(String::as_str);
            let on = |id: &str| is_on(container, id);
            match self.networks.get(key)? {
                NetworkFate::Replace { id } if on(id) => Some(Cause::NetworkChanged(key.clone())),
                NetworkFate::Use { id } if on(id) => None,
                // Somebody took it out of a network that is still the same: it joins again.
                NetworkFate::Use { .. } if attached.is_none() => None,
                NetworkFate::Use { .. } | NetworkFate::Replace { .. } | NetworkFate::Create => {
                    let joins_at_start = attached == Some("") && !is_running(container);
                    (!joins_at_start).then(|| Cause::NetworkMissed(key.clone()))
                }
            }
        })
    }

    /// The networks that a container has to join, by key: those that it was taken out of, and those on which nobody finds
    /// it by the names of its service any more.
    pub(super) fn rejoins(
        &self,
        (name, service): (&ServiceName, &Service),
        container: &Container,
    ) -> Vec<Rejoin> {
        if is_completed(self.desired, self.observed, service, container) {
            return Vec::new();
        }
        let networks = service.networks.iter().flatten();
        let rejoin = |(key, _): (&String, &Option<ServiceNetwork>)| {
            let network = self.desired.project.networks.get(key)?.name.clone();
            let NetworkFate::Use { .. } = self.networks.get(key)? else { return None };
            // One that is named by its ID is listed by its name.
            self.observed.networks.get(&network)?;
            if !container.networks.contains_key(&network) {
                let (leaves, cause) = (false, Cause::NetworkLeft(key.clone()));
                return Some(Rejoin { network, leaves, cause });
            }
            let is_named = network != "bridge";
            (is_named && startfirst::is_hidden(container, name, &network)).then(|| Rejoin {
                network,
                leaves: true,
                cause: Cause::NotFound(key.clone()),
            })
        };
        networks.filter_map(rejoin).collect()
    }

    fn volume(&self, service: &Service, container: &Container) -> Option<Cause> {
        let named = service.volumes.iter().filter(|mount| mount.r#type == "volume");
        named.filter(|mount| !mount.source.is_empty()).find_map(|mount| {
            let volume = self.desired.project.volumes.get(&mount.source)?;
            let is_mounted = container.mounts.iter().any(|found| found.name == volume.name);
            (!is_mounted).then(|| Cause::VolumeMissed(mount.source.clone()))
        })
    }

    /// Whether a container that was made to replace another one, and never started, is what would be made now. With
    /// `handover` nobody may find it by the names of its service yet; else everybody must.
    pub(super) fn is_usable(
        &self,
        (name, service): (&ServiceName, &Service),
        container: &Container,
        staffs: &Staffs,
        handover: bool,
    ) -> bool {
        let networks = service.networks.iter().flatten();
        let mut networks = networks.filter_map(|(key, _)| self.desired.project.networks.get(key));
        let stands = (name, service);
        let is_placed = if handover {
            startfirst::is_found_nowhere(self.desired, stands, container)
        } else {
            startfirst::is_found_everywhere(self.desired, stands, container)
        };
        is_placed
            && networks.all(|network| container.networks.contains_key(&network.name))
            && container.label(labels::SPEC).starts_with(SPEC_FORMAT)
            && self.verdict(name, service, container, staffs).is_none()
    }
}

/// The service whose recreation takes this one's containers with it.
fn parent(service: &Service, staffs: &Staffs) -> Option<Cause> {
    shares_with(service).into_iter().find_map(|parent| {
        let is_new = staffs.get(&parent).is_some_and(Staff::first_is_made_anew);
        is_new.then_some(Cause::ParentRecreated(parent))
    })
}

/// Whether a container was made from this very service, by the rules of any dialect.
fn has_config(service: &Service, container: &Container, staffs: &Staffs) -> bool {
    let container_of = |other: &ServiceName| staffs.get(other).and_then(Staff::first_id);
    let hash = |dialect: Dialect| service_hash(service, dialect, &container_of);
    let label = container.label(labels::CONFIG_HASH);
    DIALECTS.iter().any(|dialect| hash(*dialect) == label)
}
