//! Devices of the host, and devices asked for by capability.

use serde_json::{Value, json};

use crate::model::parts::{DeviceRequest, StringMap};
use crate::model::service::Service;

use super::members::Members;

/// Devices of the host, and devices asked for by capability.
pub(super) fn devices(host: &mut Members, service: &Service) {
    let (by_name, mapped): (Vec<_>, Vec<_>) =
        service.devices.iter().partition(|device| is_cdi(&device.source));
    let mapped = mapped.iter().map(|device| {
        json!({
            "PathOnHost": device.source,
            "PathInContainer": device.target,
            "CgroupPermissions": device.permissions,
        })
    });
    let mut requests = Vec::new();
    if let Some(deploy) = &service.deploy
        && let Some(reserved) = &deploy.resources.reservations
    {
        let asked = reserved.devices.iter();
        requests.extend(asked.map(|asked| request(asked, asked.capabilities.clone())));
    }
    if !by_name.is_empty() {
        let ids: Vec<&str> = by_name.iter().map(|device| device.source.as_str()).collect();
        requests.push(json!({"Driver": "cdi", "DeviceIDs": ids}));
    }
    for gpu in &service.gpus {
        let mut capabilities = gpu.capabilities.clone();
        capabilities.push("gpu".to_owned());
        requests.push(request(gpu, capabilities));
    }
    host.list("Devices", mapped.collect::<Vec<_>>())
        .list("DeviceRequests", requests)
        .list("DeviceCgroupRules", service.device_cgroup_rules.clone());
}

fn request(asked: &DeviceRequest, capabilities: Vec<String>) -> Value {
    let mut request = Members::default();
    request
        .text("Driver", &asked.driver)
        .number("Count", asked.count)
        .list("DeviceIDs", asked.device_ids.clone())
        .put("Capabilities", vec![capabilities])
        .map("Options", &StringMap::clone(&asked.options));
    request.into()
}

/// A name of the Container Device Interface: `vendor/class=name`.
fn is_cdi(source: &str) -> bool {
    let Some((kind, name)) = source.split_once('=') else { return false };
    let Some((vendor, class)) = kind.split_once('/') else { return false };
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    word(vendor) && word(class) && !name.is_empty() && name.chars().all(named)
}
