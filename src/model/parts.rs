//! The parts of a service, in the order in which Docker Compose writes their members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scalar::{Bytes, Float, GoDuration};

pub use super::devices::{BlkioConfig, Device, DeviceRequest, ThrottleDevice, WeightDevice};
pub use super::mounts::{
    BindOptions, CreateHostPath, FileReference, ImageOptions, Mount, TmpfsOptions, VolumeOptions,
};

/// A map of text to text, sorted by key.
pub type StringMap = BTreeMap<String, String>;

/// Whether a value is what Go calls the zero value, and is therefore left out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether there is nothing in an optional list.
#[expect(clippy::ref_option, reason = "serde passes a reference to the member")]
fn is_empty(list: &Option<Vec<String>>) -> bool {
    list.as_ref().is_none_or(Vec::is_empty)
}

/// What must hold of a dependency before its dependent starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Condition {
    /// Its containers have been started.
    #[default]
    #[serde(rename = "service_started")]
    Started,
    /// All its containers are healthy.
    #[serde(rename = "service_healthy")]
    Healthy,
    /// Its containers have ended with 0.
    #[serde(rename = "service_completed_successfully")]
    CompletedSuccessfully,
}

impl Condition {
    /// The word that Compose files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::CompletedSuccessfully => "service_completed_successfully",
        }
    }
}

/// A limit: one number, or a soft and a hard one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ulimit {
    /// Soft and hard limit are the same.
    Single(i64),
    /// Two limits.
    Pair {
        /// Soft limit.
        soft: i64,
        /// Hard limit.
        hard: i64,
    },
}

/// How an image is built.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Directory or URL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: String,
    /// Dockerfile, relative to the context.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dockerfile: String,
    /// Dockerfile as text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dockerfile_inline: String,
    /// Privileges of the build.
    #[serde(default, skip_serializing_if = "is_default")]
    pub entitlements: Vec<String>,
    /// Arguments.
    #[serde(default, skip_serializing_if = "is_default")]
    pub args: BTreeMap<String, Option<String>>,
    /// Provenance attestation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provenance: String,
    /// SBOM attestation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sbom: String,
    /// SSH agents and keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<serde_json::Value>,
    /// Labels of the image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Caches read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cache_from: Vec<String>,
    /// Caches written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cache_to: Vec<String>,
    /// Whether caches are left aside.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_cache: bool,
    /// Stages built without caches.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_cache_filter: Vec<String>,
    /// More contexts, by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub additional_contexts: StringMap,
    /// Whether base images are pulled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pull: bool,
    /// `host=address` lines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// Isolation technology.
    #[serde(default, skip_serializing_if = "is_default")]
    pub isolation: String,
    /// Network of the build.
    #[serde(default, skip_serializing_if = "is_default")]
    pub network: String,
    /// Stage to build.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// Secrets of the build.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    /// Size of /dev/shm.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shm_size: Bytes,
    /// More tags.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Platforms.
    #[serde(default, skip_serializing_if = "is_default")]
    pub platforms: Vec<String>,
    /// Whether the build has all rights.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privileged: bool,
}

/// A dependency on another service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// What must hold before the dependent starts.
    #[serde(default)]
    pub condition: Condition,
    /// Whether the dependent is restarted with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restart: bool,
    /// Whether its absence is an error.
    #[serde(default)]
    pub required: bool,
}

/// What Compose honours of `deploy`, and the rest, which is only hashed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// Mode; only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: String,
    /// Number of replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i64>,
    /// Labels of the service; only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_config: Option<serde_json::Value>,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_config: Option<serde_json::Value>,
    /// Limits and reservations.
    #[serde(default)]
    pub resources: Resources,
    /// Restart policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// Only hashed.
    #[serde(default)]
    pub placement: serde_json::Map<String, serde_json::Value>,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub endpoint_mode: String,
}

/// Limits and reservations.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Resource>,
    /// At least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservations: Option<Resource>,
}

/// An amount of resources.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// CPUs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpus: Float,
    /// Memory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub memory: Bytes,
    /// Processes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pids: i64,
    /// Devices.
    #[serde(default, skip_serializing_if = "is_default")]
    pub devices: Vec<DeviceRequest>,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generic_resources: Option<serde_json::Value>,
}

/// `deploy.restart_policy`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestartPolicy {
    /// `none`, `on-failure` or `any`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub condition: String,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<GoDuration>,
    /// Number of attempts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i64>,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<GoDuration>,
}

/// A file of variables.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvFile {
    /// Absolute path.
    #[serde(default, skip_serializing_if = "is_default")]
    pub path: String,
    /// Whether its absence is an error.
    #[serde(default)]
    pub required: bool,
    /// Empty, or `raw`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: String,
}

/// How health is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Healthcheck {
    /// `CMD`, `CMD-SHELL` or `NONE`, and the command; an empty list counts as absent.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub test: Option<Vec<String>>,
    /// How long a check may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<GoDuration>,
    /// Time between checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<GoDuration>,
    /// Failures until unhealthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
    /// Time in which failures do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_period: Option<GoDuration>,
    /// Time between checks in the start period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_interval: Option<GoDuration>,
    /// Whether the image's check is switched off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disable: bool,
}

/// Log driver and its options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// Driver.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: StringMap,
}

/// A service's place in a network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceNetwork {
    /// More names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver_opts: StringMap,
    /// The highest becomes the gateway.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gw_priority: i64,
    /// Name of the interface.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interface_name: String,
    /// Fixed address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ipv4_address: String,
    /// Fixed address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ipv6_address: String,
    /// Link-local addresses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub link_local_ips: Vec<String>,
    /// Hardware address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mac_address: String,
    /// The highest becomes the primary network.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i64,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Name; only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// `ingress` or `host`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: String,
    /// Address of the host.
    #[serde(default, skip_serializing_if = "is_default")]
    pub host_ip: String,
    /// Port in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: u32,
    /// Port or range on the host; empty is any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub published: String,
    /// `tcp`, `udp` or `sctp`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub protocol: String,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub app_protocol: String,
}

/// A command run around the life of a container.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Command.
    #[serde(default)]
    pub command: Option<Vec<String>>,
    /// Image (of `pre_start`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub image: String,
    /// User.
    #[serde(default, skip_serializing_if = "is_default")]
    pub user: String,
    /// Whether it has all rights.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privileged: bool,
    /// Working directory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub working_dir: String,
    /// Variables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub environment: BTreeMap<String, Option<String>>,
    /// Whether it runs for each replica.
    #[serde(default, skip_serializing_if = "is_default")]
    pub per_replica: bool,
}
