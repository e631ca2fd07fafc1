//! Which services are active, and what of the model they need.

use std::collections::BTreeSet;

use crate::model::project::Project;
use crate::model::service::Service;

/// Whether a service is active with these profiles.
pub(super) fn is_active(service: &Service, profiles: &[String]) -> bool {
    service.profiles.is_empty()
        || profiles.iter().any(|profile| profile == "*" || service.profiles.contains(profile))
}

/// Drops the networks, volumes, configs and secrets that no active service uses.
pub(super) fn drop_unused(project: &mut Project) {
    let mut networks = BTreeSet::new();
    let mut volumes = BTreeSet::new();
    let mut configs = BTreeSet::new();
    let mut secrets = BTreeSet::new();
    for service in project.services.values() {
        networks.extend(service.networks.iter().flatten().map(|(name, _)| name.clone()));
        let named = service.volumes.iter().filter(|mount| mount.r#type == "volume");
        volumes.extend(named.map(|mount| mount.source.clone()));
        configs.extend(service.configs.iter().map(|config| config.source.clone()));
        secrets.extend(service.secrets.iter().map(|secret| secret.source.clone()));
        let build = service.build.iter().flat_map(|build| &build.secrets);
        secrets.extend(build.map(|secret| secret.source.clone()));
    }
    project.networks.retain(|name, _| networks.contains(name));
    project.volumes.retain(|name, _| volumes.contains(name));
    project.configs.retain(|name, _| configs.contains(name));
    project.secrets.retain(|name, _| secrets.contains(name));
}
