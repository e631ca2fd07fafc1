//! Which services are active, and what of the model they need.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::name::ServiceName;
use crate::model::project::Project;
use crate::model::service::Service;

use super::problem::Problem;

/// Whether a service is active with these profiles.
pub(super) fn is_active(service: &Service, profiles: &[String]) -> bool {
    service.profiles.is_empty()
        || profiles.iter().any(|profile| profile == "*" || service.profiles.contains(profile))
}

/// Narrows a project to these services and what they depend on; naming one that is switched off enables its profiles.
pub(super) fn narrow(
    project: &mut Project,
    disabled: &mut BTreeMap<ServiceName, Service>,
    names: &[String],
) -> Result<(), Problem> {
    let profiles: Vec<String> = (names.iter())
        .filter_map(|name| disabled.get(name.as_str()))
        .flat_map(|service| service.profiles.clone())
        .collect();
    let off = std::mem::take(disabled);
    for (name, service) in off {
        let active = is_active(&service, &profiles);
        let side = if active { &mut project.services } else { &mut *disabled };
        side.insert(name, service);
    }
    let kept = needed(project, names)?;
    let all = std::mem::take(&mut project.services);
    for (name, mut service) in all {
        if kept.contains(&name) {
            service.depends_on.retain(|other, _| kept.contains(other));
            project.services.insert(name, service);
        } else {
            disabled.insert(name, service);
        }
    }
    project.disabled = disabled.keys().cloned().collect();
    Ok(())
}

/// Services with what they depend on.
fn needed(project: &Project, names: &[String]) -> Result<BTreeSet<ServiceName>, Problem> {
    let mut kept: BTreeSet<ServiceName> = BTreeSet::new();
    let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let Some((name, service)) = project.services.get_key_value(name) else {
            if !names.iter().any(|named| named == name) {
                continue; // A dependency that need not be there.
            }
            let known: Vec<&str> = project.services.keys().map(ServiceName::as_str).collect();
            return Err(Problem::NoSuchService { name: name.to_owned(), known: known.join(", ") });
        };
        if kept.insert(name.clone()) {
            open.extend(service.depends_on.keys().map(ServiceName::as_str));
        }
    }
    Ok(kept)
}

/// Drops the networks, volumes, configs and secrets that no active service uses.
pub(super) fn drop_unused(project: &mut Project) {
    let mut networks = BTreeSet::new();
    let mut volumes = BTreeSet::new();
    let mut configs = BTreeSet::new();
    let mut secrets = BTreeSet::new();
    let mut models = BTreeSet::new();
    for service in project.services.values() {
        networks.extend(service.networks.iter().flatten().map(|(name, _)| name.clone()));
        let named = service.volumes.iter().filter(|mount| mount.r#type == "volume");
        volumes.extend(named.map(|mount| mount.source.clone()));
        configs.extend(service.configs.iter().map(|config| config.source.clone()));
        secrets.extend(service.secrets.iter().map(|secret| secret.source.clone()));
        let used = service.models.as_ref().and_then(|used| used.as_object());
        models.extend(used.into_iter().flatten().map(|(name, _)| name.clone()));
        let build = service.build.iter().flat_map(|build| &build.secrets);
        secrets.extend(build.map(|secret| secret.source.clone()));
    }
    project.models.retain(|name, _| models.contains(name));
    project.networks.retain(|name, _| networks.contains(name));
    project.volumes.retain(|name, _| volumes.contains(name));
    project.configs.retain(|name, _| configs.contains(name));
    project.secrets.retain(|name, _| secrets.contains(name));
}
