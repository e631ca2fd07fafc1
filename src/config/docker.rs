//! How Docker itself is kept alive: the section `docker`.

use std::path::PathBuf;

use serde::Deserialize;

/// The section as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct DockerFragment {
    pub(super) heal: Option<Heal>,
    pub(super) patience: Option<Patience>,
    pub(super) unit: Option<String>,
    pub(super) data_root: Option<PathBuf>,
    pub(super) allow_rebuild: Option<bool>,
    pub(super) allow_reboot: Option<bool>,
    pub(super) start_after_upgrade: Option<bool>,
    pub(super) start_first: Option<Vec<String>>,
    pub(super) commands: Option<DockerCommands>,
}

/// A person's own commands that start and stop Docker, for machines without a service manager that is known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct DockerCommands {
    /// Starts it.
    pub start: Vec<String>,
    /// Stops it.
    pub stop: Vec<String>,
    /// Ends well while nobody wants it to be stopped.
    pub wanted: Vec<String>,
    /// The file with the number of its main process.
    #[serde(default = "pid_file")]
    pub pid_file: PathBuf,
    /// The file of its log.
    #[serde(default = "log")]
    pub log: PathBuf,
}

fn pid_file() -> PathBuf {
    "/var/run/docker.pid".into()
}

fn log() -> PathBuf {
    "/var/log/docker.log".into()
}

/// Whether Docker is healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heal {
    /// Watched and healed.
    #[default]
    On,
    /// Watched; what would be done is said, and not done.
    Observe,
    /// Not watched.
    Off,
}

/// How long what looks wrong has to go on before something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Patience {
    /// A minute for an engine that does not answer; three for a machine under pressure.
    #[default]
    Normal,
    /// Twenty seconds: for machines that are never busy.
    Quick,
}

/// How Docker itself is kept alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Docker {
    /// Whether it is.
    pub heal: Heal,
    /// How patiently.
    pub patience: Patience,
    /// Its unit, where it is not found by itself.
    pub unit: Option<String>,
    /// Where it keeps its data, until it has said so itself.
    pub data_root: PathBuf,
    /// Whether data that is damaged beyond a start may be made anew, all but the volumes.
    pub allow_rebuild: bool,
    /// Whether the machine may be restarted when the kernel holds Docker fast.
    pub allow_reboot: bool,
    /// Whether a Docker that a package upgrade left down is started.
    pub start_after_upgrade: bool,
    /// Units that are started before Docker: a network, a mount.
    pub start_first: Vec<String>,
    /// What starts and stops it, where no service manager that is known does.
    pub commands: Option<DockerCommands>,
}

impl Docker {
    pub(super) fn of(fragment: DockerFragment) -> Self {
        Self {
            heal: fragment.heal.unwrap_or_default(),
            patience: fragment.patience.unwrap_or_default(),
            unit: fragment.unit,
            data_root: fragment.data_root.unwrap_or_else(|| "/var/lib/docker".into()),
            allow_rebuild: fragment.allow_rebuild.unwrap_or(false),
            allow_reboot: fragment.allow_reboot.unwrap_or(false),
            start_after_upgrade: fragment.start_after_upgrade.unwrap_or(true),
            start_first: fragment.start_first.unwrap_or_default(),
            commands: fragment.commands,
        }
    }
}
