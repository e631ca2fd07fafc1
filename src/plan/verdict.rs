//! Whether a container is what its service asks for, and if not, why.

use std::collections::BTreeMap;

use crate::model::desired::Desired;
use crate::model::hash::{DIALECTS, Dialect, service_hash};
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Observed};
use crate::model::service::Service;

use super::cause::Cause;
use super::explain;
use super::images;
use super::layout::FileChanges;
use super::oneshot::is_completed;
use super::order::shares_with;
use super::replicas::Staff;
use super::resources::{NetworkFate, Networks, is_on, is_running};

/// How the own label of specs begins in the format that is written today.
const SPEC_FORMAT: &str = "1:";

/// What containers are measured by.
pub(super) struct Judge<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) networks: Networks,
    pub(super) files: FileChanges,
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
            .or_else(|| self.image(name, container))
            .or_else(|| self.mounted_images(service, container))
            .or_else(|| self.network(service, container))
            .or_else(|| self.volume(service, container))
    }

    /// Containers that Conductor made carry the digest of everything they were made from. Others are adopted when their
    /// config hash is one that Compose would write.
    fn spec(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> Option<Cause> {
        let container_of = |other: &ServiceName| staffs.get(other).and_then(Staff::first_id);
        let hash = |dialect: Dialect| service_hash(service, dialect, &container_of);
        let label = container.label(labels::CONFIG_HASH);
        let same_config = || DIALECTS.iter().any(|dialect| hash(*dialect) == label);
        let spec = container.label(labels::SPEC);
        if spec.starts_with(SPEC_FORMAT) {
            let same = spec == self.desired.spec(name, &hash(Dialect::Compose5));
            return (!same).then(|| {
                if same_config() {
                    Cause::Changed(explain::inputs(self.desired, &self.files, name))
                } else {
                    Cause::Changed(self.explain(name, container))
                }
            });
        }
        if !same_config() {
            return Some(Cause::Changed(self.explain(name, container)));
        }
        let rewritten = explain::rewritten(self.desired, &self.files, name);
        (!rewritten.is_empty()).then_some(Cause::Changed(rewritten))
    }

    fn explain(&self, name: &ServiceName, container: &Container) -> Vec<String> {
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
                NetworkFate::Use { .. } | NetworkFate::Replace { .. } | NetworkFate::Create => {
                    let joins_at_start = attached == Some("") && !is_running(container);
                    (!joins_at_start).then(|| Cause::NetworkMissed(key.clone()))
                }
            }
        })
    }

    fn volume(&self, service: &Service, container: &Container) -> Option<Cause> {
        let named = service.volumes.iter().filter(|mount| mount.r#type == "volume");
        named.filter(|mount| !mount.source.is_empty()).find_map(|mount| {
            let volume = self.desired.project.volumes.get(&mount.source)?;
            let is_mounted = container.mounts.iter().any(|found| found.name == volume.name);
            (!is_mounted).then(|| Cause::VolumeMissed(mount.source.clone()))
        })
    }

    /// Whether a container that was made to replace another one is what would be made now.
    pub(super) fn is_usable(
        &self,
        name: &ServiceName,
        service: &Service,
        container: &Container,
        staffs: &Staffs,
    ) -> bool {
        let networks = service.networks.iter().flatten();
        let mut networks = networks.filter_map(|(key, _)| self.desired.project.networks.get(key));
        networks.all(|network| container.networks.contains_key(&network.name))
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
