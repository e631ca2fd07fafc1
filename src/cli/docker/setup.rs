//! From the settings to what the healer needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::session::{Session, now};
use crate::config::{DockerCommands, Endpoint, Heal, Location, Patience, Settings, Source};
use crate::docker::{self, Gate};
use crate::heal::{self, Mode, Policy, State};
use crate::healer::{Health, Setup, memory};
use crate::systemd::{Commands, Wanted};

/// What the healer needs, by the settings. `None`: the engine is not on this machine, so that it cannot be healed.
pub(in crate::cli) fn setup(session: &Session) -> Option<Setup> {
    setup_of(&session.settings, session.file.as_deref())
}

/// The same of settings that were read from this file.
pub(super) fn setup_of(settings: &Settings, file: Option<&Path>) -> Option<Setup> {
    let Endpoint::Unix(socket) = &settings.engine.endpoint else { return None };
    let beside = file.and_then(Path::parent).map(Path::to_owned);
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
        commands: settings.docker.commands.as_ref().map(commands),
        data_root: settings.docker.data_root.clone(),
        sources: places(settings),
        state: settings.places.state.clone(),
        runtime: settings.places.runtime.clone(),
        settings: beside.unwrap_or_else(|| PathBuf::from("/etc/conductor")),
    })
}

fn places(settings: &Settings) -> Vec<PathBuf> {
    let mirrors = settings.places.state.join("mirrors");
    let place = |source: &Source| match &source.location {
        Location::Git(_) => mirrors.join(source.name.as_str()),
        Location::Directory(path) => path.clone(),
    };
    settings.sources.iter().map(place).collect()
}

fn commands(own: &DockerCommands) -> Commands {
    Commands {
        wanted: Wanted::Command(own.wanted.clone()),
        start: own.start.clone(),
        stop: own.stop.clone(),
        pid_file: own.pid_file.display().to_string(),
        log: own.log.display().to_string(),
    }
}

/// What whoever looks after Docker said of it last; nothing where nobody does.
fn looked_after(setup: &Setup) -> Option<Health> {
    let health = Health::read(&setup.health())?;
    let is_fresh = now() - health.seen < FRESH;
    (is_fresh && !matches!(health.state, State::Unknown | State::Unwatched)).then_some(health)
}

/// Why the engine is not to be asked: whoever looks after Docker says that it does not run, and a connect could start it.
pub(in crate::cli) fn left_alone(session: &Session) -> Option<String> {
    let health = looked_after(&setup(session)?).filter(|health| !health.may_connect)?;
    Some(format!("Docker is {}: {}", health.state, health.why))
}

/// What keeps us from a Docker that is looked after when it goes down later than that was said.
pub(in crate::cli) async fn gate(session: &Session) -> Gate {
    let gate = Gate::default();
    if let Some(setup) = setup(session).filter(|setup| looked_after(setup).is_some())
        && let Some(manager) = setup.manager().await
    {
        gate.ask(Arc::new(manager));
    }
    gate
}

/// The illness of Docker that was not over when it was last looked at: since when, in seconds since 1970, and what it is called.
pub(in crate::cli) fn illness(settings: &Settings) -> Option<(i64, &'static str)> {
    let memory = memory(&setup_of(settings, None)?.memory());
    let episode = memory.episode()?;
    Some((episode.began.wall, episode.state.word()))
}

/// The lock of whoever looks after Docker: there is one, for two would use up one budget against each other.
pub(super) const WATCH: &str = "docker-watch.lock";

/// How old what the watch wrote may be while it runs, in seconds.
pub(super) const FRESH: i64 = 60;

/// The sockets that Docker's own units listen at.
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Why Docker is not looked after from here, by the settings and by where this is.
pub(super) fn unhealed(
    settings: &Settings,
    (uid, in_container): (u32, bool),
) -> Option<&'static str> {
    let Endpoint::Unix(socket) = &settings.engine.endpoint else {
        return Some("it is on another machine");
    };
    if in_container {
        return Some(
            "from inside of a container it cannot be restarted; the host form of Conductor can",
        );
    }
    if settings.docker.heal == Heal::Off {
        return Some("`docker.heal` is `off`");
    }
    if uid != 0 {
        return Some("only root can restart it");
    }
    let known = SOCKETS.iter().any(|known| socket == Path::new(known));
    (!known && settings.docker.unit.is_none() && settings.docker.commands.is_none())
        .then_some("`docker.unit` does not say which unit listens at its socket")
}
