//! What is there: stacks, their services and their health.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::history::{Open, outcome, value};
use super::line::{Line, Span, Style};
use super::moment::moment;
use super::table::Table;
use super::trouble::{SCHEMA, pretty};
use crate::journal::{BadRevision, LastGood, Run, StoppedByHand};
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

    pub(super) fn style(self) -> Style {
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
    /// At whose word it is left alone: `suspended by alice`.
    pub suspended: Option<String>,
    /// What the journal knows of it.
    pub kept: Kept,
}

/// What the journal knows of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    /// Its last run.
    pub last_run: Option<Run>,
    /// What ran well last.
    pub last_good: Option<LastGood>,
    /// Revisions that did not become healthy, newest first.
    pub bad: Vec<BadRevision>,
    /// Containers that a person stopped, by name, and when.
    pub stopped: Vec<StoppedByHand>,
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
    /// How well its least well service is; what is suspended need not be there.
    pub fn health(&self) -> Health {
        let absent = if self.suspended.is_some() { Health::Suspended } else { Health::Missing };
        self.services.iter().map(|service| service.health).max().unwrap_or(absent)
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
        container.label(labels::INSTANCE) == instance
            && !container.is_oneoff()
            && !container.is_wreck()
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
        suspended: None,
        kept: Kept::default(),
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

pub(super) fn state(container: &Container) -> String {
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
pub(super) fn health(container: &Container) -> Health {
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
    let notes = stacks.iter().flat_map(notes);
    table.lines().into_iter().chain(notes).collect()
}

/// What a person should know about a stack beside its services.
fn notes(stack: &StackStatus) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut note = |style, what: String| {
        lines.push(
            Line::of(Style::Odd, "note: ")
                .with(Style::Strong, &stack.project)
                .with(Style::Plain, " ")
                .with(style, what),
        );
    };
    if let Some(why) = &stack.suspended {
        note(Style::Odd, format!("is {why}"));
    }
    // One without an end may run right now; `history` tells.
    if let Some(run) = stack.kept.last_run.as_ref().filter(|run| run.ended.is_some()) {
        let (style, word) = outcome(run, Open::Running);
        if style != Style::Good {
            let error = run.trouble.as_ref().map_or(String::new(), |t| format!(": {}", t.error));
            let when = moment(run.started);
            note(
                style,
                format!("{word} on {when} at {} (run {}){error}", run.revision.short(), run.id),
            );
        }
    }
    for StoppedByHand { name, at } in &stack.kept.stopped {
        note(
            Style::Odd,
            format!(
                "has `{name}`, stopped by hand on {}; a sync or a new revision starts it",
                moment(*at)
            ),
        );
    }
    if let Some(bad) = stack.kept.bad.first() {
        let good = stack.kept.last_good.as_ref();
        let good = good.map_or("none".to_owned(), |good| good.revision.short().to_owned());
        let (revision, reason) = (bad.revision.short(), &bad.reason);
        note(
            Style::Bad,
            format!("is not brought to {revision} again: {reason}; last good: {good}"),
        );
    }
    lines
}

/// The same for programs. `docker` is Docker itself; null where nobody looks after it.
pub fn status_json(stacks: &[StackStatus], docker: &Value) -> String {
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
            "suspended": stack.suspended,
            "last_run": stack.kept.last_run.as_ref().map(|run| value(run, Open::Running)),
            "last_good": stack.kept.last_good.as_ref().map(|good| {
                json!({ "revision": good.revision.to_string(), "at": good.at })
            }),
            "bad": stack.kept.bad.iter().map(bad).collect::<Vec<_>>(),
            "stopped_by_hand": stack.kept.stopped.iter().map(stopped).collect::<Vec<_>>(),
        })
    };
    let stacks = stacks.iter().map(stack).collect::<Vec<_>>();
    pretty(&json!({ "schema": SCHEMA, "docker": docker, "stacks": stacks }))
}

fn bad(bad: &BadRevision) -> Value {
    json!({ "revision": bad.revision.to_string(), "reason": bad.reason, "at": bad.at })
}

fn stopped(stopped: &StoppedByHand) -> Value {
    json!({ "container": stopped.name, "at": stopped.at })
}

/// A commit as people quote it.
fn short(revision: &str) -> String {
    crate::model::revision::Revision::from(revision.to_owned()).short().to_owned()
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
