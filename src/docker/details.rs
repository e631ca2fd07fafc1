//! What only an inspection tells about a container.

use std::collections::BTreeMap;

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, EndpointSettings,
    HealthStatusEnum as Said,
};

use crate::model::observed::{Container, ContainerState, Details, Endpoint, HealthStatus};

use super::access::{segment, within};
use super::containers::{attached, mount};
use super::engine::Engine;
use super::error::Error;
use super::settings::settings;
use super::task::Task;

impl Engine {
    /// A container, by name or ID, with all details.
    pub async fn inspect(&self, name: &str) -> Result<Container, Error> {
        let task = Task::container("inspect", name);
        let name = segment(name);
        let asked = self.docker().inspect_container(&name, None);
        Ok(inspected(within(task, self.limits().call, asked).await?))
    }
}

fn inspected(found: ContainerInspectResponse) -> Container {
    let details = details(&found);
    let state = found.state.unwrap_or_default();
    let said = state.health.and_then(|health| health.status);
    let running = state.status == Some(Status::RUNNING);
    let config = found.config.unwrap_or_default();
    let networks = found.network_settings.and_then(|settings| settings.networks);
    Container {
        id: found.id.unwrap_or_default(),
        name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        state: status(state.status),
        health: if running { health(said) } else { HealthStatus::None },
        image_id: found.image.unwrap_or_default(),
        networks: attached(networks),
        mounts: found.mounts.unwrap_or_default().into_iter().map(mount).collect(),
        created: found
            .created
            .and_then(|text| text.parse::<jiff::Timestamp>().ok())
            .map_or(0, jiff::Timestamp::as_second),
        details: Some(details),
    }
}

fn details(found: &ContainerInspectResponse) -> Details {
    let state = found.state.clone().unwrap_or_default();
    let env = found.config.as_ref().and_then(|config| config.env.clone());
    Details {
        exit_code: state.exit_code.unwrap_or_default(),
        oom_killed: state.oom_killed.unwrap_or_default(),
        error: state.error.unwrap_or_default(),
        started_at: time(state.started_at),
        finished_at: time(state.finished_at),
        restart_count: found.restart_count.unwrap_or_default(),
        env: env.unwrap_or_default(),
        settings: settings(found),
        endpoints: endpoints(found),
    }
}

fn endpoints(found: &ContainerInspectResponse) -> BTreeMap<String, Endpoint> {
    let networks = found.network_settings.as_ref().and_then(|all| all.networks.clone());
    let endpoint = |(name, settings): (String, EndpointSettings)| {
        let endpoint = Endpoint {
            aliases: settings.aliases.unwrap_or_default().into_iter().collect(),
            address: settings.ip_address.unwrap_or_default(),
        };
        (name, endpoint)
    };
    networks.unwrap_or_default().into_iter().map(endpoint).collect()
}

/// The engine writes the year 1 for what has not happened.
fn time(text: Option<String>) -> String {
    text.filter(|text| !text.starts_with("0001-")).unwrap_or_default()
}

fn status(status: Option<Status>) -> ContainerState {
    match status {
        Some(Status::RUNNING | Status::STOPPING) => ContainerState::Running,
        Some(Status::PAUSED) => ContainerState::Paused,
        Some(Status::RESTARTING) => ContainerState::Restarting,
        Some(Status::REMOVING) => ContainerState::Removing,
        Some(Status::EXITED) => ContainerState::Exited,
        Some(Status::DEAD) => ContainerState::Dead,
        Some(Status::CREATED | Status::EMPTY) | None => ContainerState::Created,
    }
}

fn health(said: Option<Said>) -> HealthStatus {
    match said {
        Some(Said::STARTING) => HealthStatus::Starting,
        Some(Said::HEALTHY) => HealthStatus::Healthy,
        Some(Said::UNHEALTHY) => HealthStatus::Unhealthy,
        Some(Said::NONE | Said::EMPTY) | None => HealthStatus::None,
    }
}
