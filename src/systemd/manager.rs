//! Whichever service manager this machine has, behind one set of questions and orders.

use std::path::Path;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::heal::{Stop, Up};

use super::bus::Bus;
use super::clock::up;
use super::error::Error;
use super::names::{DOCKERS, Names};
use super::others::{Commands, detect};
use super::watch::Watch;
use super::{log, unit};

/// How long a job of a unit may take.
const JOB: Duration = Duration::from_mins(4);
/// How long after its end systemd may take to start a unit again by itself.
const BY_ITSELF: Duration = Duration::from_secs(10);
const KILL: i32 = 9;
const USR1: i32 = 10;

/// Which manager it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// systemd
    Systemd,
    /// Programs that start and stop: Unraid, Synology, OpenRC.
    Commands,
}

#[derive(Debug)]
pub(super) enum Inner {
    Systemd {
        bus: Mutex<Option<Bus>>,
        watch: Watch,
        told: Mutex<Option<(Option<Up>, Option<Stop>)>>,
    },
    Commands(Commands),
}

/// A service manager.
#[derive(Debug)]
pub struct Manager {
    pub(super) names: Names,
    pub(super) inner: Inner,
    pub(super) own: Mutex<Vec<(Up, Up)>>,
}

impl Manager {
    /// The manager of this machine; `None` where there is none that is known. `docker`: the unit, where a person named it;
    /// `own`: a person's own commands, which come first.
    pub async fn find(root: &Path, docker: Option<&str>, own: Option<&Commands>) -> Option<Self> {
        if let Some(own) = own {
            return Some(Self::of(own.clone()));
        }
        if root.join("run/systemd/system").is_dir() {
            let bus = Bus::system().await.ok();
            let mut name = docker.unwrap_or(DOCKERS[0]);
            if let (None, Some(bus)) = (docker, &bus) {
                for candidate in DOCKERS {
                    let all = bus.unit(candidate).await.ok();
                    if all.and_then(|all| unit::unit(&all, false, false)).is_some() {
                        name = candidate;
                        break;
                    }
                }
            }
            // The first look connects, and listens from then on.
            return Some(Self::systemd(Names::of(name), None));
        }
        detect(root).map(Self::of)
    }

    fn of(commands: Commands) -> Self {
        let names = Names { docker: "docker".into(), socket: None, containerd: None };
        Self { names, inner: Inner::Commands(commands), own: Mutex::default() }
    }

    pub(super) fn systemd(names: Names, bus: Option<Bus>) -> Self {
        let inner = Inner::Systemd {
            bus: Mutex::new(bus),
            watch: Watch::default(),
            told: Mutex::default(),
        };
        Self { names, inner, own: Mutex::default() }
    }

    /// Which manager it is.
    pub fn kind(&self) -> Kind {
        match &self.inner {
            Inner::Systemd { .. } => Kind::Systemd,
            Inner::Commands(_) => Kind::Commands,
        }
    }

    /// What the units are called.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How often Docker may have been about to go down, as far as this manager can tell: a look that was begun before the
    /// last time says nothing of it.
    pub fn doubts(&self) -> u64 {
        match &self.inner {
            Inner::Systemd { watch, .. } => watch.doubts(),
            Inner::Commands(_) => 0,
        }
    }

    /// Who has to hear at once that Docker may be about to go down.
    pub fn on_doubt(&self, hears: impl Fn() + Send + Sync + 'static) {
        match &self.inner {
            Inner::Systemd { watch, .. } => watch.on_doubt(hears),
            Inner::Commands(_) => (),
        }
    }

    /// Waits until something happens to a unit, if this manager can tell.
    pub async fn nudged(&self) {
        match &self.inner {
            Inner::Systemd { watch, .. } => watch.nudged().await,
            Inner::Commands(_) => std::future::pending().await,
        }
    }

    /// The connection, made and listened to if need be.
    pub(super) async fn bus(&self) -> Result<Bus, Error> {
        let Inner::Systemd { bus, watch, .. } = &self.inner else {
            return Err(Error::Unable { what: "speak D-Bus" });
        };
        let mut slot = bus.lock().await;
        if let Some(bus) = &*slot
            && !bus.connection().is_closed()
        {
            return Ok(bus.clone());
        }
        let fresh = Bus::system().await?;
        watch.listen(&fresh, self.names.clone(), true).await?;
        *slot = Some(fresh.clone());
        Ok(fresh)
    }

    /// Forgets failures and start limits of Docker's units, and starts them. Without the first a start after three quick
    /// ones is refused, and the socket's unit has failed with it.
    pub async fn start(&self) -> Result<(), Error> {
        if let Inner::Commands(commands) = &self.inner {
            return commands.start().await;
        }
        let bus = self.bus().await?;
        let units = [self.names.socket.as_deref(), Some(self.names.docker.as_str())];
        for unit in units.into_iter().flatten() {
            bus.reset_failed(unit).await?;
        }
        for unit in units.into_iter().flatten() {
            bus.job("StartUnit", unit).await?;
        }
        self.done(&bus, &self.names.docker).await
    }

    /// Restarts Docker in order.
    pub async fn restart(&self) -> Result<(), Error> {
        self.restart_unit(&self.names.docker).await
    }

    /// Restarts the unit that holds the socket, and Docker with it.
    pub async fn restart_socket(&self) -> Result<(), Error> {
        match &self.names.socket {
            Some(socket) => {
                self.restart_unit(socket).await?;
                self.start().await
            }
            None => self.restart().await,
        }
    }

    async fn restart_unit(&self, unit: &str) -> Result<(), Error> {
        if let Inner::Commands(commands) = &self.inner {
            commands.stop().await?;
            return commands.start().await;
        }
        let bus = self.bus().await?;
        let began = up();
        bus.job("RestartUnit", unit).await?;
        let done = self.done(&bus, unit).await;
        self.own.lock().await.push((began, up()));
        done
    }

    /// Stops Docker and its socket, so that nothing starts it while its files are moved. The stop is ours.
    pub async fn stop(&self) -> Result<(), Error> {
        let Inner::Systemd { watch, .. } = &self.inner else {
            // A manager of commands would take this for a person's wish.
            return Err(Error::Unable { what: "stop Docker for a while" });
        };
        let bus = self.bus().await?;
        let began = up();
        watch.ours(true);
        let units = [self.names.socket.as_deref(), Some(self.names.docker.as_str())];
        let mut done = Ok(());
        for unit in units.into_iter().flatten() {
            done = bus.job("StopUnit", unit).await;
        }
        let ended = self.done(&bus, &self.names.docker).await;
        watch.ours(false);
        self.own.lock().await.push((began, up()));
        done.and(ended)
    }

    /// Kills Docker's main process, and sees to it that it is started again.
    pub async fn kill(&self) -> Result<(), Error> {
        if let Inner::Commands(commands) = &self.inner {
            commands.signal(rustix::process::Signal::KILL)?;
            return commands.start().await;
        }
        let bus = self.bus().await?;
        bus.kill_main(&self.names.docker, KILL).await?;
        if self.by_itself(&bus, &self.names.docker).await { Ok(()) } else { self.start().await }
    }

    /// Asks Docker for a dump of what it is doing: signal 10 is that to it.
    pub async fn dump(&self) -> Result<(), Error> {
        if let Inner::Commands(commands) = &self.inner {
            return commands.signal(rustix::process::Signal::USR1);
        }
        self.bus().await?.kill_main(&self.names.docker, USR1).await
    }

    /// Kills containerd's main process, and sees to it that it is started again.
    pub async fn kill_containerd(&self) -> Result<(), Error> {
        let name = self.containerd()?;
        let bus = self.bus().await?;
        bus.kill_main(name, KILL).await?;
        if self.by_itself(&bus, name).await { Ok(()) } else { self.start_containerd().await }
    }

    /// Starts containerd.
    pub async fn start_containerd(&self) -> Result<(), Error> {
        let name = self.containerd()?;
        let bus = self.bus().await?;
        bus.reset_failed(name).await?;
        bus.job("StartUnit", name).await?;
        self.done(&bus, name).await
    }

    /// Stops containerd for a while, as [`Manager::stop`] does with Docker.
    pub async fn stop_containerd(&self) -> Result<(), Error> {
        let name = self.containerd()?;
        let bus = self.bus().await?;
        bus.job("StopUnit", name).await?;
        self.done(&bus, name).await
    }

    fn containerd(&self) -> Result<&str, Error> {
        let unable = Error::Unable { what: "treat containerd" };
        self.names.containerd.as_deref().ok_or(unable)
    }

    /// Restarts the machine.
    pub async fn reboot(&self) -> Result<(), Error> {
        self.bus().await?.reboot().await
    }

    /// The last lines of Docker's log, and of containerd's.
    pub async fn logs(&self, lines: usize) -> String {
        match &self.inner {
            Inner::Commands(commands) => commands.log(lines).unwrap_or_default(),
            Inner::Systemd { .. } => {
                let mut text = log::tail(&self.names.docker, lines).await.unwrap_or_default();
                if let Some(name) = &self.names.containerd {
                    text += "\n--- containerd ---\n";
                    text += &log::tail(name, lines).await.unwrap_or_default();
                }
                text
            }
        }
    }

    /// What Docker's log says of its last start.
    pub async fn last_start(&self) -> Option<String> {
        match &self.inner {
            Inner::Commands(commands) => commands.log(300),
            Inner::Systemd { .. } => {
                log::tail(&self.names.docker, 300).await.map(|text| log::since_start(&text))
            }
        }
    }

    /// Waits for the end of a unit's job.
    async fn done(&self, bus: &Bus, unit: &str) -> Result<(), Error> {
        let began = Instant::now();
        while began.elapsed() < JOB {
            sleep(Duration::from_millis(250)).await;
            if unit::job(&bus.unit(unit).await?).is_none() {
                return Ok(());
            }
        }
        Err(Error::Job { unit: unit.to_owned(), limit: JOB })
    }

    /// Whether a unit that was killed is started again by systemd itself.
    async fn by_itself(&self, bus: &Bus, name: &str) -> bool {
        let (killed, began) = (up(), Instant::now());
        while began.elapsed() < BY_ITSELF {
            sleep(Duration::from_millis(250)).await;
            let found = self.unit(bus, name).await.ok().flatten();
            if found.is_some_and(|unit| unit.began.is_some_and(|began| began > killed)) {
                return true;
            }
        }
        false
    }
}
