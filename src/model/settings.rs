//! The settings of a container in words, so that a plan can say which of them changed.
//!
//! What is desired and what an inspection tells are brought to the same texts here and in `docker`. They explain; they
//! never decide: hashes do. A setting that cannot be told reliably on both sides is left out.

use std::collections::BTreeMap;
use std::path::Path;

use super::desired::{Desired, InputKind};
use super::name::ServiceName;
use super::observed::Image;
use super::parts::{Mount, Port, StringMap, Ulimit};
use super::service::Service;

/// Settings by the path that people know; values may be secret.
pub type Settings = BTreeMap<String, String>;

/// The settings that a service asks for, on top of those of its image. Without an image those that it may set are left
/// out.
pub fn settings(desired: &Desired, name: &ServiceName, image: Option<&Image>) -> Settings {
    let Some(service) = desired.project.services.get(name) else { return Settings::new() };
    let mut all = Settings::new();
    let mut set = |key: &str, value: String| {
        all.insert(key.to_owned(), value);
    };
    if !service.image.is_empty() {
        set("image", service.image.clone());
    }
    set("domainname", service.domainname.clone());
    set("tty", service.tty.to_string());
    set("stdin_open", service.stdin_open.to_string());
    set("privileged", service.privileged.to_string());
    set("read_only", service.read_only.to_string());
    set("init", service.init.map(|init| init.to_string()).unwrap_or_default());
    set("restart", restart(service));
    set("cap_add", lines(capabilities(&service.cap_add)));
    set("cap_drop", lines(capabilities(&service.cap_drop)));
    set("group_add", lines(service.group_add.clone()));
    set("dns_search", lines(service.dns_search.clone()));
    set("dns_opt", lines(service.dns_opt.clone()));
    set(
        "extra_hosts",
        lines(service.extra_hosts.iter().map(|l| l.replacen('=', ":", 1)).collect()),
    );
    set("sysctls", map(&service.sysctls));
    set("ports", lines(service.ports.iter().map(port).collect()));
    set("ulimits", lines(service.ulimits.iter().map(ulimit).collect()));
    set("devices", lines(devices(service)));
    set("mem_limit", memory(service).to_string());
    if !service.hostname.is_empty() || service.network_mode.is_empty() {
        set("hostname", service.hostname.clone());
    }
    let grace = service.stop_grace_period.map(|grace| (grace.0 / 1_000_000_000).to_string());
    set("stop_grace_period", grace.unwrap_or_default());
    if let Some(logging) = service.logging.as_ref().filter(|logging| !logging.driver.is_empty()) {
        set("logging", format!("{}\n{}", logging.driver, map(&logging.options)));
    }
    if let Some(networks) = networks(desired, service) {
        set("networks", networks);
    }
    if let (true, Some(image)) = (service.volumes_from.is_empty(), image) {
        set("volumes", lines(mounts(desired, name, service, image)));
    }
    for (key, value) in &service.labels {
        set(&format!("labels.{key}"), value.clone());
    }
    over_image(&mut all, service, image);
    all
}

/// Settings that an image may have of its own.
fn over_image(all: &mut Settings, service: &Service, image: Option<&Image>) {
    let given = |key: &str| image.map(|image| image.settings.get(key).cloned().unwrap_or_default());
    let texts = [
        ("user", &service.user),
        ("working_dir", &service.working_dir),
        ("stop_signal", &service.stop_signal),
    ];
    for (key, text) in texts {
        let value = if text.is_empty() { given(key) } else { Some(text.clone()) };
        all.extend(value.map(|value| (key.to_owned(), value)));
    }
    let entrypoint = service.entrypoint.as_ref().map(|words| list(words));
    let replaced = entrypoint.as_ref().is_some_and(|text| !text.is_empty());
    let command = service.command.as_ref().map(|words| list(words)).filter(|text| !text.is_empty());
    // An entrypoint of the service's own leaves the image's command behind.
    let command = command.or_else(|| if replaced { Some(String::new()) } else { given("command") });
    all.extend(command.map(|text| ("command".to_owned(), text)));
    all.extend(
        entrypoint.or_else(|| given("entrypoint")).map(|text| ("entrypoint".to_owned(), text)),
    );
    for (key, value) in image.iter().flat_map(|image| &image.settings) {
        if key.starts_with("labels.") {
            all.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// Words whose order counts.
pub fn list(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { serde_json::json!(words).to_string() }
}

/// Lines whose order does not count.
pub fn lines(mut all: Vec<String>) -> String {
    all.sort();
    all.dedup();
    all.join("\n")
}

/// A map, one pair a line.
pub fn map(pairs: &StringMap) -> String {
    lines(pairs.iter().map(|(key, value)| format!("{key}={value}")).collect())
}

/// Capabilities as the engine writes them, sorted.
pub fn capabilities(names: &[String]) -> Vec<String> {
    let one = |name: &String| {
        let upper = name.trim().to_uppercase();
        if upper == "ALL" || upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") }
    };
    let mut all: Vec<String> = names.iter().map(one).collect();
    all.sort();
    all.dedup();
    all
}

/// A restart policy: its name, and the attempts if they are limited.
pub fn restart_text(name: &str, attempts: i64) -> String {
    let name = match name {
        "" | "none" | "no" => "no",
        "any" => "always",
        other => other,
    };
    if attempts > 0 { format!("{name}:{attempts}") } else { name.to_owned() }
}

fn restart(service: &Service) -> String {
    if let Some(policy) = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref())
    {
        return restart_text(&policy.condition, policy.max_attempts.unwrap_or(0));
    }
    let (name, attempts) = service.restart.split_once(':').unwrap_or((&service.restart, "0"));
    restart_text(name, attempts.parse().unwrap_or(0))
}

/// One published port.
pub fn port_text(host_ip: &str, published: &str, target: &str) -> String {
    format!("{host_ip}:{published}:{target}")
}

fn port(port: &Port) -> String {
    let protocol = if port.protocol.is_empty() { "tcp" } else { &port.protocol };
    port_text(&port.host_ip, &port.published, &format!("{}/{protocol}", port.target))
}

fn ulimit((name, limit): (&String, &Ulimit)) -> String {
    match *limit {
        Ulimit::Single(both) => format!("{name}={both}:{both}"),
        Ulimit::Pair { soft, hard } => format!("{name}={soft}:{hard}"),
    }
}

fn devices(service: &Service) -> Vec<String> {
    let mapped = service.devices.iter().filter(|device| !device.source.contains('='));
    mapped
        .map(|device| format!("{}:{}:{}", device.source, device.target, device.permissions))
        .collect()
}

fn memory(service: &Service) -> i64 {
    let limits = service.deploy.as_ref().and_then(|deploy| deploy.resources.limits.as_ref());
    limits.map(|limits| limits.memory.0).filter(|bytes| *bytes != 0).unwrap_or(service.mem_limit.0)
}

/// The networks by their names at the engine, or the mode that stands for them.
fn networks(desired: &Desired, service: &Service) -> Option<String> {
    if service.network_mode.starts_with("service:") {
        return None; // Only an observation knows the container.
    }
    if !service.network_mode.is_empty() {
        return Some(service.network_mode.clone());
    }
    let keys = service.networks.iter().flatten().map(|(key, _)| key);
    let names: Option<Vec<String>> =
        keys.map(|key| Some(desired.project.networks.get(key)?.name.clone())).collect();
    names.map(|names| if names.is_empty() { "none".to_owned() } else { lines(names) })
}

/// One mount; a volume without a name is the engine's own affair.
pub fn mount_text(kind: &str, source: &str, target: &str, read_only: bool) -> String {
    let cut = |path: &str| match path.trim_end_matches('/') {
        "" => path.to_owned(),
        cut => cut.to_owned(),
    };
    let mode = if read_only { "ro" } else { "rw" };
    format!("{kind} {}:{}:{mode}", cut(source), cut(target))
}

fn mounts(desired: &Desired, name: &ServiceName, service: &Service, image: &Image) -> Vec<String> {
    let declared = |mount: &Mount| {
        let source = match mount.r#type.as_str() {
            "volume" => {
                desired.project.volumes.get(&mount.source).map_or("", |volume| &volume.name)
            }
            "tmpfs" => "",
            _ => mount.source.as_str(),
        };
        mount_text(&mount.r#type, source, &mount.target, mount.read_only)
    };
    let mut all: Vec<String> = service.volumes.iter().map(declared).collect();
    let is_covered = |path: &str| {
        let same = |target: &str| Path::new(target) == Path::new(path);
        service.volumes.iter().any(|mount| same(&mount.target))
            || service.tmpfs.iter().any(|line| same(line.split(':').next().unwrap_or(line)))
    };
    let own = image.volumes.iter().filter(|path| !is_covered(path));
    all.extend(own.map(|path| mount_text("volume", "", path, false)));
    for (object, source) in desired.objects.iter().filter(|(object, _)| object.service == *name) {
        let (references, below) = match object.kind {
            InputKind::Secret => (&service.secrets, "/run/secrets/"),
            InputKind::Config | InputKind::File => (&service.configs, "/"),
        };
        for reference in references.iter().filter(|reference| reference.source == object.key) {
            let target = match reference.target.as_str() {
                "" => format!("{below}{}", object.key),
                target if target.starts_with('/') => target.to_owned(),
                target => format!("{below}{target}"),
            };
            all.push(mount_text("bind", &source.to_string_lossy(), &target, true));
        }
    }
    all
}
