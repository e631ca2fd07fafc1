//! Whether Docker is wanted: what is down on purpose stays down.

use std::time::Duration;

use super::facts::Facts;
use super::memory::Memory;
use super::policy::{Mode, Policy};
use super::time::words;
use super::units::{Active, Enabled, Restarts, Sight, System, Unit, Units};

/// What is wanted of Docker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Intent {
    /// It should run.
    Wanted,
    /// A person stopped it, or must be taken to have.
    Stopped(String),
    /// A package upgrade stopped it.
    Upgrading(String),
    /// A person asked to leave it alone.
    Paused(String),
    /// The machine goes down.
    ShuttingDown,
    /// Nothing may be concluded.
    Unknown(String),
    /// The settings say that it is not watched.
    Unwatched,
}

/// A machine that booted less than this ago may still be about to start Docker.
const BOOTING: Duration = Duration::from_mins(10);

/// What is wanted of Docker, as far as is known.
pub(super) fn intent(memory: &Memory, policy: &Policy, facts: &Facts) -> Intent {
    if policy.mode == Mode::Off {
        return Intent::Unwatched;
    }
    if let Sight::Seen(units) = &facts.sight
        && units.system == System::Stopping
    {
        return Intent::ShuttingDown;
    }
    if let Some(pause) = &facts.host.pause
        && pause.until.is_none_or(|until| facts.now.wall < until)
    {
        return Intent::Paused(format!("{} asked to leave Docker alone", pause.by));
    }
    let units = match &facts.sight {
        Sight::Blind => return Intent::Unknown("the service manager does not answer".into()),
        Sight::Seen(units) => units,
    };
    if units.system == System::Maintenance {
        return Intent::Unknown("the system runs for repair only".into());
    }
    match &units.docker {
        None => Intent::Unknown("there is no unit of Docker".into()),
        Some(docker) => of_unit(memory, policy, facts, (units, docker)),
    }
}

fn of_unit(
    memory: &Memory,
    policy: &Policy,
    facts: &Facts,
    (units, docker): (&Units, &Unit),
) -> Intent {
    if docker.is_active() || docker.queued {
        return Intent::Wanted;
    }
    // Also a unit that failed: who masks it after that wants it to stay down.
    if docker.enabled == Enabled::Masked {
        return Intent::Stopped("its unit is masked".into());
    }
    match docker.active {
        // No orderly stop ends like this, except that what was asked to stop took too long and was killed.
        Active::Failed if memory.stop.is_none() => Intent::Wanted,
        Active::Activating if memory.stop.is_none() || !docker.restarting => Intent::Wanted,
        Active::Active
        | Active::Reloading
        | Active::Failed
        | Active::Activating
        | Active::Inactive
        | Active::Deactivating => stopped(memory, policy, facts, (units, docker)),
    }
}

/// Whether it is to run: also where its socket alone is enabled, so that the first one who asks starts it. Who disables
/// Docker's own unit disables that of the socket with it.
fn enabled(units: &Units, docker: &Unit) -> Enabled {
    let by_socket = units.socket.as_ref().is_some_and(|it| it.enabled == Enabled::Enabled);
    if docker.enabled == Enabled::Disabled && by_socket { Enabled::Enabled } else { docker.enabled }
}

/// Who stopped a unit that is down, or about to be, without a failure.
fn stopped(
    memory: &Memory,
    policy: &Policy,
    facts: &Facts,
    (units, docker): (&Units, &Unit),
) -> Intent {
    if let Some(stop) = memory.stop {
        let since = facts.now.up.since(stop.at);
        if !(facts.host.upgrading || stop.with_containerd) {
            return Intent::Stopped(format!("it was stopped in order {} ago", words(since)));
        }
        if facts.host.upgrading || since < policy.patience.upgrade {
            return Intent::Upgrading(format!("a package upgrade stopped it {} ago", words(since)));
        }
        return if policy.start_after_upgrade {
            Intent::Wanted
        } else {
            Intent::Stopped("a package upgrade left it down".into())
        };
    }
    if docker.stopping {
        return Intent::Stopped("it is being stopped in order".into());
    }
    if docker.active == Active::Deactivating {
        return Intent::Wanted;
    }
    if facts.host.upgrading {
        return Intent::Upgrading("packages are being upgraded".into());
    }
    // The manager starts it again however it ends, except after an orderly stop.
    if docker.policy == Restarts::Always && docker.ended.is_some() {
        return Intent::Stopped(
            "its unit would have been started again after any other end".into(),
        );
    }
    if docker.ended.is_some_and(|ended| ended >= units.seen_since) {
        return Intent::Wanted; // It ended under our eyes, and no stop was seen.
    }
    let enabled = enabled(units, docker);
    if enabled == Enabled::Enabled && facts.host.booted < BOOTING {
        return Intent::Wanted;
    }
    match enabled {
        Enabled::Disabled => Intent::Stopped("its unit is disabled".into()),
        Enabled::Enabled | Enabled::Masked | Enabled::Unknown => {
            Intent::Stopped("it was down before anybody watched, so a person may want that".into())
        }
    }
}
