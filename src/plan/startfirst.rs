//! Which services may be replaced start-first, and who of them is found on their networks.

use crate::model::behaviour::Update;
use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Endpoint};
use crate::model::service::Service;

use super::error::Error;
use super::leftover::is_made_for;
use super::order::shares_with;
use super::resources::is_running;

/// Refuses the services that are to be replaced start-first, and of which there cannot be two.
pub(super) fn check(desired: &Desired) -> Result<(), Error> {
    for (name, service) in &desired.project.services {
        if is_start_first(desired, name)
            && let Some(reason) = obstacle(desired, name, service)
        {
            return Err(Error::StartFirst { service: name.clone(), reason });
        }
    }
    Ok(())
}

/// Whether a service asks to be replaced start-first.
pub(super) fn is_start_first(desired: &Desired, name: &ServiceName) -> bool {
    desired.behaviours.get(name).is_some_and(|behaviour| behaviour.update == Update::StartFirst)
}

/// Why there cannot be two containers of one number.
fn obstacle(desired: &Desired, name: &ServiceName, service: &Service) -> Option<String> {
    if !service.container_name.is_empty() {
        return Some("it has a `container_name`, which only one container can have".to_owned());
    }
    if let Some(port) = service.ports.iter().find(|port| !port.published.is_empty()) {
        return Some(format!("it publishes port {} of the host", port.published));
    }
    if !matches!(service.network_mode.as_str(), "" | "none" | "bridge") {
        return Some(format!(
            "`network_mode: {}` gives it the ports of another",
            service.network_mode
        ));
    }
    if !service.mac_address.is_empty() {
        return Some("it has a fixed `mac_address`".to_owned());
    }
    let fixed = service.networks.iter().flatten().find(|(_, settings)| {
        settings.as_ref().is_some_and(|settings| {
            !settings.ipv4_address.is_empty()
                || !settings.ipv6_address.is_empty()
                || !settings.mac_address.is_empty()
        })
    });
    if let Some((key, _)) = fixed {
        return Some(format!("it has a fixed address on network {key}"));
    }
    let mut others = desired.project.services.iter();
    let sharing = others.find(|(_, other)| shares_with(other).contains(name));
    sharing.map(|(other, _)| format!("`{other}` shares its namespaces or volumes"))
}

/// How a container stands on a network, where that was looked at.
fn endpoint<'c>(container: &'c Container, network: &str) -> Option<&'c Endpoint> {
    container.details.as_ref()?.endpoints.get(network)
}

/// The networks of a service, by key and name, on which containers are found by names: all but the engine's own.
pub(super) fn named_networks<'d>(
    desired: &'d Desired,
    service: &'d Service,
) -> impl Iterator<Item = (&'d String, &'d String)> {
    let networks = service.networks.iter().flatten();
    let networks =
        networks.filter_map(|(key, _)| Some((key, &desired.project.networks.get(key)?.name)));
    networks.filter(|(_, name)| *name != "bridge")
}

/// Whether a container is known not to be found by the name of its service on a network that it is on.
pub(super) fn is_hidden(container: &Container, name: &ServiceName, network: &str) -> bool {
    container.networks.contains_key(network)
        && endpoint(container, network)
            .is_some_and(|endpoint| !endpoint.aliases.contains(name.as_str()))
}

/// Whether a container may be found by the name of its service on a network.
pub(super) fn may_be_found(container: &Container, name: &ServiceName, network: &str) -> bool {
    container.networks.contains_key(network) && !is_hidden(container, name, network)
}

/// Whether a container is known to be found on every network of its service.
pub(super) fn is_found_everywhere(
    desired: &Desired,
    (name, service): (&ServiceName, &Service),
    container: &Container,
) -> bool {
    container.details.is_some()
        && named_networks(desired, service)
            .all(|(_, network)| may_be_found(container, name, network))
}

/// Whether a container is known to be found on no network of its service.
pub(super) fn is_found_nowhere(
    desired: &Desired,
    (name, service): (&ServiceName, &Service),
    container: &Container,
) -> bool {
    container.details.is_some()
        && !named_networks(desired, service)
            .any(|(_, network)| may_be_found(container, name, network))
}

/// The networks on which a container has to be found again before its outdated successor, which has taken some of its
/// names over, may go.
pub(super) fn to_restore<'d>(
    desired: &'d Desired,
    (name, service): (&ServiceName, &'d Service),
    old: &Container,
    leftovers: &[&Container],
) -> Vec<&'d String> {
    let temporary = |one: &&&Container| is_running(one) && is_made_for(one, old);
    if !leftovers.iter().any(|leftover| temporary(&leftover)) {
        return Vec::new();
    }
    let networks = named_networks(desired, service).map(|(_, network)| network);
    networks.filter(|network| !may_be_found(old, name, network)).collect()
}
