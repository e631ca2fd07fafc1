//! Where a container stands in its networks.

use std::net::IpAddr;

use serde_json::Value;

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::parts::ServiceNetwork;
use crate::model::service::Service;

use super::members::Members;
use super::namespaces::{links, shared_mode};
use super::ports::address;

/// Where a container stands in its networks.
#[derive(Debug, Default)]
pub(super) struct Attachment {
    /// The network mode: a mode, or the name of the primary network.
    pub(super) mode: String,
    /// Endpoints of the create request, by network name.
    pub(super) endpoints: Vec<(String, Value)>,
    /// Endpoints that follow in calls of their own.
    pub(super) connects: Vec<(String, Value)>,
    /// The hardware address, where the engine takes it with the container.
    pub(super) mac_address: String,
}

/// From this API on, one create request takes all endpoints, each with its own hardware address.
const ALL_ENDPOINTS: (u32, u32) = (1, 44);

/// Where a container stands in its networks.
pub(super) fn attachment(
    spec: &ContainerSpec<'_>,
    service: &Service,
    api: (u32, u32),
) -> Result<Attachment, Error> {
    if !service.network_mode.is_empty() {
        let mode = shared_mode(spec, "network_mode", &service.network_mode)?;
        let mac_address =
            if api < ALL_ENDPOINTS { service.mac_address.clone() } else { String::new() };
        return Ok(Attachment { mode, mac_address, ..Attachment::default() });
    }
    let ordered = by_priority(service);
    let Some((primary, _)) = ordered.first() else {
        return Ok(Attachment { mode: "none".to_owned(), ..Attachment::default() });
    };
    let mut attachment = Attachment { mode: engine_name(spec, primary)?, ..Attachment::default() };
    if api < ALL_ENDPOINTS {
        attachment.mac_address.clone_from(&service.mac_address);
    }
    for (place, (key, settings)) in ordered.iter().enumerate() {
        check_pools(spec, key)?;
        let first = place == 0;
        let own = settings.map_or("", |settings| settings.mac_address.as_str());
        let address = match (first, own) {
            (true, "") if api >= ALL_ENDPOINTS => &service.mac_address,
            (true, "") | (false, _) => own,
            (true, _) => {
                spec.needs(format!("networks.{key}.mac_address"), api, ALL_ENDPOINTS)?;
                own
            }
        };
        let address = mac(spec, key, address)?;
        let endpoint = endpoint(spec, service, (key, *settings), &address, api)?;
        let target = if first || api >= ALL_ENDPOINTS {
            &mut attachment.endpoints
        } else {
            &mut attachment.connects
        };
        target.push((engine_name(spec, key)?, endpoint.into()));
    }
    Ok(attachment)
}

/// The networks of a service, the primary one first: by falling priority, then by key.
fn by_priority(service: &Service) -> Vec<(&String, Option<&ServiceNetwork>)> {
    let mut networks: Vec<_> =
        service.networks.iter().flatten().map(|(key, settings)| (key, settings.as_ref())).collect();
    networks.sort_by_key(|(_, settings)| {
        std::cmp::Reverse(settings.map_or(0, |settings| settings.priority))
    });
    networks
}

fn engine_name(spec: &ContainerSpec<'_>, key: &str) -> Result<String, Error> {
    match spec.desired.project.networks.get(key) {
        Some(network) => Ok(network.name.clone()),
        None => Err(spec.invalid(format!("networks.{key}"), "no such network".to_owned())),
    }
}

/// Refuses addresses of a network that are none: an engine's words about them do not say where they stand.
fn check_pools(spec: &ContainerSpec<'_>, key: &str) -> Result<(), Error> {
    let network = spec.desired.project.networks.get(key).filter(|network| !network.external);
    for pool in network.into_iter().flat_map(|network| &network.ipam.config) {
        let ranges = [("subnet", &pool.subnet), ("ip_range", &pool.ip_range)];
        for (member, text) in ranges.into_iter().filter(|(_, text)| !text.is_empty()) {
            if !is_range(text) {
                let path = format!("networks.{key}: ipam.config.{member}");
                return Err(spec.invalid(path, format!("`{text}` is not a range of addresses")));
            }
        }
        let single = std::iter::once(&pool.gateway).chain(pool.aux_addresses.values());
        for text in single {
            let _valid = address(spec, &format!("networks.{key}: ipam.config"), text)?;
        }
    }
    Ok(())
}

/// An address, a slash, and how many of its bits are the same.
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

fn endpoint(
    spec: &ContainerSpec<'_>,
    service: &Service,
    (key, settings): (&str, Option<&ServiceNetwork>),
    mac_address: &str,
    api: (u32, u32),
) -> Result<Members, Error> {
    let mut endpoint = Members::default();
    let mut aliases = Vec::new();
    if spec.found {
        aliases.extend([spec.final_name.to_owned(), spec.service.to_string()]);
        aliases.extend(settings.iter().flat_map(|settings| settings.aliases.clone()));
    }
    endpoint.put("Aliases", aliases).list("Links", links(spec, service));
    endpoint.text("MacAddress", mac_address);
    let Some(settings) = settings else { return Ok(endpoint) };
    let path = |member: &str| format!("networks.{key}.{member}");
    let v4 = address(spec, &path("ipv4_address"), &settings.ipv4_address)?;
    let v6 = address(spec, &path("ipv6_address"), &settings.ipv6_address)?;
    let local = settings.link_local_ips.iter();
    let local = local.map(|text| address(spec, &path("link_local_ips"), text));
    let mut ipam = Members::default();
    ipam.text("IPv4Address", &v4)
        .text("IPv6Address", &v6)
        .list("LinkLocalIPs", local.collect::<Result<Vec<_>, _>>()?);
    // Compose repeats the addresses in members that the engine fills in itself; harmless, and the same to compare.
    endpoint.object("IPAMConfig", ipam).text("IPAddress", &v4).text("IPv6Gateway", &v6);
    let mut options = settings.driver_opts.clone();
    if !settings.interface_name.is_empty() {
        spec.needs(path("interface_name"), api, (1, 49))?;
        options.insert(INTERFACE_NAME.to_owned(), settings.interface_name.clone());
    }
    endpoint.map("DriverOpts", &options).number("GwPriority", settings.gw_priority);
    Ok(endpoint)
}

const INTERFACE_NAME: &str = "com.docker.network.endpoint.ifname";

/// A hardware address in its usual form: lower case, with colons.
fn mac(spec: &ContainerSpec<'_>, key: &str, text: &str) -> Result<String, Error> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match hardware_address(text) {
        Some(bytes) => Ok(bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":")),
        None => Err(spec.invalid(
            format!("networks.{key}.mac_address"),
            format!("`{text}` is not a hardware address"),
        )),
    }
}

/// Six, eight or twenty bytes: two digits between colons or hyphens, or four between dots.
fn hardware_address(text: &str) -> Option<Vec<u8>> {
    let (separator, digits) = match text {
        _ if text.contains(':') => (':', 2),
        _ if text.contains('-') => ('-', 2),
        _ => ('.', 4),
    };
    let mut bytes = Vec::new();
    for group in text.split(separator) {
        if group.len() != digits || !group.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        for pair in group.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
        }
    }
    matches!(bytes.len(), 6 | 8 | 20).then_some(bytes)
}
