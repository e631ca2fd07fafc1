//! Exposed and published ports.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::parts::Port;
use crate::model::service::Service;

use super::members::Members;

/// Ports open to other containers: `expose`, ranges one by one, and the published ones.
pub(super) fn exposed(
    spec: &ContainerSpec<'_>,
    service: &Service,
) -> Result<BTreeSet<String>, Error> {
    let mut ports: BTreeSet<String> = service.ports.iter().map(container_port).collect();
    for text in &service.expose {
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            return Err(spec.invalid("expose", format!("`{text}` is not a port")));
        };
        let protocol = protocol.to_lowercase();
        ports.extend((first..=last).map(|port| format!("{port}/{protocol}")));
    }
    Ok(ports)
}

/// The addresses of the host for each port of the container.
pub(super) fn bindings(
    spec: &ContainerSpec<'_>,
    service: &Service,
) -> Result<BTreeMap<String, Vec<Value>>, Error> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for port in &service.ports {
        let mut host = Members::default();
        host.text("HostIp", &address(spec, "ports", &port.host_ip)?);
        host.put("HostPort", port.published.as_str());
        all.entry(container_port(port)).or_default().push(host.into());
    }
    Ok(all)
}

fn container_port(port: &Port) -> String {
    let protocol = if port.protocol.is_empty() { "tcp" } else { &port.protocol };
    format!("{}/{protocol}", port.target)
}

/// An address in its usual form; what is none would only fail in the engine, or worse, not.
pub(super) fn address(spec: &ContainerSpec<'_>, key: &str, text: &str) -> Result<String, Error> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let (bare, zone) = text.split_once('%').map_or((text, None), |(bare, zone)| (bare, Some(zone)));
    match (bare.parse::<IpAddr>(), zone) {
        (Ok(address), None) => Ok(address.to_string()),
        (Ok(address), Some(zone)) => Ok(format!("{address}%{zone}")),
        (Err(_), _) => Err(spec.invalid(key, format!("`{text}` is not an IP address"))),
    }
}
