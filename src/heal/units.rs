//! What the service manager says about Docker's units.

use serde::{Deserialize, Serialize};

use super::time::Up;

/// What a unit does, in systemd's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Active {
    /// It runs.
    Active,
    /// It runs and reads its configuration anew.
    Reloading,
    /// It does not run, and nothing is wrong with that as far as the manager knows.
    Inactive,
    /// It ended badly.
    Failed,
    /// It is about to run, or waits to be started again.
    Activating,
    /// It is about to end.
    Deactivating,
}

/// What may start a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enabled {
    /// It starts at boot.
    Enabled,
    /// Nobody asked for it to start at boot.
    Disabled,
    /// It may not start at all.
    Masked,
    /// The manager has no such notion, or did not say.
    Unknown,
}

/// When the manager itself starts a unit again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restarts {
    /// However it ended: only an orderly stop leaves it down.
    Always,
    /// When it ended badly.
    OnFailure,
    /// Never.
    No,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What it does.
    pub active: Active,
    /// Whether the manager is about to start it again by itself (`auto-restart`).
    pub restarting: bool,
    /// How it last ended: `success`, `exit-code`, `signal`, `oom-kill`, `start-limit-hit`, `timeout`, and so on.
    pub result: String,
    /// Its main process, while there is one.
    pub pid: Option<u32>,
    /// How often the manager started it again since a person did.
    pub restarts: u32,
    /// What may start it.
    pub enabled: Enabled,
    /// When the manager starts it again by itself.
    pub policy: Restarts,
    /// When it last left the state of being down: the point that a cool-down is counted from. Counted from the point where
    /// it became active, a check and a restart delay can fall into step and kill a Docker that is still starting.
    pub began: Option<Up>,
    /// When it last went down.
    pub ended: Option<Up>,
    /// Whether a stop job is queued or running.
    pub stopping: bool,
    /// Whether a start job is queued or running: something else has to start first.
    pub queued: bool,
}

impl Unit {
    /// Whether its main process is to be talked to.
    pub fn is_active(&self) -> bool {
        matches!(self.active, Active::Active | Active::Reloading)
    }

    /// Whether it is down and nothing is about to start it.
    pub fn is_down(&self) -> bool {
        matches!(self.active, Active::Inactive | Active::Failed) && !self.restarting
    }
}

/// What the system as a whole does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum System {
    /// It boots.
    Starting,
    /// It runs, perhaps with units that failed.
    Running,
    /// It runs for repair only.
    Maintenance,
    /// It goes down.
    Stopping,
}

/// Docker's units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// The engine. `None`: there is no such unit.
    pub docker: Option<Unit>,
    /// The unit that holds its socket, where there is one.
    pub socket: Option<Unit>,
    /// containerd, where it is a unit of its own.
    pub containerd: Option<Unit>,
    /// The system.
    pub system: System,
    /// Since when everything that happened to the units was seen as it happened.
    pub seen_since: Up,
}

/// An orderly stop of Docker: somebody asked the service manager for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// When.
    pub at: Up,
    /// Whether containerd got a job within the same few seconds, as when packages are upgraded.
    pub with_containerd: bool,
}

/// What is known about the manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// The manager does not answer: nothing is known, and nothing may be concluded.
    Blind,
    /// What it says.
    Seen(Box<Units>),
}
