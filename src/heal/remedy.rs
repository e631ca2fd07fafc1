//! The remedies, from the mildest to the strongest, and how often each may be used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::facts::Ailment;
use super::lost::Lost;

/// What can be done for Docker. Each is one step; the next is only taken when it did not help.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Remedy {
    /// Collects what tells later why: goroutine dump, log, disk, pressure.
    Evidence,
    /// Resets the start limit of Docker's units and starts them.
    Start,
    /// Treats one container.
    Container {
        /// Its ID.
        id: String,
        /// Its name.
        name: String,
        /// What is wrong with it.
        ailment: Ailment,
    },
    /// Restarts Docker in order, which rebuilds its networks.
    Restart,
    /// Kills Docker's main process alone; the manager starts it again. An orderly restart of an engine that hangs takes
    /// its whole stop time-out (91 s measured on Docker 20.10); the kill had the API back in 2.2 s.
    Kill,
    /// Kills containerd's main process alone; its manager starts it again. Never all of its processes: those are the
    /// parents of every container.
    KillContainerd,
    /// Starts containerd.
    StartContainerd,
    /// Removes a pid file whose process is not Docker, and starts.
    RemovePidFile,
    /// Restarts the unit that holds the socket, whose file is gone; restarting Docker alone does not bring it back.
    RestartSocket,
    /// Moves one damaged file aside, and starts.
    Quarantine(Target),
    /// Moves everything aside that can be made anew from git and registries, and starts. Volumes stay.
    Rebuild,
    /// Restarts the machine.
    Reboot,
}

/// What may be moved aside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Target {
    /// `network/files/local-kv.db`
    NetworkDatabase,
    /// `volumes/metadata.db`, never a volume.
    VolumeDatabase,
    /// `image/<driver>/repositories.json`
    ImageNames,
    /// containerd's `meta.db`
    ContainerdDatabase,
    /// The directory of one container whose files cannot be read.
    Container(String),
    /// The descriptions of images, and the directories of containers, whose layers are lost.
    Lost(Lost),
}

impl Target {
    /// What it is, in words.
    pub fn words(&self) -> String {
        match self {
            Self::NetworkDatabase => "the database of networks".into(),
            Self::VolumeDatabase => "the database of volumes".into(),
            Self::ImageNames => "the list of image names".into(),
            Self::ContainerdDatabase => "containerd's database".into(),
            Self::Lost(lost) => lost.words(),
            Self::Container(id) => format!("the directory of container `{id}`"),
        }
    }
}

/// A kind of remedy: what limits are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// [`Remedy::Evidence`]
    Evidence,
    /// [`Remedy::Start`]
    Start,
    /// [`Remedy::Container`]
    Container,
    /// [`Remedy::Restart`]
    Restart,
    /// [`Remedy::Kill`]
    Kill,
    /// [`Remedy::KillContainerd`] and [`Remedy::StartContainerd`]
    Containerd,
    /// [`Remedy::RemovePidFile`] and [`Remedy::RestartSocket`]
    Unblock,
    /// [`Remedy::Quarantine`]
    Quarantine,
    /// [`Remedy::Rebuild`]
    Rebuild,
    /// [`Remedy::Reboot`]
    Reboot,
}

/// The limits of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long what it should have brought may take.
    pub verify: Duration,
    /// How long after its end it may not be used again.
    pub pause: Duration,
    /// How often within an hour.
    pub hourly: usize,
    /// How often within a day.
    pub daily: usize,
}

/// How many remedies that touch the engine as a whole there may be within an hour, of all kinds together.
pub const HOURLY: usize = 6;
/// The same within a day.
pub const DAILY: usize = 12;

impl Step {
    /// Its limits.
    pub const fn limits(self) -> Limits {
        let (verify, pause, hourly, daily) = match self {
            Self::Evidence => (5, 60, 12, 100),
            Self::Start => (120, 30, 6, 12),
            Self::Container => (30, 60, 5, 20),
            Self::Restart => (150, 120, 3, 6),
            Self::Kill => (180, 120, 3, 6),
            Self::Containerd => (60, 300, 2, 4),
            Self::Unblock => (120, 30, 2, 6),
            Self::Quarantine => (180, 600, 3, 3),
            Self::Rebuild => (1800, 86_400, 1, 1),
            Self::Reboot => (600, 86_400, 1, 1),
        };
        Limits {
            verify: Duration::from_secs(verify),
            pause: Duration::from_secs(pause),
            hourly,
            daily,
        }
    }

    /// Whether it touches the engine as a whole, and counts against the budget of all of them together.
    pub const fn is_of_engine(self) -> bool {
        !matches!(self, Self::Evidence | Self::Container)
    }

    /// One word for tables, metrics and the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Start => "start",
            Self::Container => "container",
            Self::Restart => "restart",
            Self::Kill => "kill",
            Self::Containerd => "containerd",
            Self::Unblock => "unblock",
            Self::Quarantine => "quarantine",
            Self::Rebuild => "rebuild",
            Self::Reboot => "reboot",
        }
    }
}

impl Remedy {
    /// What kind it is.
    pub const fn step(&self) -> Step {
        match self {
            Self::Evidence => Step::Evidence,
            Self::Start => Step::Start,
            Self::Container { .. } => Step::Container,
            Self::Restart => Step::Restart,
            Self::Kill => Step::Kill,
            Self::KillContainerd | Self::StartContainerd => Step::Containerd,
            Self::RemovePidFile | Self::RestartSocket => Step::Unblock,
            Self::Quarantine(_) => Step::Quarantine,
            Self::Rebuild => Step::Rebuild,
            Self::Reboot => Step::Reboot,
        }
    }

    /// Whether it ends something by force or moves data, and must not come before evidence.
    pub const fn needs_evidence(&self) -> bool {
        match self {
            Self::Kill
            | Self::KillContainerd
            | Self::Quarantine(_)
            | Self::Rebuild
            | Self::Reboot
            | Self::Container { ailment: Ailment::Stuck, .. } => true,
            Self::Evidence
            | Self::Start
            | Self::Container { ailment: Ailment::Ghost | Ailment::Orphan, .. }
            | Self::Restart
            | Self::StartContainerd
            | Self::RemovePidFile
            | Self::RestartSocket => false,
        }
    }

    /// Whether it stops Docker in order on its way, so that a stop may be ours although nobody remembers it.
    pub const fn stops(&self) -> bool {
        matches!(self, Self::Quarantine(_) | Self::Rebuild)
    }

    /// What it does, as an order.
    pub fn words(&self) -> String {
        match self {
            Self::Evidence => "collect evidence".into(),
            Self::Start => "start Docker".into(),
            Self::Container { name, ailment: Ailment::Stuck, .. } => {
                format!("kill the parent of container `{name}`, which does not answer")
            }
            Self::Container { name, ailment: Ailment::Ghost, .. } => {
                format!("restart container `{name}`, whose process is gone")
            }
            Self::Container { name, ailment: Ailment::Orphan, .. } => {
                format!("end the process of container `{name}`, which Docker forgot")
            }
            Self::Restart => "restart Docker".into(),
            Self::Kill => "kill Docker's main process".into(),
            Self::KillContainerd => "kill containerd's main process".into(),
            Self::StartContainerd => "start containerd".into(),
            Self::RemovePidFile => "remove the stale pid file and start Docker".into(),
            Self::RestartSocket => "restart the unit of Docker's socket".into(),
            Self::Quarantine(target) => {
                format!("move {} aside and start Docker", target.words())
            }
            Self::Rebuild => "rebuild Docker's data from git and registries".into(),
            Self::Reboot => "restart the machine".into(),
        }
    }
}
