//! Hooks of services: runs one, and waits for its end.

use std::future::Future;
use std::time::Duration;

use tokio::time::sleep;

use crate::docker::{self, ContainerSpec, ImageName, Removal};
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};
use crate::model::parts::Hook;
use crate::plan::{Action, Phase};

use super::act::{Stop, Work, unknown};
use super::error::Error;

/// The pause between two looks at a hook that runs.
const PAUSE: Duration = Duration::from_millis(100);

impl Work<'_> {
    /// Runs a hook; an exit code other than 0 is a failure.
    pub(super) async fn hook(&self, action: &Action) -> Result<(), Stop> {
        let Action::RunHook { name, service, phase, index } = action else { return Ok(()) };
        let model = self.desired.project.services.get(service);
        let hooks = model.map(|model| match phase {
            Phase::PreStart => &model.pre_start,
            Phase::PostStart => &model.post_start,
            Phase::PreStop => &model.pre_stop,
        });
        let hook = hooks.and_then(|hooks| hooks.get(*index)).ok_or_else(|| unknown(name))?;
        let code = match phase {
            Phase::PreStart => self.before_start(service, (hook, *index), name).await?,
            Phase::PostStart => self.inside(name, hook).await?,
            Phase::PreStop => match self.inside(name, hook).await {
                // It ended meanwhile: then there is nothing to prepare it for.
                Err(Stop::Outdated(_)) => 0,
                ended => ended?,
            },
        };
        if code == 0 {
            return Ok(());
        }
        let (service, phase, index) = (service.clone(), *phase, *index);
        Err(Error::Hook { service, phase, index, code }.into())
    }

    /// In a container that runs.
    async fn inside(&self, name: &str, hook: &Hook) -> Result<i64, Stop> {
        let engine = self.hands.engine;
        let id = engine.begin_hook(name, hook).await?;
        self.until_ended(|| engine.hook_code(&id)).await
    }

    /// In a container of its own, which is gone afterwards.
    async fn before_start(
        &self,
        service: &ServiceName,
        (hook, index): (&Hook, usize),
        mounts_of: &str,
    ) -> Result<i64, Stop> {
        let engine = self.hands.engine;
        let project = &self.desired.project;
        let name = format!("{}-{service}-pre_start-{index}", project.name);
        let spec = ContainerSpec {
            desired: self.desired,
            service,
            number: 1,
            name: &name,
            final_name: mounts_of,
            found: true,
            image_id: "",
            image: ImageName::Reference,
            inherits: &[],
            replaces: None,
            container_of: &|parent| Some(project.container_name(parent, 1)),
            image_of: &|_| None,
        };
        let started = engine.start_hook(&spec, hook, mounts_of).await;
        let ended = match started {
            Ok(()) => {
                let look = || async { engine.inspect(&name).await.map(|found| exit_code(&found)) };
                self.until_ended(look).await
            }
            Err(error) => Err(error.into()),
        };
        engine.remove(&name, Removal::Forced).await?;
        ended
    }

    /// Looks until there is an exit code. It may take its time, but not after a person has stopped the run.
    async fn until_ended<F>(&self, look: impl Fn() -> F) -> Result<i64, Stop>
    where
        F: Future<Output = Result<Option<i64>, docker::Error>>,
    {
        loop {
            if let Some(code) = look().await? {
                return Ok(code);
            }
            tokio::select! {
                () = sleep(PAUSE) => (),
                () = self.halt.cancelled() => return Err(Stop::BrokenOff),
            }
        }
    }
}

fn exit_code(found: &Container) -> Option<i64> {
    match found.state {
        ContainerState::Exited | ContainerState::Dead => {
            Some(found.details.as_ref().map_or(0, |details| details.exit_code))
        }
        ContainerState::Created
        | ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Restarting
        | ContainerState::Removing => None,
    }
}
