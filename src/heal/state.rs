//! The states that Docker can be in, as the watch sees it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::{Canary, Disk, Facts};
use super::time::words;

/// What Docker's condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is not watched: the settings say so.
    Unwatched,
    /// The service manager does not answer, so that nothing may be concluded.
    Unknown,
    /// Everything answers.
    Healthy,
    /// It is about to run.
    Starting,
    /// Something did not answer, but not for long.
    Suspect,
    /// It runs and does not answer.
    Hung,
    /// It answers, but containerd does not answer it.
    RuntimeBad,
    /// It listens nowhere: the file of its socket is gone.
    SocketGone,
    /// It is down, and nobody stopped it.
    Crashed,
    /// It ends again and again.
    CrashLoop,
    /// It is well; a container is not.
    ContainerBad,
    /// Its networks were taken apart from outside.
    NetworkLost,
    /// It runs, and has lost the description of a layer, and with it the images and containers that are made of it.
    ImagesLost,
    /// The machine is in no state for remedies: a full or failing disk, or data that is not the engine's.
    HostBad,
    /// A person stopped it.
    Stopped,
    /// A package upgrade stopped it.
    Upgrading,
    /// A person asked to leave it alone.
    Paused,
    /// The machine goes down.
    ShuttingDown,
    /// What may be done was done, and did not help.
    GaveUp,
}

impl State {
    /// Its name for people, programs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unwatched => "unwatched",
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Starting => "starting",
            Self::Suspect => "suspect",
            Self::Hung => "hung",
            Self::RuntimeBad => "runtime-bad",
            Self::SocketGone => "socket-gone",
            Self::Crashed => "crashed",
            Self::CrashLoop => "crash-loop",
            Self::ContainerBad => "container-bad",
            Self::NetworkLost => "network-lost",
            Self::ImagesLost => "images-lost",
            Self::HostBad => "host-bad",
            Self::Stopped => "stopped",
            Self::Upgrading => "upgrading",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting-down",
            Self::GaveUp => "gave-up",
        }
    }

    /// Whether it is an illness: what an incident is about.
    pub const fn is_ill(self) -> bool {
        match self {
            Self::Hung
            | Self::RuntimeBad
            | Self::SocketGone
            | Self::Crashed
            | Self::CrashLoop
            | Self::ContainerBad
            | Self::NetworkLost
            | Self::ImagesLost
            | Self::HostBad
            | Self::GaveUp => true,
            Self::Unwatched
            | Self::Unknown
            | Self::Healthy
            | Self::Starting
            | Self::Suspect
            | Self::Stopped
            | Self::Upgrading
            | Self::Paused
            | Self::ShuttingDown => false,
        }
    }

    /// Whether it may last until a person does something, so that nothing is gained by looking closely.
    pub(super) const fn lasts(self) -> bool {
        matches!(self, Self::HostBad | Self::ImagesLost)
    }

    /// Whether people are told at once when it begins.
    pub const fn is_loud(self) -> bool {
        matches!(
            self,
            Self::Hung
                | Self::RuntimeBad
                | Self::CrashLoop
                | Self::ImagesLost
                | Self::HostBad
                | Self::GaveUp
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

const GIB: u64 = 1 << 30;

/// What is wrong with a disk, in words; `None` when remedies may be used. The limit is 1 % or 200 MiB, whichever is less
/// on a large disk: below it an engine cannot start, and what looks damaged may only be cut short.
pub(super) fn disk_trouble(disk: &Disk) -> Option<String> {
    if !disk.mounted {
        return Some("the file system of Docker's data is not mounted".into());
    }
    let trouble = match disk.canary {
        Canary::NoSpace => Some("the disk of Docker's data is full"),
        Canary::ReadOnly => Some("the disk of Docker's data takes no writes"),
        Canary::Failed => Some("the disk of Docker's data reports errors"),
        Canary::Blocked => Some("a write to the disk of Docker's data does not end"),
        Canary::Written => None,
    };
    if let Some(trouble) = trouble {
        return Some(trouble.into());
    }
    if disk.errors {
        return Some("the kernel reports errors of the disk of Docker's data".into());
    }
    if disk.free < (200 << 20) || (disk.free < GIB && disk.free < disk.size / 100) {
        return Some(format!(
            "the disk of Docker's data is full: {} MiB are free",
            disk.free >> 20
        ));
    }
    (disk.inodes > 0 && disk.inodes_free < disk.inodes / 1000)
        .then(|| "the file system of Docker's data has no inodes left".into())
}

/// What is wrong with the machine, in words.
pub(super) fn host_trouble(facts: &Facts) -> Option<String> {
    let cgroups = || {
        let place = facts.host.closed_cgroups.as_ref()?;
        Some(format!("no container can be started: the cgroups at `{place}` take no writes"))
    };
    let held = || {
        let held = facts.host.unkillable.filter(|held| held.as_secs() >= 60)?;
        let held = words(held);
        Some(format!("the kernel has held Docker's main process for {held}; no signal reaches it"))
    };
    facts.host.disk.as_ref().and_then(disk_trouble).or_else(cgroups).or_else(held)
}
