//! What a container shares with others: namespaces, volumes, links.

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::desired::replicas;
use crate::model::name::ServiceName;
use crate::model::service::Service;

/// A mode whose `service:x` stands for the container of that service.
pub(super) fn shared_mode(
    spec: &ContainerSpec<'_>,
    key: &'static str,
    mode: &str,
) -> Result<String, Error> {
    match mode.strip_prefix("service:") {
        Some(parent) => Ok(format!("container:{}", spec.parent(key, parent)?)),
        None => Ok(mode.to_owned()),
    }
}

/// The containers whose mounts are shared.
pub(super) fn volumes_from(
    spec: &ContainerSpec<'_>,
    service: &Service,
) -> Result<Vec<String>, Error> {
    let one = |from: &String| match from.strip_prefix("container:") {
        Some(container) => Ok(container.to_owned()),
        // Compose drops the mode behind the name of a service.
        None => spec.parent("volumes_from", from.split(':').next().unwrap_or(from)),
    };
    service.volumes_from.iter().map(one).collect()
}

/// `container:alias` for each name by which a linked service is known.
pub(super) fn links(spec: &ContainerSpec<'_>, service: &Service) -> Vec<String> {
    let mut links = Vec::new();
    for link in &service.links {
        let (linked, alias) = link.split_once(':').unwrap_or((link, link));
        for (number, container) in containers_of(spec, linked) {
            links.push(format!("{container}:{alias}"));
            links.push(format!("{container}:{linked}-{number}"));
            links.push(format!("{container}:{}-{linked}-{number}", spec.desired.project.name));
        }
    }
    for link in &service.external_links {
        let (container, alias) = link.split_once(':').unwrap_or((link, link));
        links.push(format!("{container}:{alias}"));
    }
    links
}

/// The names that the replicas of a service have.
fn containers_of(spec: &ContainerSpec<'_>, service: &str) -> Vec<(u32, String)> {
    let project = &spec.desired.project;
    let named = ServiceName::parse(service).ok().and_then(|name| project.services.get(&name));
    let Some(linked) = named else { return Vec::new() };
    let name = |number| match linked.container_name.as_str() {
        "" => format!("{}-{service}-{number}", project.name),
        name => name.to_owned(),
    };
    (1..=replicas(linked)).map(|number| (number, name(number))).collect()
}
