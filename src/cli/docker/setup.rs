//! From the settings to what the healer needs.

use std::path::{Path, PathBuf};

use crate::cli::session::Session;
use crate::config::{Endpoint, Heal, Patience};
use crate::docker;
use crate::heal::{self, Mode, Policy};
use crate::healer::Setup;

/// What the healer needs, by the settings. `None`: the engine is not on this machine, so that it cannot be healed.
pub(in crate::cli) fn setup(session: &Session) -> Option<Setup> {
    let settings = &session.settings;
    let Endpoint::Unix(socket) = &settings.engine.endpoint else { return None };
    let beside = session.file.as_deref().and_then(Path::parent).map(Path::to_owned);
    Some(Setup {
        policy: Policy {
            mode: match settings.docker.heal {
                Heal::On => Mode::On,
                Heal::Observe => Mode::Observe,
                Heal::Off => Mode::Off,
            },
            allow_rebuild: settings.docker.allow_rebuild,
            allow_reboot: settings.docker.allow_reboot,
            start_after_upgrade: settings.docker.start_after_upgrade,
            patience: match settings.docker.patience {
                Patience::Normal => heal::Patience::default(),
                Patience::Quick => heal::Patience::quick(),
            },
        },
        endpoint: docker::Endpoint::Unix(socket.clone()),
        unit: settings.docker.unit.clone(),
        data_root: settings.docker.data_root.clone(),
        state: settings.places.state.clone(),
        runtime: settings.places.runtime.clone(),
        settings: beside.unwrap_or_else(|| PathBuf::from("/etc/conductor")),
    })
}
