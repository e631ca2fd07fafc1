//! What `x-conductor` of a service says: how Conductor handles changes that Compose has no word for.

use std::time::Duration;

/// How a service is handled. The default is what a service gets that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Behaviour {
    /// What becomes of its containers when only the contents of its inputs change.
    pub on_config_change: OnConfigChange,
    /// How its containers are replaced.
    pub update: Update,
    /// What runs it.
    pub runtime: Runtime,
    /// How long a container that others no longer find goes on, before it is stopped; `None` is the setting of the host.
    pub drain: Option<Duration>,
    /// Whether it may end by itself, whatever its restart policy says; `None` is what that says.
    pub one_shot: Option<bool>,
}

/// What becomes of containers when the contents of files, configs or secrets change, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnConfigChange {
    /// They are replaced.
    #[default]
    Recreate,
    /// They are restarted.
    Restart,
    /// They get this signal, such as `SIGHUP`.
    Signal(String),
    /// They stay as they are: the application looks by itself.
    Ignore,
}

/// How containers are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Update {
    /// The old container stops, then the new one starts.
    #[default]
    StopFirst,
    /// The new container is healthy before the old one stops.
    StartFirst,
}

/// What runs a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Runtime {
    /// The engine.
    #[default]
    Docker,
}
