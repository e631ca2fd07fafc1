//! What every command has at hand.

use std::future::Future;
use std::path::PathBuf;

use super::arguments::{Format, Global};
use super::failure::{Complaint, Error};
use super::screen::Screen;
use crate::config::{self, Environment, Flags, Settings};

/// The surroundings, the settings, and where to write.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) environment: Environment,
    pub(super) settings: Settings,
    /// The settings file, as far as there is a place for one.
    pub(super) file: Option<PathBuf>,
    pub(super) screen: Screen,
}

impl Session {
    /// Reads the settings, and warns about what is odd in them.
    pub(super) fn start(
        environment: Environment,
        global: &Global,
        screen: Screen,
    ) -> Result<Self, Complaint> {
        let flags = Flags {
            config: global.config.clone(),
            state_dir: global.state_dir.clone(),
            runtime_dir: global.runtime_dir.clone(),
        };
        let loaded = config::load(&environment, &flags)?;
        screen.warn(&loaded.warnings);
        Ok(Self { environment, settings: loaded.settings, file: loaded.file, screen })
    }

    /// Refuses `--format yaml`.
    pub(super) fn without_yaml(&self) -> Result<(), Error> {
        if self.screen.format == Format::Yaml { Err(Error::NotYaml) } else { Ok(()) }
    }
}

/// Runs a command that waits for the engine or the network.
pub(super) fn wait_for<T>(
    command: impl Future<Output = Result<T, Complaint>>,
) -> Result<T, Complaint> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    runtime.block_on(command)
}
