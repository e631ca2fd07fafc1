//! From the engine's list of containers to ours.

use std::collections::HashMap;

use bollard::models::{
    ContainerSummary, ContainerSummaryStateEnum as State, EndpointSettings, MountPoint,
};

use crate::model::observed::{Container, ContainerState, HealthStatus, ObservedMount};

/// One line of the list. What it does not say is asked with an inspection, where it matters.
pub(super) fn container(summary: ContainerSummary) -> Container {
    let state = state(summary.state);
    let status = summary.status.unwrap_or_default();
    let networks = summary.network_settings.and_then(|settings| settings.networks);
    Container {
        id: summary.id.unwrap_or_default(),
        name: own_name(&summary.names.unwrap_or_default()),
        labels: summary.labels.unwrap_or_default().into_iter().collect(),
        state,
        health: if state == ContainerState::Running { health(&status) } else { HealthStatus::None },
        image_id: summary.image_id.unwrap_or_default(),
        networks: attached(networks),
        mounts: summary.mounts.unwrap_or_default().into_iter().map(mount).collect(),
        created: summary.created.unwrap_or_default(),
        details: None,
    }
}

/// A container's own name; links give it more, with a second slash.
fn own_name(names: &[String]) -> String {
    let own = names.iter().find(|name| !name.trim_start_matches('/').contains('/'));
    own.or(names.first()).map(|name| name.trim_start_matches('/').to_owned()).unwrap_or_default()
}

/// The name and ID of each network; one that is only remembered, because the container does not run, has no ID.
pub(super) fn attached(
    networks: Option<HashMap<String, EndpointSettings>>,
) -> std::collections::BTreeMap<String, String> {
    networks
        .unwrap_or_default()
        .into_iter()
        .map(|(name, endpoint)| (name, endpoint.network_id.unwrap_or_default()))
        .collect()
}

pub(super) fn mount(point: MountPoint) -> ObservedMount {
    ObservedMount {
        kind: point.typ.unwrap_or_default(),
        name: point.name.unwrap_or_default(),
        source: point.source.unwrap_or_default(),
        destination: point.destination.unwrap_or_default(),
    }
}

fn state(state: Option<State>) -> ContainerState {
    match state {
        Some(State::RUNNING | State::STOPPING) => ContainerState::Running,
        Some(State::PAUSED) => ContainerState::Paused,
        Some(State::RESTARTING) => ContainerState::Restarting,
        Some(State::REMOVING) => ContainerState::Removing,
        Some(State::EXITED) => ContainerState::Exited,
        Some(State::DEAD) => ContainerState::Dead,
        Some(State::CREATED | State::EMPTY) | None => ContainerState::Created,
    }
}

/// The list tells health only in its text for people: `Up 2 minutes (healthy)`.
fn health(status: &str) -> HealthStatus {
    if status.ends_with("(healthy)") {
        HealthStatus::Healthy
    } else if status.ends_with("(unhealthy)") {
        HealthStatus::Unhealthy
    } else if status.ends_with("(health: starting)") {
        HealthStatus::Starting
    } else {
        HealthStatus::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_read_from_the_text_of_the_list() {
        assert_eq!(health("Up 2 minutes (healthy)"), HealthStatus::Healthy);
        assert_eq!(health("Up 2 minutes (unhealthy)"), HealthStatus::Unhealthy);
        assert_eq!(health("Up 1 second (health: starting)"), HealthStatus::Starting);
        assert_eq!(health("Up 2 minutes"), HealthStatus::None);
        assert_eq!(health("Up 2 minutes (Paused)"), HealthStatus::None);
    }

    #[test]
    fn links_do_not_change_a_containers_name() {
        let names = ["/web-1/db".to_owned(), "/p-db-1".to_owned()];
        assert_eq!(own_name(&names), "p-db-1");
    }
}
