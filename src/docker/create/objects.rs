//! The bodies that create networks and volumes.

use serde_json::Value;

use crate::model::desired::Desired;
use crate::model::project::{Ipam, IpamPool, Network, Volume};

use super::labels::{network_labels, volume_labels};
use super::members::{Members, text_map};

/// The body of `POST /networks/create`.
pub(in crate::docker) fn network(
    desired: &Desired,
    key: &str,
    network: &Network,
    api: (u32, u32),
) -> Value {
    let mut body = Members::default();
    body.put("Name", network.name.as_str())
        .text("Driver", &network.driver)
        .map("Options", &network.driver_opts)
        .flag("Internal", network.internal)
        .flag("Attachable", network.attachable)
        .object("IPAM", ipam(&network.ipam))
        .some("EnableIPv4", network.enable_ipv4)
        .some("EnableIPv6", network.enable_ipv6)
        // Older engines make a second network of the same name unless they are told to look.
        .flag("CheckDuplicate", api < (1, 44))
        .put("Labels", text_map(&network_labels(desired, key, network)));
    body.into()
}

/// Address pools; `options` are hashed by Compose and never sent.
fn ipam(ipam: &Ipam) -> Members {
    let one = |pool: &IpamPool| {
        let mut members = Members::default();
        members
            .text("Subnet", &pool.subnet)
            .text("IPRange", &pool.ip_range)
            .text("Gateway", &pool.gateway)
            .map("AuxiliaryAddresses", &pool.aux_addresses);
        Value::from(members)
    };
    let mut members = Members::default();
    members.text("Driver", &ipam.driver);
    members.list("Config", ipam.config.iter().map(one).collect::<Vec<_>>());
    members
}

/// The body of `POST /volumes/create`.
pub(in crate::docker) fn volume(desired: &Desired, key: &str, volume: &Volume) -> Value {
    let mut body = Members::default();
    body.put("Name", volume.name.as_str())
        .text("Driver", &volume.driver)
        .map("DriverOpts", &volume.driver_opts)
        .put("Labels", text_map(&volume_labels(desired, key, volume)));
    body.into()
}
