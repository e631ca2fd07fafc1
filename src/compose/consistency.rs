//! Rules between the keys of a service, and between services.

use std::collections::BTreeMap;

use crate::model::name::ServiceName;
use crate::model::service::Service;

use super::cycle;
use super::error::{Error, Location};
use super::inconsistency::Inconsistency;
use super::typed::Typed;

/// Holds a project to the rules.
pub(super) fn check(typed: &Typed) -> Result<(), Error> {
    for (name, service) in &typed.project.services {
        let fail = |problem| {
            Error::invalid(typed.location(name.as_str()), format!("services.{name}"), problem)
        };
        alone(service).map_err(fail)?;
        references(service, typed).map_err(fail)?;
        dependencies(service, typed).map_err(fail)?;
        mounts(service).map_err(fail)?;
    }
    secrets(typed)?;
    container_names(typed)?;
    cycle::check(typed)
}

/// Rules within one service.
fn alone(service: &Service) -> Result<(), Inconsistency> {
    let exclusive = |one: &str, other: &str| Inconsistency::Exclusive {
        one: one.to_owned(),
        other: other.to_owned(),
    };
    if service.build.is_none() && service.image.is_empty() && service.provider.is_none() {
        return Err(Inconsistency::NothingToRun);
    }
    if let Some(build) = &service.build {
        if !build.dockerfile.is_empty() && !build.dockerfile_inline.is_empty() {
            return Err(exclusive("build.dockerfile", "build.dockerfile_inline"));
        }
        let listed = |platform: &String| *platform == service.platform;
        if !build.platforms.is_empty()
            && !service.platform.is_empty()
            && !build.platforms.iter().any(listed)
        {
            return Err(Inconsistency::Platform { platform: service.platform.clone() });
        }
    }
    let networks = service.networks.as_ref().is_some_and(|networks| !networks.is_empty());
    if !service.network_mode.is_empty() && networks {
        return Err(exclusive("network_mode", "networks"));
    }
    if let Some(test) = service.healthcheck.as_ref().and_then(|check| check.test.as_ref())
        && test.first().is_some_and(|head| !matches!(head.as_str(), "CMD" | "CMD-SHELL" | "NONE"))
    {
        return Err(Inconsistency::HealthcheckTest);
    }
    watches(service)?;
    resources(service)?;
    replicas(service)
}

fn watches(service: &Service) -> Result<(), Inconsistency> {
    let watches = service.develop.as_ref().and_then(|develop| develop.get("watch")?.as_array());
    for watch in watches.into_iter().flatten() {
        let text = |key: &str| watch.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        if !matches!(text("action"), "rebuild" | "restart") && text("target").is_empty() {
            return Err(Inconsistency::WatchTarget);
        }
    }
    Ok(())
}

/// `deploy.resources` and the older keys must not contradict each other.
fn resources(service: &Service) -> Result<(), Inconsistency> {
    let Some(deploy) = &service.deploy else { return Ok(()) };
    let differ = |one, other| Err(Inconsistency::Contradiction { one, other });
    if let Some(limits) = &deploy.resources.limits {
        if service.cpus.0 != 0.0 && service.cpus != limits.cpus {
            return differ("cpus", "deploy.resources.limits.cpus");
        }
        if service.mem_limit.0 != 0 && service.mem_limit != limits.memory {
            return differ("mem_limit", "deploy.resources.limits.memory");
        }
        if service.pids_limit != 0 && service.pids_limit != limits.pids {
            return differ("pids_limit", "deploy.resources.limits.pids");
        }
    }
    match &deploy.resources.reservations {
        Some(reserved)
            if service.mem_reservation.0 != 0 && service.mem_reservation != reserved.memory =>
        {
            differ("mem_reservation", "deploy.resources.reservations.memory")
        }
        Some(_) | None => Ok(()),
    }
}

fn replicas(service: &Service) -> Result<(), Inconsistency> {
    let declared = service.deploy.as_ref().and_then(|deploy| deploy.replicas);
    if let (Some(scale), Some(declared)) = (service.scale, declared)
        && scale != declared
    {
        return Err(Inconsistency::Contradiction { one: "scale", other: "deploy.replicas" });
    }
    let replicas = service.scale.or(declared).unwrap_or(1);
    if replicas < 0 {
        return Err(Inconsistency::NegativeReplicas);
    }
    if !service.container_name.is_empty() && replicas > 1 {
        return Err(Inconsistency::NamedReplicas { replicas });
    }
    Ok(())
}

/// What a service names must be defined.
fn references(service: &Service, typed: &Typed) -> Result<(), Inconsistency> {
    let project = &typed.project;
    let undefined =
        |kind, name: &str| Err(Inconsistency::Undefined { kind, name: name.to_owned() });
    for network in service.networks.iter().flatten().map(|(name, _)| name) {
        if !project.networks.contains_key(network) {
            return undefined("network", network);
        }
    }
    for mount in service.volumes.iter().filter(|mount| mount.r#type == "volume") {
        if !mount.source.is_empty() && !project.volumes.contains_key(&mount.source) {
            return undefined("volume", &mount.source);
        }
    }
    for config in &service.configs {
        if !project.configs.contains_key(&config.source) {
            return undefined("config", &config.source);
        }
    }
    let build = service.build.iter().flat_map(|build| &build.secrets);
    for secret in service.secrets.iter().chain(build) {
        if !project.secrets.contains_key(&secret.source) {
            return undefined("secret", &secret.source);
        }
    }
    for model in service
        .models
        .iter()
        .filter_map(|models| models.as_object())
        .flatten()
        .map(|(name, _)| name)
    {
        if !typed.models.contains_key(model) {
            return undefined("model", model);
        }
    }
    contexts(service, typed)
}

fn contexts(service: &Service, typed: &Typed) -> Result<(), Inconsistency> {
    for (name, context) in service.build.iter().flat_map(|build| &build.additional_contexts) {
        let Some(target) = context.strip_prefix("service:") else { continue };
        let built =
            typed.project.services.get(target).is_some_and(|service| service.build.is_some());
        if !built {
            return Err(Inconsistency::ContextWithoutBuild {
                name: name.clone(),
                service: target.to_owned(),
            });
        }
    }
    Ok(())
}

fn dependencies(service: &Service, typed: &Typed) -> Result<(), Inconsistency> {
    for (name, dependency) in &service.depends_on {
        let disabled = typed.disabled.contains_key(name);
        if typed.project.services.contains_key(name) || (disabled && !dependency.required) {
            continue;
        }
        let name = name.as_str().to_owned();
        return Err(if disabled {
            Inconsistency::Disabled { name }
        } else {
            Inconsistency::Undefined { kind: "service", name }
        });
    }
    Ok(())
}

/// No target may be both a tmpfs and a volume.
fn mounts(service: &Service) -> Result<(), Inconsistency> {
    let mut targets: BTreeMap<&str, String> = BTreeMap::new();
    let tmpfs = service.tmpfs.iter().map(|tmpfs| tmpfs.split(':').next().unwrap_or(tmpfs));
    for (index, target) in tmpfs.enumerate() {
        targets.insert(target, format!("tmpfs[{index}]"));
    }
    for mount in &service.volumes {
        if let Some(other) = targets.get(mount.target.as_str()) {
            return Err(Inconsistency::SharedTarget {
                target: mount.target.clone(),
                other: other.clone(),
            });
        }
    }
    Ok(())
}

/// A secret of ours has a file or a variable; a driver alone is not enough.
fn secrets(typed: &Typed) -> Result<(), Error> {
    let empty = typed.project.secrets.iter().find(|(_, secret)| {
        !secret.external && secret.file.is_empty() && secret.environment.is_empty()
    });
    let Some((name, _)) = empty else { return Ok(()) };
    let place = typed.elements.get(&("secrets", name.clone()));
    let at = place.map(Location::key).unwrap_or_default();
    let problem = Inconsistency::NoContent { allowed: &["file", "environment"] };
    Err(Error::invalid(at, format!("secrets.{name}"), problem))
}

/// A container name belongs to one service.
fn container_names(typed: &Typed) -> Result<(), Error> {
    let mut names: BTreeMap<&str, &ServiceName> = BTreeMap::new();
    for (service, spec) in
        typed.project.services.iter().filter(|(_, spec)| !spec.container_name.is_empty())
    {
        if let Some(other) = names.insert(&spec.container_name, service) {
            let problem = Inconsistency::SharedContainerName {
                name: spec.container_name.clone(),
                other: other.as_str().to_owned(),
            };
            return Err(Error::invalid(
                typed.location(service.as_str()),
                format!("services.{service}"),
                problem,
            ));
        }
    }
    Ok(())
}
