//! Everything that a judgement is made from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::blocker::Blocker;
use super::lost::Lost;
use super::time::{Now, Up};
use super::units::{Sight, Stop};

/// What one question to the engine came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// A good answer in time.
    Good,
    /// A good answer, but the engine does not list containerd among its parts: the connection to it is lost. (Docker 20.10
    /// to 28: `/version` answers 200 without the component while containerd is dead, and hangs while it hangs.)
    NoContainerd,
    /// Nobody listens.
    Refused,
    /// The socket's file is gone.
    Missing,
    /// No answer in time.
    TimedOut,
    /// The connection ended in the middle.
    Broken,
    /// An answer that is no success.
    Odd,
}

/// One probe: when it was asked, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When it was asked.
    pub asked: Up,
    /// What came of it.
    pub reply: Reply,
}

/// What is wrong with one container, though the engine is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ailment {
    /// The engine does not answer questions about it.
    Stuck,
    /// The engine says that it runs, but there is no such process.
    Ghost,
    /// Its process runs, but the engine does not know it.
    Orphan,
}

/// A container that ails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ailing {
    /// Its ID.
    pub id: String,
    /// Its name, or the start of its ID where the engine does not know one.
    pub name: String,
    /// What is wrong.
    pub ailment: Ailment,
}

/// Who the engine is and where it keeps its things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its ID.
    pub id: String,
    /// Its storage driver.
    pub driver: String,
    /// The directory of its data.
    pub root: String,
    /// The file system that directory is on, by its mount point and device.
    pub mount: String,
}

/// What a look at the engine's surroundings found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Survey {
    /// When.
    pub at: Up,
    /// Who the engine is.
    pub identity: Option<Identity>,
    /// Bridges and packet filter chains that should be there and are not.
    pub network_lost: Vec<String>,
}

/// The disk with the engine's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Bytes that are free.
    pub free: u64,
    /// Bytes in all.
    pub size: u64,
    /// Inodes that are free.
    pub inodes_free: u64,
    /// Inodes in all; 0 where the file system has no such limit.
    pub inodes: u64,
    /// What became of a small file that was written and forced to the disk. A file system that ext4 gave up on still says
    /// `rw` in `/proc/mounts`, and every read goes well; only writing tells.
    pub canary: Canary,
    /// Whether the kernel reported errors of this file system or its device since boot.
    pub errors: bool,
    /// Whether the data directory's file system is there.
    pub mounted: bool,
}

/// What became of the small file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Canary {
    /// Written and on the disk.
    Written,
    /// There was no room.
    NoSpace,
    /// The file system takes nothing more.
    ReadOnly,
    /// The disk reports an error.
    Failed,
    /// No end within its limit.
    Blocked,
}

/// A request to leave Docker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who or what asked for it.
    pub by: String,
    /// Seconds since 1970 at which it ends; `None` is until it is taken back.
    pub until: Option<i64>,
}

/// The machine around the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// How long ago it booted.
    pub booted: Duration,
    /// A person's request to leave Docker alone.
    pub pause: Option<Pause>,
    /// Whether a package manager holds its lock.
    pub upgrading: bool,
    /// For how much of the time, in percent, the engine waited for a processor, a disk or memory, or how much of a processor
    /// it used itself since the last look: under pressure slow answers are no wonder, and what works does not hang.
    pub pressure: u8,
    /// The disk; `None` before it was first looked at.
    pub disk: Option<Disk>,
    /// A hierarchy of cgroups that takes no writes, if one is so: no container can be started.
    pub closed_cgroups: Option<String>,
    /// For how long the engine's main process has been waiting in the kernel where no signal reaches it.
    pub unkillable: Option<Duration>,
    /// Whether git, secrets and a registry are within reach, which a rebuild needs.
    pub can_rebuild: bool,
}

/// Everything that is known at one moment. What was not looked at again stays as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The clocks.
    pub now: Now,
    /// The service manager.
    pub sight: Sight,
    /// The last orderly stop that was seen or that the system's journal tells of; none that a remedy asked for.
    pub stop: Option<Stop>,
    /// `/_ping`: that anything answers at all.
    pub ping: Option<Answer>,
    /// One container's listing: that the engine's own state is reachable. (`/_ping` and this stay green while containerd
    /// hangs; seen on Docker 20.10, 26 and 28.)
    pub list: Option<Answer>,
    /// `/version`: that containerd answers the engine.
    pub version: Option<Answer>,
    /// When the containers were last looked at.
    pub looked: Option<Up>,
    /// Containers with something wrong, at that look.
    pub ailing: Vec<Ailing>,
    /// The engine's surroundings.
    pub survey: Option<Survey>,
    /// What the engine's log says keeps it from starting.
    pub blocker: Option<Blocker>,
    /// What the engine that runs has lost of its files, as its log says of its start.
    pub lost: Option<Lost>,
    /// The machine.
    pub host: Host,
}
