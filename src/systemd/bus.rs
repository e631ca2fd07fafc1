//! D-Bus with systemd: a few calls, each with a time limit.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use zbus::wire::DynamicType;
use zbus::{Connection, Message, OwnedObjectPath, OwnedVariant};

use super::error::Error;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const ROOT: &str = "/org/freedesktop/systemd1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What an object says of itself.
pub(super) type Properties = HashMap<String, OwnedVariant>;

/// A unit in a list: its name, what it is, whether it is loaded, active, and how; whom it follows and where it is; the number,
/// type and place of its job.
pub(super) type Listed =
    (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// A connection to systemd.
#[derive(Debug, Clone)]
pub(super) struct Bus {
    connection: Connection,
}

impl Bus {
    /// Connects to the system bus.
    pub(super) async fn system() -> Result<Self, Error> {
        let limit = tokio::time::timeout(LIMIT, Connection::system()).await;
        let connection = limit
            .map_err(|_elapsed| Error::Silent { method: "connect", limit: LIMIT })?
            .map_err(|source| Error::bus("connect", source))?;
        Ok(Self { connection })
    }

    /// Speaks over a connection that is there.
    #[cfg(test)]
    pub(super) fn over(connection: Connection) -> Self {
        Self { connection }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    async fn ask<B>(
        &self,
        (to, path, interface): (&str, &str, &str),
        method: &'static str,
        body: &B,
    ) -> Result<Message, Error>
    where
        B: Serialize + DynamicType + Sync,
    {
        let call = self.connection.call_method(Some(to), path, Some(interface), method, body);
        match tokio::time::timeout(LIMIT, call).await {
            Ok(answer) => answer.map_err(|source| Error::bus(method, source)),
            Err(_elapsed) => Err(Error::Silent { method, limit: LIMIT }),
        }
    }

    async fn manager<B>(&self, method: &'static str, body: &B) -> Result<Message, Error>
    where
        B: Serialize + DynamicType + Sync,
    {
        self.ask((SYSTEMD, ROOT, MANAGER), method, body).await
    }

    async fn path(&self, method: &'static str, body: &(&str,)) -> Result<OwnedObjectPath, Error> {
        let answer = self.manager(method, body).await?;
        answer.body().deserialize().map_err(|source| Error::bus(method, source))
    }

    /// All that a unit says of itself, also one that is not loaded.
    pub(super) async fn unit(&self, name: &str) -> Result<Properties, Error> {
        let path = self.path("LoadUnit", &(name,)).await?;
        let mut all = Properties::new();
        let kind = match name.rsplit_once('.') {
            Some((_, "socket")) => "org.freedesktop.systemd1.Socket",
            Some((_, "mount")) => "org.freedesktop.systemd1.Mount",
            Some((_, "target")) => "org.freedesktop.systemd1.Target",
            Some(_) | None => "org.freedesktop.systemd1.Service",
        };
        for interface in ["org.freedesktop.systemd1.Unit", kind] {
            let at = (SYSTEMD, path.as_str(), PROPERTIES);
            let answer = self.ask(at, "GetAll", &(interface,)).await?;
            let some: Properties =
                answer.body().deserialize().map_err(|source| Error::bus("GetAll", source))?;
            all.extend(some);
        }
        Ok(all)
    }

    /// The type of a job, while it is there: `start`, `stop`, `restart`, and so on.
    pub(super) async fn job_type(&self, job: &str) -> Option<String> {
        let at = (SYSTEMD, job, PROPERTIES);
        let which = ("org.freedesktop.systemd1.Job", "JobType");
        let answer = self.ask(at, "Get", &which).await.ok()?;
        let value: OwnedVariant = answer.body().deserialize().ok()?;
        String::try_from(value).ok()
    }

    /// Whether a unit runs and nobody has asked for its end, in one answer; `None` where there is no such unit.
    pub(super) async fn stays_up(&self, name: &str) -> Result<Option<bool>, Error> {
        const METHOD: &str = "ListUnitsByNames";
        let answer = self.manager(METHOD, &(&[name][..],)).await?;
        let body = answer.body();
        let listed: Vec<Listed> = body.deserialize().map_err(|it| Error::bus(METHOD, it))?;
        let found = listed.into_iter().next().filter(|unit| unit.2 != "not-found");
        Ok(found.map(|(_, _, _, active, _, _, _, _, job, _)| {
            matches!(active.as_str(), "active" | "reloading") && job != "stop"
        }))
    }

    /// What the system as a whole does.
    pub(super) async fn system_state(&self) -> Result<String, Error> {
        let at = (SYSTEMD, ROOT, PROPERTIES);
        let answer = self.ask(at, "Get", &(MANAGER, "SystemState")).await?;
        let value: OwnedVariant =
            answer.body().deserialize().map_err(|source| Error::bus("SystemState", source))?;
        Ok(String::try_from(value).unwrap_or_default())
    }

    /// Asks for signals; without this systemd sends none. `bus`: the bus has to be told which ones, too.
    pub(super) async fn subscribe(&self, bus: bool) -> Result<(), Error> {
        if bus {
            let to = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
            for rule in [
                "type='signal',sender='org.freedesktop.systemd1'",
                "type='signal',sender='org.freedesktop.login1',member='PrepareForShutdown'",
            ] {
                self.ask(to, "AddMatch", &(rule,)).await?;
            }
        }
        self.manager("Subscribe", &()).await.map(drop)
    }

    /// Asks for a start, a stop or a restart. `fail`: a job that a person queued wins.
    pub(super) async fn job(&self, method: &'static str, unit: &str) -> Result<(), Error> {
        self.manager(method, &(unit, "fail")).await.map(drop)
    }

    /// Sends a signal to the main process alone, never to all of a unit: the processes of containers live in it.
    pub(super) async fn kill_main(&self, unit: &str, signal: i32) -> Result<(), Error> {
        self.manager("KillUnit", &(unit, "main", signal)).await.map(drop)
    }

    /// Forgets that a unit failed, and how often it was started. A unit that is not loaded has nothing to forget.
    pub(super) async fn reset_failed(&self, unit: &str) -> Result<(), Error> {
        match self.manager("ResetFailedUnit", &(unit,)).await {
            Err(Error::Bus { source, .. }) if matches!(&*source, zbus::Error::MethodError(..)) => {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Lets systemd read its units again.
    pub(super) async fn reload(&self) -> Result<(), Error> {
        self.manager("Reload", &()).await.map(drop)
    }

    /// Restarts the machine, in order.
    pub(super) async fn reboot(&self) -> Result<(), Error> {
        self.manager("Reboot", &()).await.map(drop)
    }
}
