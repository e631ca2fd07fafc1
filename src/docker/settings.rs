//! The settings of a container, in the same texts as [`crate::model::settings`] has for what is desired.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerConfig, ContainerInspectResponse, HostConfig, ImageConfig, MountPoint,
};

use crate::model::settings::{
    Settings, capabilities, lines, list, map, mount_text, port_text, restart_text,
};

/// The settings that an inspection tells.
pub(super) fn settings(found: &ContainerInspectResponse) -> Settings {
    let mut all = Settings::new();
    let id = found.id.as_deref().unwrap_or_default();
    if let Some(config) = &found.config {
        of_config(&mut all, config, id);
    }
    if let Some(host) = &found.host_config {
        of_host(&mut all, host);
    }
    let mut set = |key: &str, value: String| {
        all.insert(key.to_owned(), value);
    };
    let mode = found.host_config.as_ref().and_then(|host| host.network_mode.as_deref());
    let networks = found.network_settings.as_ref().and_then(|net| net.networks.as_ref());
    set("networks", networks_text(mode.unwrap_or_default(), networks.map(HashMap::keys)));
    let mounts = found.mounts.iter().flatten();
    set("volumes", lines(mounts.map(mounted).collect()));
    all
}

/// The settings that an image has of its own.
pub(super) fn image_settings(config: &ImageConfig) -> Settings {
    let mut all = Settings::new();
    let mut set = |key: &str, value: Option<String>| {
        all.extend(value.map(|value| (key.to_owned(), value)));
    };
    set("command", config.cmd.as_deref().map(list));
    set("entrypoint", config.entrypoint.as_deref().map(list));
    set("user", config.user.clone());
    set("working_dir", config.working_dir.clone());
    set("stop_signal", config.stop_signal.clone());
    for (key, value) in config.labels.iter().flatten() {
        set(&format!("labels.{key}"), Some(value.clone()));
    }
    all
}

fn of_config(all: &mut Settings, config: &ContainerConfig, id: &str) {
    let mut set = |key: &str, value: String| {
        all.insert(key.to_owned(), value);
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let flag = |flag: Option<bool>| flag.unwrap_or_default().to_string();
    set("image", text(&config.image));
    // The engine itself names a container by its ID.
    set(
        "hostname",
        config.hostname.clone().filter(|name| !id.starts_with(name)).unwrap_or_default(),
    );
    set("domainname", text(&config.domainname));
    set("user", text(&config.user));
    set("working_dir", text(&config.working_dir));
    set("stop_signal", text(&config.stop_signal));
    set("tty", flag(config.tty));
    set("stdin_open", flag(config.open_stdin));
    set("command", config.cmd.as_deref().map(list).unwrap_or_default());
    set("entrypoint", config.entrypoint.as_deref().map(list).unwrap_or_default());
    set("stop_grace_period", config.stop_timeout.map(|t| t.to_string()).unwrap_or_default());
    for (key, value) in config.labels.iter().flatten() {
        if !key.starts_with("com.docker.compose.") && !key.starts_with("dev.conductor.") {
            set(&format!("labels.{key}"), value.clone());
        }
    }
}

fn of_host(all: &mut Settings, host: &HostConfig) {
    let mut set = |key: &str, value: String| {
        all.insert(key.to_owned(), value);
    };
    let flag = |flag: Option<bool>| flag.unwrap_or_default().to_string();
    let texts = |texts: &Option<Vec<String>>| texts.clone().unwrap_or_default();
    set("privileged", flag(host.privileged));
    set("read_only", flag(host.readonly_rootfs));
    set("init", host.init.map(|init| init.to_string()).unwrap_or_default());
    set("cap_add", lines(capabilities(&texts(&host.cap_add))));
    set("cap_drop", lines(capabilities(&texts(&host.cap_drop))));
    set("group_add", lines(texts(&host.group_add)));
    set("dns_search", lines(texts(&host.dns_search)));
    set("dns_opt", lines(texts(&host.dns_options)));
    set("extra_hosts", lines(texts(&host.extra_hosts)));
    set("sysctls", map(&sorted(host.sysctls.as_ref())));
    set("mem_limit", host.memory.unwrap_or_default().to_string());
    set("ports", ports(host));
    let limits = host.ulimits.iter().flatten().map(|limit| {
        let name = limit.name.as_deref().unwrap_or_default();
        format!("{name}={}:{}", limit.soft.unwrap_or_default(), limit.hard.unwrap_or_default())
    });
    set("ulimits", lines(limits.collect()));
    let devices = host.devices.iter().flatten().map(|device| {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let (on_host, inside) = (part(&device.path_on_host), part(&device.path_in_container));
        format!("{on_host}:{inside}:{}", part(&device.cgroup_permissions))
    });
    set("devices", lines(devices.collect()));
    let policy = host.restart_policy.clone().unwrap_or_default();
    let name = policy.name.map(|name| name.to_string()).unwrap_or_default();
    set("restart", restart_text(&name, policy.maximum_retry_count.unwrap_or_default()));
    if let Some(log) = &host.log_config {
        let driver = log.typ.clone().unwrap_or_default();
        set("logging", format!("{driver}\n{}", map(&sorted(log.config.as_ref()))));
    }
}

fn ports(host: &HostConfig) -> String {
    let mut all = Vec::new();
    for (target, bindings) in host.port_bindings.iter().flatten() {
        for binding in bindings.iter().flatten() {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            all.push(port_text(&part(&binding.host_ip), &part(&binding.host_port), target));
        }
    }
    lines(all)
}

fn networks_text<'a>(mode: &str, names: Option<impl Iterator<Item = &'a String>>) -> String {
    if matches!(mode, "host" | "none") || mode.starts_with("container:") {
        return mode.to_owned();
    }
    lines(names.into_iter().flatten().cloned().collect())
}

fn mounted(point: &MountPoint) -> String {
    let kind = point.typ.clone().unwrap_or_default();
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let source = match kind.as_str() {
        "volume" => part(&point.name),
        "tmpfs" => String::new(),
        _ => part(&point.source),
    };
    let is_anonymous = source.len() == 64 && source.chars().all(|c| c.is_ascii_hexdigit());
    let source = if is_anonymous { "" } else { &source };
    mount_text(&kind, source, &part(&point.destination), point.rw == Some(false))
}

fn sorted(map: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    map.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}
