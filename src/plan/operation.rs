//! The words of a plan: operations, and what each does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::name::ServiceName;
use crate::model::observed::InheritedVolume;

use super::cause::Cause;
use super::note::Note;

/// What has to be done, in an order in which it can be done one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The operations. Each names only earlier ones as its predecessors.
    pub operations: Vec<Operation>,
    /// What a person should know.
    pub notes: Vec<Note>,
}

/// The place of an operation in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub usize);

/// One action with one effect, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its place in the plan.
    pub id: OpId,
    /// What is done.
    pub action: Action,
    /// The service for which it is done.
    pub service: Option<ServiceName>,
    /// Why it is done.
    pub cause: Cause,
    /// What must be done before.
    pub after: Vec<OpId>,
}

/// What an operation does. Containers are addressed by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Fetches an image from its registry.
    PullImage {
        /// As the Compose file has it.
        reference: String,
        /// Which platform, if one is asked for.
        platform: Option<String>,
    },
    /// Gives an image that is here the name back that it had.
    TagImage {
        /// As the Compose file has it.
        reference: String,
        /// Its ID.
        id: String,
    },
    /// Lays out the desired file of this path.
    WriteFile {
        /// Absolute path.
        path: PathBuf,
        /// What people call it.
        shown: String,
    },
    /// Removes a file that Conductor has laid out.
    RemoveFile {
        /// Absolute path.
        path: PathBuf,
    },
    /// Makes a network of the model.
    CreateNetwork {
        /// Key of the model.
        key: String,
        /// Name at the engine.
        name: String,
    },
    /// Removes a network.
    RemoveNetwork {
        /// ID: old engines may have two of one name.
        id: String,
        /// Name at the engine.
        name: String,
    },
    /// Makes a volume of the model.
    CreateVolume {
        /// Key of the model.
        key: String,
        /// Name at the engine.
        name: String,
    },
    /// Removes an image.
    RemoveImage {
        /// Its ID.
        id: String,
        /// What people call it.
        shown: String,
    },
    /// Makes a container, which is not started by that.
    CreateContainer {
        /// The name it gets now.
        name: String,
        /// The name it has in the end, by which its networks know it.
        final_name: String,
        /// The service that it belongs to.
        service: ServiceName,
        /// Its replica number.
        number: u32,
        /// Whether others find it by the names of its service from the beginning.
        found: bool,
        /// Name of the container whose place it takes.
        replaces: Option<String>,
        /// Volumes without a name that it takes over.
        inherits: Vec<InheritedVolume>,
        /// The containers whose namespaces or volumes it shares: their names at this time, by service.
        shares: BTreeMap<ServiceName, String>,
    },
    /// Stops a container.
    StopContainer {
        /// Its name.
        name: String,
        /// How long it may take; `None` is its own time.
        timeout: Option<Duration>,
    },
    /// Removes a container, by force, and never its volumes.
    RemoveContainer {
        /// Its name.
        name: String,
        /// Whether it is broken: one that the engine cannot remove yet stays, and the plan goes on.
        broken: bool,
    },
    /// Gives a container another name.
    RenameContainer {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Copies the inline configs of its service into a container.
    CopyFiles {
        /// Its name.
        name: String,
    },
    /// Starts a container.
    StartContainer {
        /// Its name.
        name: String,
    },
    /// Sends a container a signal, so that it reads its files again.
    SignalContainer {
        /// Its name.
        name: String,
        /// The signal, such as `SIGHUP`.
        signal: String,
    },
    /// Joins a container to a network of its service.
    ConnectContainer {
        /// Its name.
        name: String,
        /// The name it has in the end.
        final_name: String,
        /// The service that it belongs to.
        service: ServiceName,
        /// Its replica number.
        number: u32,
        /// Name of the network at the engine.
        network: String,
        /// How others on it find the container.
        place: Place,
    },
    /// Takes a container out of a network.
    DisconnectContainer {
        /// Its name.
        name: String,
        /// Name of the network at the engine.
        network: String,
    },
    /// Lets a container that nobody finds any more end what it has begun.
    DrainContainer {
        /// Its name.
        name: String,
        /// How long.
        time: Duration,
    },
    /// Lets a frozen container go on.
    UnpauseContainer {
        /// Its name.
        name: String,
    },
    /// Waits for containers of one service.
    Wait {
        /// The service.
        service: ServiceName,
        /// Its containers, by name.
        containers: Vec<String>,
        /// What must become true of all of them.
        until: Until,
        /// How long at most; `None` is without end.
        timeout: Option<Duration>,
        /// What follows when that does not become true.
        unmet: Unmet,
    },
    /// Runs a hook of a service, and waits for its end.
    RunHook {
        /// The container in which it runs, or (before a start) whose mounts it gets.
        name: String,
        /// The service.
        service: ServiceName,
        /// When it runs.
        phase: Phase,
        /// Its place among the hooks of its phase.
        index: usize,
    },
}

/// How others on a network find a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By the names of its service.
    Found,
    /// Not by them. What is connected to it stays so as long as it gets its address back: it asks for it where the network
    /// allows that, and elsewhere the engine gives out the lowest one that is free.
    Hidden {
        /// Its address, where the network gives out what is asked for.
        address: Option<String>,
    },
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// In a container of its own, before the first start of a service.
    PreStart,
    /// In a container that was just started.
    PostStart,
    /// In a container that is about to be stopped.
    PreStop,
}

/// What follows when something that was waited for does not become true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// The plan has failed.
    Fail,
    /// The plan goes on as if it were true.
    GoOn,
    /// Whatever waits for it is left for another pass; so does a condition that takes its time.
    Leave,
}

/// What a wait waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The healthcheck, which must exist, says so.
    Healthy,
    /// It has ended with 0.
    Completed,
    /// It is healthy; without a healthcheck it has been running for `settle`, or has ended with 0.
    Up {
        /// How long it must have been running.
        settle: Duration,
        /// Whether it may have ended with 0.
        may_end: bool,
    },
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// What brings images, alone. When there is any of it that comes first, then the engine is observed and the plan made again: what
    /// a pull changes is only known afterwards.
    #[must_use]
    pub fn pulls(&self) -> Self {
        let is_pull =
            |action: &Action| matches!(action, Action::PullImage { .. } | Action::TagImage { .. });
        let pulls = self.operations.iter().filter(|operation| is_pull(&operation.action)).cloned();
        let operations =
            pulls.enumerate().map(|(index, pull)| Operation { id: OpId(index), ..pull });
        Self { operations: operations.collect(), notes: Vec::new() }
    }

    /// The operation at this place.
    pub fn get(&self, id: OpId) -> Option<&Operation> {
        self.operations.get(id.0)
    }
}
