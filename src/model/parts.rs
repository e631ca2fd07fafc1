//! The parts of a service, in the order in which Docker Compose writes their members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scalar::{Bytes, FileMode, Float, GoDuration};

/// A map of text to text, sorted by key.
pub type StringMap = BTreeMap<String, String>;

/// Whether a value is what Go calls the zero value, and is therefore left out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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

/// Who decided whether a bind mount may create its source. The three tools whose hashes we know print it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CreateHostPath {
    /// Nothing was written in a long form with a `bind:` block: created, as Compose 5 has it.
    #[default]
    Implied,
    /// `true` was written, or the short form was used.
    Yes,
    /// `false` was written.
    No,
}

/// Options of a bind mount. Printed by Compose 5's rules: `create_host_path` only when it is false.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindOptions {
    /// `z` (shared) or `Z` (private).
    #[serde(default, skip_serializing_if = "is_default")]
    pub selinux: String,
    /// Propagation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub propagation: String,
    /// Whether the engine makes a missing source.
    #[serde(default, skip_serializing_if = "CreateHostPath::is_not_no")]
    pub create_host_path: CreateHostPath,
    /// How deep `read_only` and the bind itself reach.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recursive: String,
}

impl CreateHostPath {
    fn is_not_no(&self) -> bool {
        *self != Self::No
    }
}

impl Serialize for CreateHostPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self != Self::No)
    }
}

impl<'de> Deserialize<'de> for CreateHostPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if bool::deserialize(deserializer)? { Self::Yes } else { Self::No })
    }
}

/// The weight of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WeightDevice {
    /// Path of the device.
    #[serde(rename = "Path", alias = "path", default)]
    pub path: String,
    /// Weight.
    #[serde(rename = "Weight", alias = "weight", default, skip_serializing_if = "is_default")]
    pub weight: u16,
}

/// The limit of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ThrottleDevice {
    /// Path of the device.
    #[serde(rename = "Path", alias = "path", default)]
    pub path: String,
    /// Bytes or operations per second.
    #[serde(rename = "Rate", alias = "rate", default, skip_serializing_if = "is_default")]
    pub rate: Bytes,
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

/// A device of the host.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Path on the host.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// `r`, `w`, `m`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub permissions: String,
}

/// A request for devices by capability.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Capabilities.
    #[serde(default, skip_serializing_if = "is_default")]
    pub capabilities: Vec<String>,
    /// Driver.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Number; -1 is all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: i64,
    /// IDs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_ids: Vec<String>,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: StringMap,
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

/// A config or secret that a service gets as a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// Key of the model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// Owner.
    #[serde(default, skip_serializing_if = "is_default")]
    pub uid: String,
    /// Group.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gid: String,
    /// Permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<FileMode>,
}

/// How health is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Healthcheck {
    /// `CMD`, `CMD-SHELL` or `NONE`, and the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// The highest becomes the primary network.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i64,
    /// The highest becomes the gateway.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gw_priority: i64,
    /// More names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
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
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver_opts: StringMap,
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

/// A mount of a service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`.
    #[serde(default)]
    pub r#type: String,
    /// Absolute path, key of a volume, or image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// Whether it may not be written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consistency: String,
    /// Options of a bind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<BindOptions>,
    /// Options of a volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeOptions>,
    /// Options of a tmpfs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<TmpfsOptions>,
    /// Options of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageOptions>,
}

/// Options of a volume mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeOptions {
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Whether the image's files are not copied in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nocopy: bool,
    /// Directory of the volume.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// Options of a tmpfs mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TmpfsOptions {
    /// Size.
    #[serde(default, skip_serializing_if = "is_default")]
    pub size: Bytes,
    /// Permissions, as a number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: u32,
}

/// Options of an image mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageOptions {
    /// Directory of the image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subpath: String,
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

/// Block device limits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlkioConfig {
    /// Weight.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight: u16,
    /// Weights by device.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight_device: Vec<WeightDevice>,
    /// Bytes read per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_read_bps: Vec<ThrottleDevice>,
    /// Reads per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_read_iops: Vec<ThrottleDevice>,
    /// Bytes written per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_write_bps: Vec<ThrottleDevice>,
    /// Writes per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_write_iops: Vec<ThrottleDevice>,
}
