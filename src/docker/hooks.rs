//! Hooks of services: commands in a container that runs, and containers of their own before a start.

use bollard::exec::{CreateExecOptions, StartExecOptions};
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptions;

use crate::model::parts::Hook;

use super::access::{segment, with_body, within};
use super::act::Removal;
use super::create::hook_body;
use super::engine::Engine;
use super::error::Error;
use super::spec::ContainerSpec;
use super::task::Task;

impl Engine {
    /// Begins the command of a hook in a running container; answers an ID, by which its end is asked for.
    pub async fn begin_hook(&self, name: &str, hook: &Hook) -> Result<String, Error> {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let options = CreateExecOptions {
            cmd: Some(hook.command.clone().unwrap_or_default()),
            env: Some(variables(hook)),
            user: text(&hook.user),
            working_dir: text(&hook.working_dir),
            privileged: Some(hook.privileged),
            ..CreateExecOptions::default()
        };
        let task = || Task::container("run a hook in", name);
        let path = segment(name);
        let asked = self.docker().create_exec(&path, options);
        let id = within(task(), self.limits().call, asked).await?.id;
        let detached = StartExecOptions { detach: true, ..StartExecOptions::default() };
        let asked = self.docker().start_exec(&id, Some(detached));
        within(task(), self.limits().call, asked).await?;
        Ok(id)
    }

    /// The exit code of a hook's command; `None` while it runs.
    pub async fn hook_code(&self, id: &str) -> Result<Option<i64>, Error> {
        let task = Task::new("inspect", "a hook", "");
        let found = within(task, self.limits().call, self.docker().inspect_exec(id)).await?;
        Ok(match found.running {
            Some(true) => None,
            Some(false) | None => Some(found.exit_code.unwrap_or_default()),
        })
    }

    /// Makes the container of a hook that runs before the first start of its service, with the mounts of the container
    /// `mounts_of`, and starts it. What a killed run left under its name is removed.
    pub async fn start_hook(
        &self,
        spec: &ContainerSpec<'_>,
        hook: &Hook,
        mounts_of: &str,
    ) -> Result<(), Error> {
        self.remove(spec.name, Removal::Forced).await?;
        let wanted = hook_body(spec, hook, mounts_of, self.api())?;
        let docker = with_body(self.docker(), self.api(), &wanted.json);
        let options =
            CreateContainerOptions { name: Some(spec.name.to_owned()), platform: wanted.platform };
        let task = Task::container("create", spec.name);
        let asked = docker.create_container(Some(options), ContainerCreateBody::default());
        let id = within(task, self.limits().call, asked).await?.id;
        for (network, endpoint) in &wanted.connects {
            self.join_network(network, &id, endpoint).await?;
        }
        self.start(spec.name).await
    }
}

/// `KEY=VALUE`, and the bare key of a variable without a value.
pub(super) fn variables(hook: &Hook) -> Vec<String> {
    let line = |(key, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{key}={value}"),
        None => key.clone(),
    };
    hook.environment.iter().map(line).collect()
}
