//! The part of a create request that binds a container to its host.

use serde_json::{Value, json};

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::service::Service;

use super::body::port_bindings;
use super::devices::devices;
use super::members::Members;
use super::mounts::mounts;
use super::namespaces::{links, shared_mode, volumes_from};
use super::networks::Attachment;
use super::ports::address;
use super::resources::resources;
use super::security::security;

/// The part of a create request that binds a container to its host.
pub(super) fn host_config(
    spec: &ContainerSpec<'_>,
    service: &Service,
    attachment: &Attachment,
    api: (u32, u32),
) -> Result<Members, Error> {
    let mut host = Members::default();
    let mounted = mounts(spec, service, api)?;
    host.list("Binds", mounted.binds)
        .list("Mounts", mounted.mounts)
        .list("VolumesFrom", volumes_from(spec, service)?)
        .put("NetworkMode", attachment.mode.as_str())
        .object("PortBindings", port_bindings(spec, service)?)
        .list("Links", links(spec, service));
    if let Some(policy) = restart_policy(service) {
        host.put("RestartPolicy", policy);
    }
    modes(&mut host, spec, service)?;
    resolver(&mut host, spec, service)?;
    resources(&mut host, service);
    devices(&mut host, service);
    security(&mut host, spec, service)?;
    kernel(&mut host, service);
    Ok(host)
}

/// The namespaces that are not its own.
fn modes(host: &mut Members, spec: &ContainerSpec<'_>, service: &Service) -> Result<(), Error> {
    host.text("IpcMode", &shared_mode(spec, "ipc", &service.ipc)?)
        .text("PidMode", &shared_mode(spec, "pid", &service.pid)?)
        .text("UTSMode", &service.uts)
        .text("UsernsMode", &service.userns_mode)
        .text("CgroupnsMode", &service.cgroup)
        .text("CgroupParent", &service.cgroup_parent)
        .text("Isolation", &service.isolation)
        .text("Runtime", &service.runtime);
    Ok(())
}

/// How names are found.
fn resolver(host: &mut Members, spec: &ContainerSpec<'_>, service: &Service) -> Result<(), Error> {
    let servers = service.dns.iter().map(|server| address(spec, "dns", server));
    let hosts = service.extra_hosts.iter().map(|line| line.replacen('=', ":", 1));
    host.list("Dns", servers.collect::<Result<Vec<_>, _>>()?)
        .list("DnsOptions", service.dns_opt.clone())
        .list("DnsSearch", service.dns_search.clone())
        .list("ExtraHosts", hosts.collect::<Vec<_>>());
    Ok(())
}

/// File system, logs, kernel parameters.
fn kernel(host: &mut Members, service: &Service) {
    let tmpfs = service.tmpfs.iter().map(|line| {
        let (path, options) = line.split_once(':').unwrap_or((line, ""));
        (path.to_owned(), options.to_owned())
    });
    host.flag("ReadonlyRootfs", service.read_only)
        .some("Init", service.init)
        .list("GroupAdd", service.group_add.clone())
        .map("Tmpfs", &tmpfs.collect())
        .map("Sysctls", &service.sysctls)
        .map("StorageOpt", &service.storage_opt)
        .map("Annotations", &service.annotations);
    if let Some(logging) = &service.logging {
        let mut log = Members::default();
        log.text("Type", &logging.driver).map("Config", &logging.options);
        host.object("LogConfig", log);
    }
}

/// When the engine itself starts it again. What `deploy` says counts more.
fn restart_policy(service: &Service) -> Option<Value> {
    let deployed = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
    if let Some(policy) = deployed {
        let attempts = policy.max_attempts.unwrap_or(0);
        return Some(
            json!({"Name": policy_name(&policy.condition), "MaximumRetryCount": attempts}),
        );
    }
    if service.restart.is_empty() {
        return None;
    }
    let (name, attempts) = service.restart.split_once(':').unwrap_or((&service.restart, "0"));
    let attempts: i64 = attempts.parse().unwrap_or(0);
    Some(json!({"Name": policy_name(name), "MaximumRetryCount": attempts}))
}

fn policy_name(word: &str) -> &str {
    match word {
        "none" | "no" => "no",
        "any" | "always" => "always",
        other => other,
    }
}
