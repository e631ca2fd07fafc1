//! One operation, handed to the engine or to the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::docker::{self, ContainerSpec, Engine, ImageName, Keyring, Pull, Removal};
use crate::files::{self, Places};
use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::Observed;
use crate::model::outcome::Trouble;
use crate::plan::{Action, Operation, Place, Plan, Unmet};

use super::error::Error;
use super::progress::Progress;
use super::schedule::{self, Blame, Ended, Report};
use super::wait::{Wanted, wait};

/// What plans are carried out with.
#[derive(Debug, Clone, Copy)]
pub struct Hands<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// Logins at registries.
    pub keyring: &'a Keyring,
    /// Where files for containers go.
    pub places: &'a Places,
    /// One slot for each image that may be pulled at once, by whichever plans share it.
    pub pulls: &'a Semaphore,
    /// How often the engine may start a container again before a wait for it fails.
    pub restarts: u32,
    /// Cuts waits short: nothing is worth waiting for any more, and nothing more is begun behind the wait.
    pub cut: Option<&'a CancellationToken>,
}

/// Carries a plan out. Independent operations run at once; the first failure stops what has not begun, and so does
/// `cancel`. Calls that change something are never broken off; pulls and waits are; `cut` of the hands ends it at a wait.
pub async fn apply(
    hands: Hands<'_>,
    desired: &Desired,
    (observed, plan): (&Observed, &Plan),
    progress: &dyn Progress,
    cancel: &CancellationToken,
) -> Report {
    let halt = cancel.child_token();
    let ids = observed.containers.iter();
    let ids = ids.map(|container| (container.name.clone(), container.id.clone())).collect();
    let work =
        Work { hands, desired, observed, progress, halt: halt.clone(), ids: Mutex::new(ids) };
    schedule::run(plan, hands.pulls, (cancel, &halt), |operation| work.carry_out(operation)).await
}

pub(super) struct Work<'a> {
    pub(super) hands: Hands<'a>,
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    progress: &'a dyn Progress,
    pub(super) halt: CancellationToken,
    /// The ID of each container, by the name that it had first.
    ids: Mutex<BTreeMap<String, String>>,
}

/// Why an action did not come to its end.
pub(super) enum Stop {
    Failed(Trouble, Blame),
    Outdated(Trouble),
    NotYet(Trouble),
    BrokenOff,
}

impl From<docker::Error> for Stop {
    fn from(error: docker::Error) -> Self {
        if matches!(error, docker::Error::Cancelled { .. }) {
            Self::BrokenOff
        } else if matches!(error, docker::Error::NameTaken { .. } | docker::Error::NotFound { .. })
            || error.is_stuck_removal()
        {
            Self::Outdated(Trouble::of(&error))
        } else {
            let blame = if error.is_hosts() { Blame::Host } else { Blame::Revision };
            Self::Failed(Trouble::of(&error), blame)
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let blame = match error {
            Error::Worker { .. } => Blame::Host,
            Error::Ended { .. }
            | Error::NotCompleted { .. }
            | Error::Unhealthy { .. }
            | Error::Hook { .. }
            | Error::NoHealthcheck { .. }
            | Error::Broken { .. }
            | Error::Crashing { .. }
            | Error::TooLong { .. }
            | Error::Unknown { .. } => Blame::Revision,
        };
        Self::Failed(Trouble::of(&error), blame)
    }
}

impl Work<'_> {
    async fn carry_out(&self, operation: &Operation) -> Ended {
        self.progress.started(operation);
        match self.act(operation).await {
            Ok(()) => {
                self.supplied(operation);
                self.progress.finished(operation);
                Ended::Done
            }
            Err(Stop::BrokenOff) => {
                self.progress.broken_off(operation);
                Ended::BrokenOff
            }
            Err(Stop::Failed(trouble, _) | Stop::Outdated(trouble))
                if is_optional(&operation.action) =>
            {
                self.progress.passed_over(operation, &trouble);
                Ended::Passed
            }
            Err(Stop::NotYet(trouble)) => {
                self.progress.passed_over(operation, &trouble);
                Ended::Left
            }
            Err(Stop::Failed(trouble, blame)) => {
                self.progress.failed(operation, &trouble);
                Ended::Failed(trouble, blame)
            }
            Err(Stop::Outdated(trouble)) => {
                self.progress.failed(operation, &trouble);
                Ended::Outdated(trouble)
            }
        }
    }

    /// Tells when a container has got its inputs: when it was started, or heard that they changed.
    fn supplied(&self, operation: &Operation) {
        if let Action::StartContainer { name } | Action::SignalContainer { name, .. } =
            &operation.action
            && let Some(service) = &operation.service
            && let Some(id) = self.ids().get(name).cloned()
        {
            self.progress.supplied(service, &id);
        }
    }

    async fn act(&self, operation: &Operation) -> Result<(), Stop> {
        let engine = self.hands.engine;
        match &operation.action {
            Action::PullImage { reference, platform } => {
                self.pull(operation, reference, platform.as_deref()).await
            }
            Action::TagImage { reference, id } => Ok(engine.tag_image(id, reference).await?),
            Action::WriteFile { path, .. } => self.write(path).await,
            Action::RemoveFile { path } => self.remove_file(path).await,
            Action::RemoveImage { id, .. } => Ok(engine.remove_image(id).await?),
            Action::CreateNetwork { key, .. } => {
                Ok(engine.create_network(self.desired, key).await.map(drop)?)
            }
            Action::RemoveNetwork { id, .. } => Ok(engine.remove_network(id).await?),
            Action::CreateVolume { key, .. } => Ok(engine.create_volume(self.desired, key).await?),
            Action::CreateContainer { .. } => self.create(&operation.action).await,
            Action::StopContainer { name, timeout } => Ok(engine.stop(name, *timeout).await?),
            Action::RemoveContainer { name, .. } => {
                Ok(engine.remove(name, Removal::Forced).await?)
            }
            Action::RenameContainer { from, to } => self.rename(from, to).await,
            Action::CopyFiles { name } => self.copy(operation, name).await,
            Action::StartContainer { name } => Ok(engine.start(name).await?),
            Action::SignalContainer { name, signal } => Ok(engine.kill(name, signal).await?),
            Action::ConnectContainer { .. } => self.connect(&operation.action).await,
            Action::DisconnectContainer { name, network } => {
                Ok(engine.disconnect(network, name).await?)
            }
            Action::DrainContainer { time, .. } => self.drain(*time).await,
            Action::UnpauseContainer { name } => Ok(engine.unpause(name).await?),
            Action::Wait { .. } => self.wait(operation).await,
            Action::RunHook { .. } => self.hook(&operation.action).await,
        }
    }

    async fn pull(
        &self,
        operation: &Operation,
        reference: &str,
        platform: Option<&str>,
    ) -> Result<(), Stop> {
        let (platform, keyring) = (platform.unwrap_or_default(), self.hands.keyring);
        let pull = Pull { reference, platform, keyring };
        let tell = |step| self.progress.pulling(operation, &step);
        Ok(self.hands.engine.pull(&pull, &tell, &self.halt).await?)
    }

    async fn write(&self, path: &Path) -> Result<(), Stop> {
        let file = self.desired.files.get(path).cloned().ok_or_else(|| unknown(path.display()))?;
        let (path, places) = (path.to_owned(), self.hands.places.clone());
        on_disk(move || files::write(&path, &file, &places)).await
    }

    async fn remove_file(&self, path: &Path) -> Result<(), Stop> {
        let (path, places) = (path.to_owned(), self.hands.places.clone());
        on_disk(move || files::remove(&path, &places)).await
    }

    async fn create(&self, action: &Action) -> Result<(), Stop> {
        let Action::CreateContainer {
            name,
            final_name,
            service,
            number,
            found,
            replaces,
            inherits,
            shares,
        } = action
        else {
            return Ok(());
        };
        let reference = self.desired.project.image_of(service);
        let image =
            self.observed.images.get(&reference).ok_or_else(|| unknown(reference.as_str()))?;
        let parents: BTreeMap<&ServiceName, String> = shares
            .iter()
            .filter_map(|(parent, name)| Some((parent, self.ids().get(name)?.clone())))
            .collect();
        let spec = ContainerSpec {
            desired: self.desired,
            service,
            number: *number,
            name,
            final_name,
            found: *found,
            image_id: &image.id,
            image: if self.observed.moved.contains(&reference) {
                ImageName::Id
            } else {
                ImageName::Reference
            },
            inherits,
            replaces: replaces.as_deref(),
            container_of: &|parent| parents.get(parent).cloned(),
            image_of: &|reference| Some(self.observed.images.get(reference)?.id.clone()),
        };
        let id = self.hands.engine.create_container(&spec).await?;
        self.ids().insert(name.clone(), id);
        Ok(())
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), Stop> {
        self.hands.engine.rename(from, to).await?;
        let mut ids = self.ids();
        if let Some(id) = ids.get(from).cloned() {
            ids.insert(to.to_owned(), id);
        }
        Ok(())
    }

    /// Joins a container to a network, with the endpoint that its service has there.
    async fn connect(&self, action: &Action) -> Result<(), Stop> {
        let Action::ConnectContainer { name, final_name, service, number, network, place } = action
        else {
            return Ok(());
        };
        let spec = ContainerSpec {
            desired: self.desired,
            service,
            number: *number,
            name,
            final_name,
            found: *place == Place::Found,
            image_id: "",
            image: ImageName::Reference,
            inherits: &[],
            replaces: None,
            container_of: &|_| None,
            image_of: &|_| None,
        };
        let address = match place {
            Place::Found => None,
            Place::Hidden { address } => address.as_deref(),
        };
        Ok(self.hands.engine.connect_container(&spec, network, address).await?)
    }

    /// Lets time pass; cut short when the run is broken off, because the container is stopped by the next one anyway.
    async fn drain(&self, time: Duration) -> Result<(), Stop> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.halt.cancelled() => Err(Stop::BrokenOff),
        }
    }

    async fn copy(&self, operation: &Operation, name: &str) -> Result<(), Stop> {
        let service = operation.service.as_ref();
        let files = service.and_then(|service| self.desired.copies.get(service));
        let files = files.ok_or_else(|| unknown(name))?;
        Ok(self.hands.engine.copy_into(name, files).await?)
    }

    async fn wait(&self, operation: &Operation) -> Result<(), Stop> {
        let Action::Wait { service, containers, until, timeout, unmet } = &operation.action else {
            return Ok(());
        };
        let wanted = Wanted {
            service,
            until: *until,
            timeout: *timeout,
            unmet: *unmet,
            restarts: self.hands.restarts,
        };
        let several = containers.len() > 1;
        let waits = containers.iter().map(|name| async move {
            let tell = |state: &str| {
                let state = if several { format!("{name}: {state}") } else { state.to_owned() };
                self.progress.waiting(operation, &state);
            };
            wait(self.hands.engine, wanted, name, &tell).await
        });
        tokio::select! {
            ended = try_join_all(waits) => ended.map(drop),
            () = self.halt.cancelled() => Err(Stop::BrokenOff),
            () = cut(self.hands.cut) => {
                self.halt.cancel();
                Err(Stop::BrokenOff)
            }
        }
    }

    fn ids(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until waits are cut; for ever, where nobody does.
async fn cut(token: Option<&CancellationToken>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Whether the plan goes on when this fails.
fn is_optional(action: &Action) -> bool {
    // The engine keeps an image that somebody uses after all, and a container whose files it cannot remove. A name is a
    // convenience.
    matches!(
        action,
        Action::Wait { unmet: Unmet::GoOn, .. }
            | Action::TagImage { .. }
            | Action::RemoveImage { .. }
            | Action::RemoveContainer { broken: true, .. }
    )
}

pub(super) fn unknown(name: impl std::fmt::Display) -> Error {
    Error::Unknown { name: name.to_string() }
}

/// Runs something that blocks on a thread of its own.
async fn on_disk(
    work: impl FnOnce() -> Result<(), files::Error> + Send + 'static,
) -> Result<(), Stop> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Stop::Failed(Trouble::of(&error), Blame::Host)),
        Err(source) => Err(Error::Worker { source }.into()),
    }
}
