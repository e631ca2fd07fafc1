//! Containers: one method per action, each of which changes one thing.

use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptions, KillContainerOptions, RemoveContainerOptions, RenameContainerOptions,
    StopContainerOptions, UploadToContainerOptions,
};

use serde_json::json;

use crate::model::desired::CopiedFile;

use super::access::{segment, with_body, within};
use super::copy::archive;
use super::create::body;
use super::engine::Engine;
use super::error::Error;
use super::objects::gone;
use super::spec::ContainerSpec;
use super::task::Task;

/// How a container is removed. Its volumes stay, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Only when it does not run.
    Stopped,
    /// Whatever it does.
    Forced,
}

/// How long a stop is waited for beyond the time that the container has.
const STOP_SLACK: Duration = Duration::from_secs(30);
/// How long a container has that says nothing about it.
const USUAL_STOP: Duration = Duration::from_secs(10);

impl Engine {
    /// Creates a container; answers its ID. Engines that take only one network at creation get the others at once
    /// afterwards; if one fails, the container is removed again.
    pub async fn create_container(&self, spec: &ContainerSpec<'_>) -> Result<String, Error> {
        let wanted = body(spec, self.api())?;
        let docker = with_body(self.docker(), self.api(), &wanted.json);
        let options =
            CreateContainerOptions { name: Some(spec.name.to_owned()), platform: wanted.platform };
        let task = Task::container("create", spec.name);
        let asked = docker.create_container(Some(options), ContainerCreateBody::default());
        let id = match within(task, self.limits().call, asked).await {
            Ok(made) => made.id,
            Err(Error::ImageNotFound { source, .. }) => {
                let model = spec.model()?;
                let image = super::spec::image_name(spec.desired, spec.service, model);
                return Err(Error::ImageNotFound { image, source });
            }
            Err(error) => return Err(error),
        };
        for (network, endpoint) in &wanted.connects {
            if let Err(error) = self.join_network(network, &id, endpoint).await {
                // What cannot be removed now is found by the next look; why it was half made counts more.
                self.remove(&id, Removal::Forced).await.unwrap_or_default();
                return Err(error);
            }
        }
        Ok(id)
    }

    /// Starts a container; one that runs is fine.
    pub async fn start(&self, name: &str) -> Result<(), Error> {
        let task = Task::container("start", name);
        let path = segment(name);
        within(task, self.limits().call, self.docker().start_container(&path, None)).await
    }

    /// Stops a container, with its own time-out or this one. One that is gone, or does not run, is fine.
    pub async fn stop(&self, name: &str, timeout: Option<Duration>) -> Result<(), Error> {
        let seconds = timeout.map(|timeout| i32::try_from(timeout.as_secs()).unwrap_or(i32::MAX));
        let options = StopContainerOptions { t: seconds, signal: None };
        let path = segment(name);
        let mut call = Box::pin(self.docker().stop_container(&path, Some(options)));
        let task = || Task::container("stop", name);
        let first = timeout.unwrap_or(USUAL_STOP) + STOP_SLACK;
        match within(task(), self.bound(first), &mut call).await {
            Err(Error::TimedOut { .. }) if timeout.is_none() => (),
            answered => return gone(answered),
        }
        // It may have been given more time when it was made.
        match self.stop_timeout(name).await? {
            Some(own) if own > USUAL_STOP => {
                gone(within(task(), self.bound(own.saturating_sub(USUAL_STOP)), call).await)
            }
            Some(_) | None => Err(Error::TimedOut { task: task(), limit: first }),
        }
    }

    /// The time that a container itself says it needs to stop.
    async fn stop_timeout(&self, name: &str) -> Result<Option<Duration>, Error> {
        let path = segment(name);
        let asked = self.docker().inspect_container(&path, None);
        let found = within(Task::container("inspect", name), self.limits().call, asked).await?;
        let seconds = found.config.and_then(|config| config.stop_timeout);
        Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs))
    }

    /// Sends a signal, such as `SIGHUP`.
    pub async fn kill(&self, name: &str, signal: &str) -> Result<(), Error> {
        let options = KillContainerOptions { signal: signal.to_owned() };
        let task = Task::container("signal", name);
        let path = segment(name);
        within(task, self.limits().call, self.docker().kill_container(&path, Some(options))).await
    }

    /// Removes a container and keeps its volumes. One that is gone is fine.
    pub async fn remove(&self, name: &str, removal: Removal) -> Result<(), Error> {
        let force = removal == Removal::Forced;
        let options = RemoveContainerOptions { v: false, force, link: false };
        let task = Task::container("remove", name);
        let path = segment(name);
        gone(
            within(task, self.limits().call, self.docker().remove_container(&path, Some(options)))
                .await,
        )
    }

    /// Gives a container another name.
    pub async fn rename(&self, name: &str, new_name: &str) -> Result<(), Error> {
        let options = RenameContainerOptions { name: new_name.to_owned() };
        let task = Task::container("rename", name);
        let path = segment(name);
        within(task, self.limits().call, self.docker().rename_container(&path, options)).await
    }

    /// Thaws a container that somebody froze.
    pub async fn unpause(&self, name: &str) -> Result<(), Error> {
        let task = Task::container("unpause", name);
        let path = segment(name);
        within(task, self.limits().call, self.docker().unpause_container(&path)).await
    }

    /// Joins a container to a network of its service, with the endpoint settings that the service has there, and with
    /// this address where one is given.
    pub async fn connect_container(
        &self,
        spec: &ContainerSpec<'_>,
        network: &str,
        address: Option<&str>,
    ) -> Result<(), Error> {
        let wanted = body(spec, self.api())?;
        let endpoints = wanted.json.pointer("/NetworkingConfig/EndpointsConfig");
        let endpoint = endpoints
            .and_then(|all| all.get(network))
            .or_else(|| wanted.connects.iter().find(|(name, _)| name == network).map(|(_, e)| e));
        match endpoint {
            Some(endpoint) => {
                let mut endpoint = endpoint.clone();
                if let (Some(address), Some(members)) = (address, endpoint.as_object_mut()) {
                    members.insert("IPAMConfig".to_owned(), json!({ "IPv4Address": address }));
                }
                self.join_network(network, spec.name, &endpoint).await
            }
            None => Err(spec.invalid("networks", format!("it is not on `{network}`"))),
        }
    }

    /// Copies files into a container that need not run.
    pub async fn copy_into(&self, name: &str, files: &[CopiedFile]) -> Result<(), Error> {
        let options = UploadToContainerOptions {
            path: "/".to_owned(),
            ..UploadToContainerOptions::default()
        };
        let task = Task::container("copy files into", name);
        let path = segment(name);
        let tar = bollard::body_full(archive(files).into());
        within(
            task,
            self.limits().call,
            self.docker().upload_to_container(&path, Some(options), tar),
        )
        .await
    }
}
