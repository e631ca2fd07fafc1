//! Which services come before which.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::name::ServiceName;
use crate::model::project::Project;
use crate::model::service::Service;

use super::error::Error;

/// The services whose namespaces or volumes this one shares. A container knows them by ID, so it is made anew with them.
pub(super) fn shares_with(service: &Service) -> BTreeSet<ServiceName> {
    let modes = [&service.network_mode, &service.ipc, &service.pid];
    let modes = modes.into_iter().filter_map(|mode| mode.strip_prefix("service:"));
    let volumes = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    let volumes = volumes.filter_map(|from| from.split(':').next());
    modes.chain(volumes).filter_map(|name| ServiceName::parse(name).ok()).collect()
}

/// The services whose containers must exist before those of this one are made.
pub(super) fn made_after(service: &Service) -> BTreeSet<ServiceName> {
    let links = service.links.iter().filter_map(|link| link.split(':').next());
    let links = links.filter_map(|name| ServiceName::parse(name).ok());
    shares_with(service).into_iter().chain(links).collect()
}

/// The active services that come before this one, for whatever reason.
pub(super) fn before(project: &Project, service: &Service) -> BTreeSet<ServiceName> {
    let named = made_after(service).into_iter().chain(service.depends_on.keys().cloned());
    named.filter(|name| project.services.contains_key(name)).collect()
}

/// All active services, each behind those that it depends on, else by name.
pub(super) fn order(project: &Project) -> Result<Vec<&ServiceName>, Error> {
    let mut waiting: BTreeMap<&ServiceName, BTreeSet<ServiceName>> = project
        .services
        .iter()
        .map(|(name, service)| {
            let mut before = before(project, service);
            before.remove(name);
            (name, before)
        })
        .collect();
    let mut ordered = Vec::new();
    while let Some(next) =
        waiting.iter().find(|(_, before)| before.is_empty()).map(|(name, _)| *name)
    {
        waiting.remove(next);
        for before in waiting.values_mut() {
            before.remove(next);
        }
        ordered.push(next);
    }
    if waiting.is_empty() {
        Ok(ordered)
    } else {
        Err(Error::Circle { services: waiting.into_keys().cloned().collect() })
    }
}
