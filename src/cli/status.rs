//! `conductor status`: what runs here, and how well. Never fetches.

use std::collections::BTreeMap;

use super::arguments::StatusArguments;
use super::failure::{Complaint, Error, Exit};
use super::session::{Session, wait_for};
use crate::config::Location;
use crate::docker::{Endpoint, Engine};
use crate::model::observed::{Container, ContainerState};
use crate::report::{self, Health, StackStatus};
use crate::source::Mirror;

/// Shows the stacks of this instance.
pub(super) fn run(session: &Session, arguments: &StatusArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let containers = wait_for(observe(session))?;
    let applied = applied(session);
    let instance = session.settings.instance.as_str();
    let mut stacks = report::of_containers(&containers, instance, &applied);
    if !arguments.stacks.is_empty() {
        for name in &arguments.stacks {
            if !stacks.iter().any(|stack| is_called(stack, name)) {
                return Err(unknown(name, &stacks).into());
            }
        }
        stacks.retain(|stack| arguments.stacks.iter().any(|name| is_called(stack, name)));
    }
    if session.screen.is_json() {
        session.screen.raw(&report::status_json(&stacks));
    } else if stacks.is_empty() {
        session.screen.warn(&[format!(
            "nothing of instance `{instance}` runs on {}",
            session.settings.engine
        )]);
    } else {
        session.screen.data(&report::status_text(&stacks));
    }
    let degraded = stacks.iter().any(|stack| stack.health() == Health::Degraded);
    Ok(if degraded { Exit::Failed } else { Exit::Done })
}

/// All containers of projects; those that ended are inspected for how they did.
async fn observe(session: &Session) -> Result<Vec<Container>, Complaint> {
    let fail = |error| Complaint::failed(&error);
    let endpoint = Endpoint::parse(&session.settings.engine.endpoint.to_string()).map_err(fail)?;
    let engine = Engine::connect(&endpoint).await.map_err(fail)?;
    let mut containers = engine.list().await.map_err(fail)?;
    for container in &mut containers {
        if container.state == ContainerState::Exited {
            // One that has gone away meanwhile is shown as it was listed.
            if let Ok(inspected) = engine.inspect(&container.id).await {
                *container = inspected;
            }
        }
    }
    Ok(containers)
}

/// The revision that was applied last of each project of this engine, as the mirrors remember it.
fn applied(session: &Session) -> BTreeMap<String, String> {
    let settings = &session.settings;
    let mut applied = BTreeMap::new();
    for source in &settings.sources {
        if !matches!(source.location, Location::Git(_)) {
            continue;
        }
        match Mirror::at(settings.places.mirror(&source.name)).pins() {
            Ok(pins) => applied.extend(
                pins.into_iter()
                    .filter(|(engine, _, _)| *engine == settings.engine.name)
                    .map(|(_, project, revision)| (project.to_string(), revision.to_string())),
            ),
            Err(error) => session.screen.warn(&[format!("{error}; revisions are those of labels")]),
        }
    }
    applied
}

fn is_called(stack: &StackStatus, name: &str) -> bool {
    stack.project == name || (stack.source.is_some() && stack.path == name.trim_end_matches('/'))
}

fn unknown(name: &str, stacks: &[StackStatus]) -> Error {
    let known: Vec<&str> = stacks.iter().map(|stack| stack.project.as_str()).collect();
    Error::UnknownStack { name: name.to_owned(), known: known.join(", ") }
}
