//! The typed Compose model of a service.
//!
//! Members stand in the order in which Docker Compose writes them, and are left out when they are zero, because the
//! config hash is a digest of exactly that text ([`crate::model::hash`]).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::ServiceName;
use super::parts::{
    BlkioConfig, Build, Dependency, Deploy, Device, DeviceRequest, EnvFile, FileReference,
    Healthcheck, Hook, Logging, Mount, Port, ServiceNetwork, StringMap, Ulimit, is_default,
};
use super::scalar::{Bytes, Float, GoDuration};

/// One service, loaded: every short form written out, every default filled in.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the members of a Compose service")]
pub struct Service {
    /// Names of the profiles that enable it; empty means always.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profiles: Vec<String>,
    /// Annotations for the runtime.
    #[serde(default, skip_serializing_if = "is_default")]
    pub annotations: StringMap,
    /// Whether `up` shows its output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<bool>,
    /// How its image is built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Development settings; only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub develop: Option<serde_json::Value>,
    /// Block device limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blkio_config: Option<BlkioConfig>,
    /// Capabilities added.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cap_add: Vec<String>,
    /// Capabilities dropped.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cap_drop: Vec<String>,
    /// Parent control group.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cgroup_parent: String,
    /// Control group namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cgroup: String,
    /// Number of CPUs (Windows).
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_count: i64,
    /// Share of the CPUs in percent (Windows).
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_percent: Float,
    /// CFS period in microseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_period: i64,
    /// CFS quota in microseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_quota: i64,
    /// Real-time period in microseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_rt_period: i64,
    /// Real-time runtime in microseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_rt_runtime: i64,
    /// Number of CPUs it may use.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpus: Float,
    /// CPUs it may run on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpuset: String,
    /// Relative weight.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu_shares: i64,
    /// Command; `None` is the image's.
    #[serde(default)]
    pub command: Option<Vec<String>>,
    /// Configs it gets as files.
    #[serde(default, skip_serializing_if = "is_default")]
    pub configs: Vec<FileReference>,
    /// Name of its single container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub container_name: String,
    /// Windows credentials; only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_spec: Option<serde_json::Value>,
    /// What must be there before it starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub depends_on: BTreeMap<ServiceName, Dependency>,
    /// Replicas, resources, restart policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Deploy>,
    /// Rules for devices.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_cgroup_rules: Vec<String>,
    /// Devices of the host.
    #[serde(default, skip_serializing_if = "is_default")]
    pub devices: Vec<Device>,
    /// DNS servers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dns: Vec<String>,
    /// Resolver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dns_opt: Vec<String>,
    /// Search domains.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dns_search: Vec<String>,
    /// Legacy; only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dockerfile: String,
    /// Domain name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub domainname: String,
    /// Entrypoint; `None` is the image's.
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
    /// Somebody else who provides the service; only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<serde_json::Value>,
    /// Variables; `None` removes the image's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub environment: BTreeMap<String, Option<String>>,
    /// Files of variables; empty once they are resolved.
    #[serde(default, skip_serializing_if = "is_default")]
    pub env_file: Vec<EnvFile>,
    /// Ports open to other containers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expose: Vec<String>,
    /// What it extends; only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<serde_json::Value>,
    /// Links to containers outside the project.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external_links: Vec<String>,
    /// `host=address` lines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// Additional groups.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group_add: Vec<String>,
    /// GPUs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gpus: Vec<DeviceRequest>,
    /// Host name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hostname: String,
    /// How its health is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Image, as written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub image: String,
    /// Whether an init process reaps its children.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// IPC namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ipc: String,
    /// Isolation technology (Windows).
    #[serde(default, skip_serializing_if = "is_default")]
    pub isolation: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Files of labels, absolute.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label_file: Vec<String>,
    /// Links to services.
    #[serde(default, skip_serializing_if = "is_default")]
    pub links: Vec<String>,
    /// Log driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<Logging>,
    /// Memory limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mem_limit: Bytes,
    /// Memory reservation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mem_reservation: Bytes,
    /// Memory and swap limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub memswap_limit: Bytes,
    /// Swappiness in percent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mem_swappiness: Bytes,
    /// Hardware address of the primary network.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mac_address: String,
    /// AI models it uses; only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<serde_json::Value>,
    /// Network namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub network_mode: String,
    /// Networks it joins, by key of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<BTreeMap<String, Option<ServiceNetwork>>>,
    /// Whether the kernel spares it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oom_kill_disable: bool,
    /// OOM score.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oom_score_adj: i64,
    /// PID namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pid: String,
    /// Limit of processes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pids_limit: i64,
    /// Platform of its image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub platform: String,
    /// Published ports.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ports: Vec<Port>,
    /// Whether it has all rights.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privileged: bool,
    /// When its image is pulled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pull_policy: String,
    /// Whether its root file system is read-only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Restart policy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restart: String,
    /// OCI runtime.
    #[serde(default, skip_serializing_if = "is_default")]
    pub runtime: String,
    /// Number of replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<i64>,
    /// Secrets it gets as files.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    /// Security options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub security_opt: Vec<String>,
    /// Size of /dev/shm.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shm_size: Bytes,
    /// Whether standard input stays open.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stdin_open: bool,
    /// How long it may take to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_grace_period: Option<GoDuration>,
    /// Signal that stops it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stop_signal: String,
    /// Storage driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage_opt: StringMap,
    /// Kernel parameters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sysctls: StringMap,
    /// tmpfs mounts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tmpfs: Vec<String>,
    /// Whether it has a terminal.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tty: bool,
    /// Limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Whether it gets the engine's socket.
    #[serde(default, skip_serializing_if = "is_default")]
    pub use_api_socket: bool,
    /// User it runs as.
    #[serde(default, skip_serializing_if = "is_default")]
    pub user: String,
    /// User namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub userns_mode: String,
    /// UTS namespace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub uts: String,
    /// Mounts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub volumes: Vec<Mount>,
    /// Services or containers whose mounts it shares.
    #[serde(default, skip_serializing_if = "is_default")]
    pub volumes_from: Vec<String>,
    /// Working directory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub working_dir: String,
    /// Containers run before its first start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pre_start: Vec<Hook>,
    /// Commands run in it after a start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_start: Vec<Hook>,
    /// Commands run in it before a stop.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pre_stop: Vec<Hook>,
}

/// The file of a seccomp profile that a security option names, unless it is one of the engine's own words.
pub fn seccomp_file(option: &str) -> Option<&str> {
    let value = option.strip_prefix("seccomp=").or_else(|| option.strip_prefix("seccomp:"))?;
    (!matches!(value, "unconfined" | "builtin")).then_some(value)
}

/// Its image and the names of its variables: values may have come out of an encrypted file.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("image", &self.image)
            .field("environment", &self.environment.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_variables_are_never_printed() {
        let service = Service {
            image: "nginx:1".to_owned(),
            command: Some(vec!["--token=hunter2".to_owned()]),
            environment: BTreeMap::from([("TOKEN".to_owned(), Some("hunter2".to_owned()))]),
            ..Service::default()
        };
        insta::assert_snapshot!(
            format!("{service:?}"),
            @r#"Service { image: "nginx:1", environment: ["TOKEN"], .. }"#
        );
    }
}
