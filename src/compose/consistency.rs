//! Rules between the keys of a service, and between services.

use std::collections::BTreeMap;

use crate::model::name::ServiceName;
use crate::model::service::Service;

use super::cycle;
use super::error::Error;
use super::inconsistency::Inconsistency;
use super::nearest::nearest;
use super::typed::Typed;

/// What breaks a rule, and below which keys of the service.
struct Wrong {
    below: Vec<String>,
    what: Inconsistency,
}

fn wrong(below: &[&str], what: Inconsistency) -> Wrong {
    Wrong { below: below.iter().map(|key| (*key).to_owned()).collect(), what }
}

/// Holds a project to the rules.
pub(super) fn check(typed: &Typed) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (name, service) in &typed.project.services {
        let checked = alone(service)
            .and_then(|()| contexts(service, typed))
            .and_then(|()| networks(service, typed))
            .and_then(|()| healthcheck(service))
            .and_then(|()| dependencies(service, typed))
            .and_then(|()| references(service, typed))
            .and_then(|()| replicas(service))
            .and_then(|()| resources(service))
            .and_then(|()| watches(service))
            .and_then(|()| targets(name, service));
        faults.extend(checked.err().map(|wrong| at(typed, name, &wrong)));
    }
    faults.extend(secrets(typed).err());
    faults.extend(container_names(typed).err());
    Error::of_all(faults)?;
    cycle::check(typed)
}

fn at(typed: &Typed, service: &ServiceName, wrong: &Wrong) -> Error {
    let mut path = vec!["services", service.as_str()];
    path.extend(wrong.below.iter().map(String::as_str));
    let shown = path.iter().fold(String::new(), |shown, key| match key.parse::<usize>() {
        Ok(index) => format!("{shown}[{index}]"),
        Err(_) if shown.is_empty() => (*key).to_owned(),
        Err(_) => format!("{shown}.{key}"),
    });
    Error::invalid(typed.location(&path), shown, wrong.what.clone())
}

/// Rules within one service.
fn alone(service: &Service) -> Result<(), Wrong> {
    let exclusive = |one: &str, other: &str| Inconsistency::Exclusive {
        one: one.to_owned(),
        other: other.to_owned(),
    };
    if service.build.is_none() && service.image.is_empty() && service.provider.is_none() {
        return Err(wrong(&[], Inconsistency::NothingToRun));
    }
    if let Some(build) = &service.build {
        if !build.dockerfile.is_empty() && !build.dockerfile_inline.is_empty() {
            let what = exclusive("dockerfile", "dockerfile_inline");
            return Err(wrong(&["build", "dockerfile_inline"], what));
        }
        let listed = |platform: &String| *platform == service.platform;
        if !build.platforms.is_empty()
            && !service.platform.is_empty()
            && !build.platforms.iter().any(listed)
        {
            let what = Inconsistency::Platform { platform: service.platform.clone() };
            return Err(wrong(&["platform"], what));
        }
    }
    let networks = service.networks.as_ref().is_some_and(|networks| !networks.is_empty());
    if !service.network_mode.is_empty() && networks {
        return Err(wrong(&["network_mode"], exclusive("network_mode", "networks")));
    }
    Ok(())
}

fn healthcheck(service: &Service) -> Result<(), Wrong> {
    let test = service.healthcheck.as_ref().and_then(|check| check.test.as_ref());
    let head = test.and_then(|test| test.first());
    if head.is_some_and(|head| !matches!(head.as_str(), "CMD" | "CMD-SHELL" | "NONE")) {
        return Err(wrong(&["healthcheck", "test"], Inconsistency::HealthcheckTest));
    }
    Ok(())
}

fn watches(service: &Service) -> Result<(), Wrong> {
    let watches = service.develop.as_ref().and_then(|develop| develop.get("watch")?.as_array());
    for (index, watch) in watches.into_iter().flatten().enumerate() {
        let text = |key: &str| watch.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        if !matches!(text("action"), "rebuild" | "restart") && text("target").is_empty() {
            let below = ["develop", "watch", &index.to_string()];
            return Err(wrong(&below, Inconsistency::WatchTarget));
        }
    }
    Ok(())
}

/// `deploy.resources` and the older keys must not contradict each other.
fn resources(service: &Service) -> Result<(), Wrong> {
    let Some(deploy) = &service.deploy else { return Ok(()) };
    let differ = |one, other| Err(wrong(&[one], Inconsistency::Contradiction { one, other }));
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

fn replicas(service: &Service) -> Result<(), Wrong> {
    let declared = service.deploy.as_ref().and_then(|deploy| deploy.replicas);
    if let (Some(scale), Some(declared)) = (service.scale, declared)
        && scale != declared
    {
        let what = Inconsistency::Contradiction { one: "scale", other: "deploy.replicas" };
        return Err(wrong(&["scale"], what));
    }
    let replicas = service.scale.or(declared).unwrap_or(1);
    if replicas < 0 {
        return Err(wrong(&["scale"], Inconsistency::NegativeReplicas));
    }
    if !service.container_name.is_empty() && replicas > 1 {
        return Err(wrong(&["container_name"], Inconsistency::NamedReplicas { replicas }));
    }
    Ok(())
}

/// No target may be mounted twice.
fn targets(name: &ServiceName, service: &Service) -> Result<(), Wrong> {
    let mut targets: BTreeMap<&str, String> = BTreeMap::new();
    let tmpfs = service.tmpfs.iter().map(|tmpfs| tmpfs.split(':').next().unwrap_or(tmpfs));
    let tmpfs = tmpfs.enumerate().map(|(index, target)| ("tmpfs", index, target));
    let volumes = service.volumes.iter().enumerate();
    let volumes = volumes.map(|(index, mount)| ("volumes", index, mount.target.as_str()));
    for (kind, index, target) in tmpfs.chain(volumes) {
        if let Some(other) = targets.insert(target, format!("{kind}[{index}]")) {
            let other = format!("services.{name}.{other}");
            let what = Inconsistency::SharedTarget { target: target.to_owned(), other };
            return Err(wrong(&[kind, &index.to_string()], what));
        }
    }
    Ok(())
}

fn networks(service: &Service, typed: &Typed) -> Result<(), Wrong> {
    let project = &typed.project;
    for network in service.networks.iter().flatten().map(|(name, _)| name) {
        if !project.networks.contains_key(network) {
            return undefined("network", project.networks.keys(), network, &["networks", network]);
        }
    }
    Ok(())
}

/// What a service names must be defined.
fn references(service: &Service, typed: &Typed) -> Result<(), Wrong> {
    let project = &typed.project;
    let built = service.build.iter().flat_map(|build| &build.secrets).enumerate();
    let built = built.map(|(index, secret)| (vec!["build", "secrets"], index, secret));
    let own = service.secrets.iter().enumerate();
    let own = own.map(|(index, secret)| (vec!["secrets"], index, secret));
    for (index, mount) in service.volumes.iter().enumerate() {
        let named = mount.r#type == "volume" && !mount.source.is_empty();
        if named && !project.volumes.contains_key(&mount.source) {
            return undefined(
                "volume",
                project.volumes.keys(),
                &mount.source,
                &["volumes", &index.to_string()],
            );
        }
    }
    for (index, config) in service.configs.iter().enumerate() {
        if !project.configs.contains_key(&config.source) {
            return undefined(
                "config",
                project.configs.keys(),
                &config.source,
                &["configs", &index.to_string()],
            );
        }
    }
    let models = service.models.as_ref().and_then(|models| models.as_object());
    for (model, _) in models.into_iter().flatten() {
        if !project.models.contains_key(model) {
            return undefined("model", project.models.keys(), model, &["models", model]);
        }
    }
    for (mut below, index, secret) in built.chain(own) {
        if !project.secrets.contains_key(&secret.source) {
            let index = index.to_string();
            below.push(&index);
            return undefined("secret", project.secrets.keys(), &secret.source, &below);
        }
    }
    Ok(())
}

fn undefined<'n>(
    kind: &'static str,
    known: impl Iterator<Item = &'n String>,
    name: &str,
    below: &[&str],
) -> Result<(), Wrong> {
    let nearest = nearest(name, known.map(String::as_str)).map(str::to_owned);
    Err(wrong(below, Inconsistency::Undefined { kind, name: name.to_owned(), nearest }))
}

fn contexts(service: &Service, typed: &Typed) -> Result<(), Wrong> {
    for (name, context) in service.build.iter().flat_map(|build| &build.additional_contexts) {
        let Some(target) = context.strip_prefix("service:") else { continue };
        let built =
            typed.project.services.get(target).is_some_and(|service| service.build.is_some());
        if !built {
            let what = Inconsistency::ContextWithoutBuild {
                name: name.clone(),
                service: target.to_owned(),
            };
            return Err(wrong(&["build", "additional_contexts", name], what));
        }
    }
    Ok(())
}

fn dependencies(service: &Service, typed: &Typed) -> Result<(), Wrong> {
    for (name, dependency) in &service.depends_on {
        let disabled = typed.disabled.contains_key(name);
        if typed.project.services.contains_key(name) || (disabled && !dependency.required) {
            continue;
        }
        let below = ["depends_on", name.as_str()];
        let name = name.as_str().to_owned();
        let what = if disabled {
            Inconsistency::Disabled { name }
        } else {
            {
                let known = typed.project.services.keys().map(ServiceName::as_str);
                let nearest = nearest(&name, known).map(str::to_owned);
                Inconsistency::Undefined { kind: "service", name, nearest }
            }
        };
        return Err(wrong(&below, what));
    }
    Ok(())
}

/// A secret of ours has a file or a variable; a driver alone is not enough.
fn secrets(typed: &Typed) -> Result<(), Error> {
    let empty = typed.project.secrets.iter().find(|(_, secret)| {
        !secret.external
            && secret.file.is_empty()
            && secret.environment.is_empty()
            && secret.provided.is_none()
    });
    let Some((name, _)) = empty else { return Ok(()) };
    let what = Inconsistency::NoContent { allowed: &["file", "environment"] };
    Err(Error::invalid(typed.location(&["secrets", name]), format!("secrets.{name}"), what))
}

/// A container name belongs to one service.
fn container_names(typed: &Typed) -> Result<(), Error> {
    let mut names: BTreeMap<&str, &ServiceName> = BTreeMap::new();
    for (service, spec) in
        typed.project.services.iter().filter(|(_, spec)| !spec.container_name.is_empty())
    {
        if let Some(other) = names.insert(&spec.container_name, service) {
            let (name, other) = (spec.container_name.clone(), other.as_str().to_owned());
            let what = Inconsistency::SharedContainerName { name, other };
            return Err(at(typed, service, &wrong(&["container_name"], what)));
        }
    }
    Ok(())
}
