//! What a service tells systemd about itself. Without systemd nobody listens, and nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;

/// Something that a service tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tidings<'a> {
    /// It serves; also behind a reload.
    Ready,
    /// It reads its settings again; [`Tidings::Ready`] follows.
    Reloading,
    /// It ends.
    Stopping,
    /// It is alive.
    Alive,
    /// What it is at, for people.
    Status(&'a str),
}

/// Tells systemd.
pub fn tell(tidings: &[Tidings<'_>]) {
    let states: Vec<NotifyState<'_>> = tidings.iter().flat_map(states).collect();
    if let Err(error) = sd_notify::notify(&states) {
        tracing::debug!(%error, "systemd does not hear");
    }
}

fn states<'a>(tidings: &Tidings<'a>) -> Vec<NotifyState<'a>> {
    match *tidings {
        Tidings::Ready => vec![NotifyState::Ready],
        // systemd wants to know when it began, to tell it from what it asked for before.
        Tidings::Reloading => std::iter::once(NotifyState::Reloading)
            .chain(NotifyState::monotonic_usec_now().ok())
            .collect(),
        Tidings::Stopping => vec![NotifyState::Stopping],
        Tidings::Alive => vec![NotifyState::Watchdog],
        Tidings::Status(text) => vec![NotifyState::Status(text)],
    }
}

/// How often systemd wants to hear that the service is alive, if it does.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_says_when_it_began() {
        let said: Vec<String> =
            states(&Tidings::Reloading).iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "RELOADING=1");
        assert!(said[1].starts_with("MONOTONIC_USEC="), "{said:?}");
    }
}
