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

/// Pressure up to here is everyday life, and from here on as bad as it gets, in percent.
const CALM: u8 = 20;
const FULL: u8 = 80;

/// How long what looks wrong has to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// An engine that does not answer, before it counts as hung; on a machine without pressure.
    pub hung: Duration,
    /// How many questions in a row have to be unanswered besides.
    pub hung_questions: u32,
    /// What both grow to with the pressure on the machine: a busy Docker is not a hung one.
    pub busy: Duration,
    /// An engine that cannot reach containerd; without pressure, too.
    pub runtime: Duration,
    /// A unit that is down, though nobody stopped it, before it is started.
    pub down: Duration,
    /// A unit that is about to be started by its manager.
    pub restarting: Duration,
    /// A start that does not end.
    pub start: Duration,
    /// How long after a start nothing is killed that was not well since.
    pub grace: Duration,
    /// A stop that comes with a package upgrade.
    pub upgrade: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            hung: seconds(40),
            hung_questions: 4,
            busy: seconds(180),
            runtime: seconds(30),
            down: seconds(10),
            restarting: seconds(30),
            start: seconds(600),
            grace: seconds(120),
            upgrade: seconds(600),
        }
    }
}

impl Patience {
    /// How long `least` becomes under this much pressure, in percent.
    pub(super) fn under(&self, pressure: u8, least: Duration) -> Duration {
        let share = u32::from(pressure.clamp(CALM, FULL) - CALM);
        least + self.busy.saturating_sub(least) * share / u32::from(FULL - CALM)
    }

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
