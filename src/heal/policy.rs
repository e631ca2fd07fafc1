//! What a person allows, and how patient the watch is.

use std::time::Duration;

/// Whether Docker is healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Watched and healed.
    #[default]
    On,
    /// Watched; what would be done is said, and not done.
    Observe,
    /// Not watched.
    Off,
}

/// What a person allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether Docker is healed.
    pub mode: Mode,
    /// Whether an engine whose data is damaged beyond a start may get everything anew but its volumes.
    pub allow_rebuild: bool,
    /// Whether the machine may be restarted when the kernel holds the engine fast.
    pub allow_reboot: bool,
    /// Whether a Docker that a package upgrade left down is started.
    pub start_after_upgrade: bool,
    /// How patient the watch is.
    pub patience: Patience,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::On,
            allow_rebuild: false,
            allow_reboot: false,
            start_after_upgrade: true,
            patience: Patience::default(),
        }
    }
}

/// How long what looks wrong has to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// An engine that does not answer, before it counts as hung.
    pub hung: Duration,
    /// How many questions in a row have to be unanswered besides.
    pub hung_questions: u32,
    /// The same on a machine under pressure or with pulls and builds under way: a busy Docker is not a hung one.
    pub busy: Duration,
    /// An engine that cannot reach containerd.
    pub runtime: Duration,
    /// A unit that is down, though nobody stopped it, before it is started.
    pub down: Duration,
    /// A unit that is about to be started by its manager.
    pub restarting: Duration,
    /// A start that does not end.
    pub start: Duration,
    /// How long after a start nothing is killed.
    pub grace: Duration,
    /// A stop that comes with a package upgrade.
    pub upgrade: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            hung: seconds(60),
            hung_questions: 4,
            busy: seconds(180),
            runtime: seconds(45),
            down: seconds(10),
            restarting: seconds(30),
            start: seconds(600),
            grace: seconds(120),
            upgrade: seconds(600),
        }
    }
}

impl Patience {
    /// The least that is still sane: for machines that are never busy.
    pub fn quick() -> Self {
        let seconds = Duration::from_secs;
        Self {
            hung: seconds(20),
            hung_questions: 3,
            runtime: seconds(20),
            down: seconds(5),
            grace: seconds(60),
            ..Self::default()
        }
    }
}
