//! What is there: stacks, their services and their health.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::line::{Line, Span, Style};
use super::table::Table;
use super::trouble::{SCHEMA, pretty};
use crate::model::labels;
use crate::model::observed::{Container, ContainerState, HealthStatus};

/// The revision that was applied last of each project, as far as it is remembered.
pub type Applied = BTreeMap<String, String>;

/// How well a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// It is as it should be.
    Healthy,
    /// It is on its way there.
    Progressing,
    /// It is there, and not well.
    Degraded,
    /// It is not there.
    Missing,
    /// It is left alone.
    Suspended,
}

impl Health {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Degraded => "degraded",
            Self::Missing => "missing",
            Self::Suspended => "suspended",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Healthy => Style::Good,
            Self::Progressing | Self::Suspended => Style::Odd,
            Self::Degraded | Self::Missing => Style::Bad,
        }
    }
}

/// One stack as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackStatus {
    /// Its project.
    pub project: String,
    /// The source it came from; `None` with `-f`.
    pub source: Option<String>,
    /// Its path in the source.
    pub path: String,
    /// The revision that was applied last, where it is known.
    pub revision: Option<String>,
    /// Its services.
    pub services: Vec<ServiceStatus>,
}

/// One service as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// What its containers do: `running`, `running (1 of 2)`, `exited (0)`.
    pub state: String,
    /// How well it is.
    pub health: Health,
    /// Its containers, by name.
    pub containers: Vec<String>,
}

impl StackStatus {
    /// How well its least well service is.
    pub fn health(&self) -> Health {
        self.services.iter().map(|service| service.health).max().unwrap_or(Health::Missing)
    }
}

/// Sorts the containers of `instance` into stacks and services. `applied` tells the revision of each project; without
/// it, the label of the newest container does.
pub fn of_containers(
    containers: &[Container],
    instance: &str,
    applied: &Applied,
) -> Vec<StackStatus> {
    let mut stacks: BTreeMap<&str, BTreeMap<&str, Vec<&Container>>> = BTreeMap::new();
    let ours = containers.iter().filter(|container| {
        container.label(labels::INSTANCE) == instance && !container.is_oneoff()
    });
    for container in ours {
        stacks
            .entry(container.label(labels::PROJECT))
            .or_default()
            .entry(container.service())
            .or_default()
            .push(container);
    }
    stacks.into_iter().map(|(project, services)| stack(project, &services, applied)).collect()
}

fn stack(
    project: &str,
    services: &BTreeMap<&str, Vec<&Container>>,
    applied: &Applied,
) -> StackStatus {
    let newest = services.values().flatten().max_by_key(|container| container.created);
    let label =
        |key: &str| newest.map(|container| container.label(key)).filter(|text| !text.is_empty());
    StackStatus {
        project: project.to_owned(),
        source: label(labels::SOURCE).map(str::to_owned),
        path: label(labels::STACK)
            .or_else(|| label(labels::WORKING_DIR))
            .unwrap_or_default()
            .to_owned(),
        revision: applied
            .get(project)
            .cloned()
            .or_else(|| label(labels::REVISION).map(str::to_owned)),
        services: services.iter().map(|(name, containers)| service(name, containers)).collect(),
    }
}

fn service(name: &str, containers: &[&Container]) -> ServiceStatus {
    let health = containers.iter().map(|container| health(container)).max();
    let mut states: Vec<(String, usize)> = Vec::new();
    for container in containers {
        let word = state(container);
        match states.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => states.push((word, 1)),
        }
    }
    let state = match &states[..] {
        [(word, 1)] => word.clone(),
        [(word, number)] => format!("{number} {word}"),
        several => {
            let parts: Vec<String> =
                several.iter().map(|(word, number)| format!("{number} {word}")).collect();
            parts.join(", ")
        }
    };
    let mut names: Vec<String> =
        containers.iter().map(|container| container.name.clone()).collect();
    names.sort();
    ServiceStatus {
        name: name.to_owned(),
        state,
        health: health.unwrap_or(Health::Missing),
        containers: names,
    }
}

fn state(container: &Container) -> String {
    match container.state {
        ContainerState::Created => "created".to_owned(),
        ContainerState::Running => "running".to_owned(),
        ContainerState::Paused => "paused".to_owned(),
        ContainerState::Restarting => "restarting".to_owned(),
        ContainerState::Removing => "being removed".to_owned(),
        ContainerState::Dead => "dead".to_owned(),
        ContainerState::Exited => match &container.details {
            Some(details) => format!("exited ({})", details.exit_code),
            None => "exited".to_owned(),
        },
    }
}

/// A container that ended with 0 counts as healthy: it is a one-shot, or a sync will start it.
fn health(container: &Container) -> Health {
    match (container.state, container.health) {
        (ContainerState::Running, HealthStatus::None | HealthStatus::Healthy) => Health::Healthy,
        (ContainerState::Running, HealthStatus::Starting)
        | (ContainerState::Created | ContainerState::Removing, _) => Health::Progressing,
        (ContainerState::Running, HealthStatus::Unhealthy)
        | (ContainerState::Paused | ContainerState::Restarting | ContainerState::Dead, _) => {
            Health::Degraded
        }
        (ContainerState::Exited, _) => {
            let code = container.details.as_ref().map(|details| details.exit_code);
            if code == Some(0) { Health::Healthy } else { Health::Degraded }
        }
    }
}

/// A row per service.
pub fn status_text(stacks: &[StackStatus]) -> Vec<Line> {
    let mut table = Table::new(&["STACK", "SERVICE", "STATE", "HEALTH", "REVISION", "SOURCE"]);
    for stack in stacks {
        let place = match &stack.source {
            Some(source) => format!("{source}: {}", stack.path),
            None => stack.path.clone(),
        };
        if stack.services.is_empty() {
            table.row(vec![
                Span::new(Style::Strong, &stack.project),
                Span::plain("-"),
                Span::plain("-"),
                Span::new(stack.health().style(), stack.health().word()),
                Span::plain("-"),
                Span::new(Style::Faint, &place),
            ]);
        }
        for service in &stack.services {
            table.row(vec![
                Span::new(Style::Strong, &stack.project),
                Span::plain(&service.name),
                Span::plain(&service.state),
                Span::new(service.health.style(), service.health.word()),
                Span::plain(short(stack.revision.as_deref().unwrap_or("-"))),
                Span::new(Style::Faint, &place),
            ]);
        }
    }
    table.lines()
}

/// The same for programs.
pub fn status_json(stacks: &[StackStatus]) -> String {
    let service = |service: &ServiceStatus| -> Value {
        json!({
            "service": service.name,
            "state": service.state,
            "health": service.health.word(),
            "containers": service.containers,
        })
    };
    let stack = |stack: &StackStatus| -> Value {
        json!({
            "project": stack.project,
            "source": stack.source,
            "path": stack.path,
            "revision": stack.revision,
            "health": stack.health().word(),
            "services": stack.services.iter().map(service).collect::<Vec<_>>(),
        })
    };
    pretty(&json!({ "schema": SCHEMA, "stacks": stacks.iter().map(stack).collect::<Vec<_>>() }))
}

/// A commit as people quote it.
fn short(revision: &str) -> String {
    crate::model::revision::Revision::from(revision.to_owned()).short().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observed::Details;

    fn container(project: &str, service: &str, number: u32, state: ContainerState) -> Container {
        let labels = [
            (labels::PROJECT, project),
            (labels::SERVICE, service),
            (labels::INSTANCE, "default"),
            (labels::SOURCE, "home"),
            (labels::STACK, "stacks/app"),
            (labels::REVISION, "3f2a1b0c9d8e7f6a5b4c"),
        ];
        Container {
            name: format!("{project}-{service}-{number}"),
            labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            state,
            ..Container::default()
        }
    }

    fn sample() -> Vec<StackStatus> {
        let exited = |code| Container {
            details: Some(Details { exit_code: code, ..Details::default() }),
            ..container("app", "migrate", 1, ContainerState::Exited)
        };
        let starting = Container {
            health: HealthStatus::Starting,
            ..container("app", "db", 1, ContainerState::Running)
        };
        let foreign = Container {
            labels: [(labels::PROJECT.to_owned(), "foreign".to_owned())].into(),
            ..Container::default()
        };
        let applied = [("blog".to_owned(), "ffffffffffffffffffff".to_owned())].into();
        let containers = [
            container("app", "web", 1, ContainerState::Running),
            container("app", "web", 2, ContainerState::Restarting),
            starting,
            exited(0),
            container("blog", "web", 1, ContainerState::Running),
            container("blog", "web", 2, ContainerState::Running),
            foreign,
        ];
        of_containers(&containers, "default", &applied)
    }

    #[test]
    fn people_see_a_row_per_service_of_ours() {
        let text: Vec<String> = status_text(&sample()).iter().map(Line::text).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        STACK  SERVICE  STATE                    HEALTH       REVISION      SOURCE
        app    db       running                  progressing  3f2a1b0c9d8e  home: stacks/app
        app    migrate  exited (0)               healthy      3f2a1b0c9d8e  home: stacks/app
        app    web      1 running, 1 restarting  degraded     3f2a1b0c9d8e  home: stacks/app
        blog   web      2 running                healthy      ffffffffffff  home: stacks/app
        ");
    }

    #[test]
    fn a_stack_is_as_well_as_its_least_well_service() {
        let health: Vec<&str> = sample().iter().map(|stack| stack.health().word()).collect();
        assert_eq!(health, ["degraded", "healthy"]);
        insta::assert_snapshot!(status_json(&sample()[1..]), @r#"
        {
          "schema": 1,
          "stacks": [
            {
              "project": "blog",
              "source": "home",
              "path": "stacks/app",
              "revision": "ffffffffffffffffffff",
              "health": "healthy",
              "services": [
                {
                  "service": "web",
                  "state": "2 running",
                  "health": "healthy",
                  "containers": [
                    "blog-web-1",
                    "blog-web-2"
                  ]
                }
              ]
            }
          ]
        }
        "#);
    }
}
