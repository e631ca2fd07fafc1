//! What a service tells systemd about itself. Without systemd nobody listens, and nothing happens.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use sd_notify::NotifyState;

/// How long systemd has to take what it must hear. What it may miss does not wait at all.
const PATIENCE: Duration = Duration::from_secs(1);

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

/// Tells systemd; answers whether it heard, or is not there. Waits a moment for one that does not listen, and only with
/// what it must hear.
pub fn tell(tidings: &[Tidings<'_>]) -> bool {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return true };
    let states = tidings.iter().flat_map(states);
    let text = states.map(|state| state.to_string()).collect::<Vec<_>>().join("\n");
    let waits = tidings.iter().any(must_be_heard);
    match send(&socket, text.as_bytes(), waits.then_some(PATIENCE)) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "systemd does not hear");
            false
        }
    }
}

/// Whether systemd would do something else without it; of the others the next one says all.
fn must_be_heard(tidings: &Tidings<'_>) -> bool {
    match tidings {
        Tidings::Ready | Tidings::Reloading | Tidings::Stopping => true,
        Tidings::Alive | Tidings::Status(_) => false,
    }
}

/// Sends one message; without patience it is not waited for room.
fn send(socket: &OsStr, message: &[u8], patience: Option<Duration>) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let sender = UnixDatagram::unbound()?;
    sender.connect_addr(&address)?;
    match patience {
        Some(patience) => sender.set_write_timeout(Some(patience))?,
        None => sender.set_nonblocking(true)?,
    }
    sender.send(message).map(drop)
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
    fn nobody_waits_for_one_who_does_not_listen() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        let begun = std::time::Instant::now();
        let short = Some(Duration::from_millis(50));
        let heard = (0..10_000).take_while(|_| send(path.as_os_str(), b"a", None).is_ok()).count();
        assert!((1..10_000).contains(&heard));
        assert!(send(path.as_os_str(), b"b", short).is_err());
        assert!(begun.elapsed() < Duration::from_mins(1));
        let mut buffer = [0; 8];
        assert_eq!(listener.recv(&mut buffer).unwrap(), 1);
        send(path.as_os_str(), b"b", short).unwrap();
    }

    #[test]
    fn a_name_of_no_file_is_a_name_of_the_kernel() {
        let name = format!("conductor-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        send(OsStr::new(&format!("@{name}")), b"READY=1", Some(PATIENCE)).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(listener.recv(&mut buffer).unwrap(), 7);
    }

    #[test]
    fn a_reload_says_when_it_began() {
        let said: Vec<String> =
            states(&Tidings::Reloading).iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "RELOADING=1");
        assert!(said[1].starts_with("MONOTONIC_USEC="), "{said:?}");
    }
}
