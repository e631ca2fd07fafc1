//! What the engine and the disk report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use super::hash::{network_hash, network_hash_compose2};
use super::labels;
use super::memory::Memory;
use super::project::Network;

/// Everything that the planner compares with what is desired.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Who the engine is.
    pub engine: EngineInfo,
    /// When the engine last started, in seconds since 1970; asked where a container has ended with 0.
    pub engine_started: Option<i64>,
    /// All containers of the project, in every state, one-offs included.
    pub containers: Vec<Container>,
    /// Networks by name: those of the project, and those that it refers to.
    pub networks: BTreeMap<String, ObservedNetwork>,
    /// Volumes by name: those of the project, and those that it refers to.
    pub volumes: BTreeMap<String, ObservedVolume>,
    /// Local images, by the reference that the project uses; absent when the engine has none.
    pub images: BTreeMap<String, Image>,
    /// References of images that the engine knows and has lost a part of, with its words.
    pub damaged: BTreeMap<String, String>,
    /// Images that have lost the name by which containers of the project were made from them, by that reference.
    pub nameless: BTreeMap<String, Image>,
    /// References that mean another image at the engine than the one in `images`: containers are made from its ID.
    pub moved: BTreeSet<String>,
    /// What the registry holds, by reference, asked only where a pull is due.
    pub registry: BTreeMap<String, RegistryAnswer>,
    /// Files at the paths where some are desired; absent when nothing is there.
    pub files: BTreeMap<PathBuf, ObservedFile>,
    /// Names of containers of other projects that stand in the way (`container_name`), with their project if any.
    pub foreign: BTreeMap<String, Option<String>>,
    /// What is remembered, because nothing tells it.
    pub memory: Memory,
}

/// Who the engine is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineInfo {
    /// API version that it speaks, as (major, minor).
    pub api: (u32, u32),
    /// Its own version, such as `28.5.2`.
    pub version: String,
}

/// What the registry says about a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryAnswer {
    /// It holds this digest.
    Digest(String),
    /// It could not be asked; the reason, for people.
    Unreachable(String),
}

/// A container of the project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    /// Full ID.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// What it is doing.
    pub state: ContainerState,
    /// What its healthcheck says.
    pub health: HealthStatus,
    /// ID of the image it was made from.
    pub image_id: String,
    /// The networks it is attached to: name to network ID.
    pub networks: BTreeMap<String, String>,
    /// Its mounts.
    pub mounts: Vec<ObservedMount>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// What only an inspection tells; present where the planner needs it: a container that is not running, or whose
    /// labels differ from what is desired.
    pub details: Option<Details>,
}

/// What a container is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContainerState {
    /// Made, never started.
    #[default]
    Created,
    /// Running.
    Running,
    /// Frozen by somebody.
    Paused,
    /// Between two attempts of its restart policy.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Could not be removed, or broken.
    Dead,
}

/// What a healthcheck says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HealthStatus {
    /// There is no healthcheck, or the container does not run.
    #[default]
    None,
    /// Not yet known.
    Starting,
    /// Healthy.
    Healthy,
    /// Unhealthy.
    Unhealthy,
}

/// What only an inspection tells.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// How it ended; meaningful when it is not running.
    pub exit_code: i64,
    /// Whether the kernel killed it for its memory.
    pub oom_killed: bool,
    /// What the engine said when it could not start it.
    pub error: String,
    /// When it last started, RFC 3339; empty when never.
    pub started_at: String,
    /// When it ended, RFC 3339; empty when never.
    pub finished_at: String,
    /// How often the engine restarted it.
    pub restart_count: i64,
    /// Its environment, `KEY=VALUE`. Values may be secret: compare, never show.
    pub env: Vec<String>,
    /// Settings that can be compared with what is desired, by the path people know (`command`, `ports`, ...), each in one
    /// canonical text. Values may be secret: compare, never show.
    pub settings: BTreeMap<String, String>,
    /// How it stands in each of its networks, by the name of the network.
    pub endpoints: BTreeMap<String, Endpoint>,
}

/// How a container stands in a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The names, beside its own, by which others on the network find it.
    pub aliases: BTreeSet<String>,
    /// Its address, IPv4; empty while it does not run.
    pub address: String,
}

/// How it ended and when; never its environment.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details")
            .field("exit_code", &self.exit_code)
            .field("oom_killed", &self.oom_killed)
            .field("error", &self.error)
            .field("started_at", &self.started_at)
            .field("finished_at", &self.finished_at)
            .field("restart_count", &self.restart_count)
            .finish_non_exhaustive()
    }
}

/// A volume without a name that a new container takes over from the one it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritedVolume {
    /// Path in the container.
    pub target: String,
    /// Name of the volume.
    pub volume: String,
}

/// A mount of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedMount {
    /// `volume`, `bind`, `tmpfs`, ...
    pub kind: String,
    /// Name of the volume; empty for other kinds.
    pub name: String,
    /// Source on the host.
    pub source: String,
    /// Path in the container.
    pub destination: String,
}

/// A network at the engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedNetwork {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Containers of other projects on it; looked up only where its options differ from the declared ones.
    pub users: Vec<Container>,
}

/// A volume at the engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedVolume {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A local image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// The ID that goes into the label `com.docker.compose.image`.
    pub id: String,
    /// Its other IDs: an image store that keeps several platforms under one name has one ID for all of them, which older
    /// tools write into that label.
    pub other_ids: BTreeSet<String>,
    /// Digests under which registries know it (`name@sha256:...`).
    pub repo_digests: Vec<String>,
    /// The tags that it has here.
    pub tags: Vec<String>,
    /// Paths that it declares as `VOLUME`.
    pub volumes: BTreeSet<String>,
    /// Its environment, `KEY=VALUE`.
    pub env: Vec<String>,
    /// Whether it has a healthcheck of its own.
    pub has_healthcheck: bool,
    /// When its tag was last set here, in seconds since 1970.
    pub tagged_at: Option<i64>,
    /// Its platform, such as `linux/amd64`.
    pub platform: String,
    /// What it sets where a service does not, in the texts of [`super::settings`].
    pub settings: BTreeMap<String, String>,
}

/// A file on the disk at the path of a desired one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFile {
    /// SHA-256 of its contents, in hex; of a link, as [`super::desired::Contents::digest`] has it.
    pub digest: String,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Digest of what Conductor last wrote there, where that is known.
    pub laid_out: Option<String>,
    /// What it holds, where that is text that is about to be written over and may be shown.
    pub text: Option<String>,
}

impl Image {
    /// All its IDs, of whichever kind.
    pub fn ids(&self) -> BTreeSet<String> {
        self.other_ids.iter().chain(Some(&self.id)).cloned().collect()
    }

    /// The ID by which it is found after its name has come to mean another one: where one name stands for several
    /// platforms, only that of all of them.
    pub fn lasting_id(&self) -> &str {
        self.other_ids.first().unwrap_or(&self.id)
    }

    /// Whether an ID, of whichever kind, is this image's.
    pub fn has_id(&self, id: &str) -> bool {
        self.id == id || self.other_ids.contains(id)
    }
}

impl ObservedNetwork {
    /// Whether it was made with the declared options, by either dialect; one without a hash is taken as it is.
    pub fn has_options(&self, declared: &Network) -> bool {
        self.labels.get(labels::CONFIG_HASH).is_none_or(|hash| {
            *hash == network_hash(declared) || *hash == network_hash_compose2(declared)
        })
    }
}

impl Container {
    /// The value of a label, or the empty text.
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// Its service, by its label.
    pub fn service(&self) -> &str {
        self.label(labels::SERVICE)
    }

    /// Its replica number, by its label; 0 when it has none.
    pub fn number(&self) -> u32 {
        self.label(labels::CONTAINER_NUMBER).parse().unwrap_or(0)
    }

    /// Whether the engine began to remove it and has not come to the end: there is no use for it any more.
    pub fn is_broken(&self) -> bool {
        matches!(self.state, ContainerState::Dead | ContainerState::Removing)
    }

    /// The name that it gets when it is broken and stands in the way: the engine may not be able to remove it for long.
    pub fn name_aside(&self) -> String {
        let id = self.id.get(..12).unwrap_or(&self.id);
        let mark = format!("_dead_{id}");
        if self.name.ends_with(&mark) { self.name.clone() } else { format!("{}{mark}", self.name) }
    }

    /// Whether it is broken and was set aside: it counts as nobody's container.
    pub fn is_wreck(&self) -> bool {
        self.is_broken() && self.name == self.name_aside()
    }

    /// Whether it is one of `compose run`.
    pub fn is_oneoff(&self) -> bool {
        self.label(labels::ONEOFF) == "True"
    }
}
