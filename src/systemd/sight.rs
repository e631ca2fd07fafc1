//! What can be seen of Docker's units, and who stopped them.

use crate::heal::{Sight, Stop, System, Units, Up};

use super::bus::Bus;
use super::clock::up;
use super::error::Error;
use super::manager::{Inner, Manager};
use super::{log, unit};

impl Manager {
    /// What can be seen now, and the last orderly stop that was not ours.
    pub async fn look(&self) -> (Sight, Option<Stop>) {
        match &self.inner {
            Inner::Systemd { bus, .. } => match self.look_at_units().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::debug!(%error, "systemd does not answer");
                    *bus.lock().await = None; // The next look connects anew.
                    (Sight::Blind, None)
                }
            },
            Inner::Commands(commands) => {
                let units = Units {
                    docker: Some(commands.unit().await),
                    socket: None,
                    containerd: None,
                    system: System::Running,
                    seen_since: up(),
                };
                (Sight::Seen(Box::new(units)), None)
            }
        }
    }

    /// Whether Docker's socket may be touched now: its unit runs, and nobody has asked for its end. What cannot be known
    /// forbids nothing, and where no manager holds the socket a connect starts nothing.
    pub async fn may_connect(&self) -> bool {
        let Inner::Systemd { .. } = &self.inner else { return true };
        let asked = async { self.bus().await?.stays_up(&self.names.docker).await };
        match asked.await {
            Ok(stays_up) => stays_up.unwrap_or(true),
            Err(error) => {
                tracing::debug!(%error, "systemd does not say whether Docker runs");
                true
            }
        }
    }

    pub(super) async fn unit(
        &self,
        bus: &Bus,
        name: &str,
    ) -> Result<Option<crate::heal::Unit>, Error> {
        let all = bus.unit(name).await?;
        let job = match unit::job(&all) {
            Some(job) => bus.job_type(&job).await,
            None => None,
        };
        let stopping = job.as_deref() == Some("stop");
        let queued = job.is_some_and(|job| job != "stop");
        Ok(unit::unit(&all, stopping, queued))
    }

    async fn look_at_units(&self) -> Result<(Sight, Option<Stop>), Error> {
        let bus = self.bus().await?;
        let Inner::Systemd { watch, .. } = &self.inner else {
            return Err(Error::Unable { what: "look at units" });
        };
        let docker = self.unit(&bus, &self.names.docker).await?;
        let (mut socket, mut containerd) = (None, None);
        if let Some(name) = &self.names.socket {
            socket = self.unit(&bus, name).await?;
        }
        if let Some(name) = &self.names.containerd {
            containerd = self.unit(&bus, name).await?;
        }
        let seen = watch.seen();
        let system = match bus.system_state().await?.as_str() {
            _any if seen.going_down => System::Stopping,
            "stopping" => System::Stopping,
            "initializing" | "starting" => System::Starting,
            "maintenance" => System::Maintenance,
            _other => System::Running,
        };
        let mut stop = seen.stop;
        if let Some(docker) = docker.as_ref().filter(|docker| docker.is_down() && stop.is_none()) {
            stop = self.told(docker.ended).await;
        }
        let units = Units { docker, socket, containerd, system, seen_since: seen.since };
        Ok((Sight::Seen(Box::new(units)), stop))
    }

    /// What the journal tells of a stop, asked once for each time that Docker went down.
    async fn told(&self, ended: Option<Up>) -> Option<Stop> {
        let Inner::Systemd { told, .. } = &self.inner else { return None };
        let mut told = told.lock().await;
        if let Some((asked, stop)) = &*told
            && *asked == ended
        {
            return *stop;
        }
        let stop = log::last_stop(&self.names.docker, self.names.containerd.as_deref()).await;
        let own = self.own.lock().await;
        let stop = stop
            .filter(|stop| !own.iter().any(|(from, until)| (*from..=*until).contains(&stop.at)));
        *told = Some((ended, stop));
        stop
    }
}
