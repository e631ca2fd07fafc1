//! What the loop needs to know.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::docker::Endpoint;
use crate::heal::Policy;
use crate::systemd::{Commands, Manager};

/// What the loop needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What a person allows.
    pub policy: Policy,
    /// Where the engine listens. Only one on this machine is healed.
    pub endpoint: Endpoint,
    /// Docker's unit, where a person named it.
    pub unit: Option<String>,
    /// Commands that start and stop Docker, where a person named them.
    pub commands: Option<Commands>,
    /// Where Docker keeps its data, as long as it has not said so itself.
    pub data_root: PathBuf,
    /// Where sources are on this machine: their mirrors, and those that are directories.
    pub sources: Vec<PathBuf>,
    /// Conductor's state directory: the memory and the evidence are there.
    pub state: PathBuf,
    /// Conductor's runtime directory: a pause that ends with the machine is there.
    pub runtime: PathBuf,
    /// Where settings are: a pause for good is beside them.
    pub settings: PathBuf,
}

impl Setup {
    /// Who starts and stops Docker on this machine.
    pub async fn manager(&self) -> Option<Manager> {
        Manager::find(Path::new("/"), self.unit.as_deref(), self.commands.as_ref()).await
    }

    /// The file of the memory.
    pub fn memory(&self) -> PathBuf {
        self.state.join("docker-watch.json")
    }

    /// The file that shows Docker's health to others.
    pub fn health(&self) -> PathBuf {
        self.runtime.join("docker-health.json")
    }

    fn requests(&self) -> [PathBuf; 2] {
        [self.runtime.join("docker-watch.anew"), self.runtime.join("docker-watch.accept")]
    }

    /// Asks the watch to begin anew, and to take the engine for the right one.
    pub fn ask_to_begin_anew(&self, accept_engine: bool) -> io::Result<()> {
        let [anew, accept] = self.requests();
        fs::create_dir_all(&self.runtime)?;
        fs::write(anew, "")?;
        if accept_engine { fs::write(accept, "") } else { Ok(()) }
    }

    /// Whether the watch was asked to begin anew, and to take the engine for the right one. Asked once, true once.
    pub(super) fn was_asked(&self) -> [bool; 2] {
        self.requests().map(|path| fs::remove_file(path).is_ok())
    }

    /// The directory of evidence.
    pub(super) fn evidence(&self) -> PathBuf {
        self.state.join("evidence")
    }

    /// The files that ask to leave Docker alone: until the machine restarts, and for good.
    pub fn pauses(&self) -> [PathBuf; 2] {
        [self.runtime.join("docker-watch.pause"), self.settings.join("docker-watch.pause")]
    }
}
