//! `conductor status`: what runs here, and how well. Never fetches.

use super::arguments::StatusArguments;
use super::failure::{Complaint, Error, Exit};
use super::session::{Session, wait_for};
use crate::docker;
use crate::model::observed::{Container, ContainerState};
use crate::reconcile::{self, Context, Freshness, Listed};
use crate::report::{self, Applied, Health, StackStatus};

/// Shows the stacks of this instance, and those of the sources that are not there.
pub(super) fn run(session: &Session, arguments: &StatusArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let mut stacks = wait_for(look(session))?;
    if !arguments.stacks.is_empty() {
        if let Some(name) =
            arguments.stacks.iter().find(|name| !stacks.iter().any(|stack| is_called(stack, name)))
        {
            return Err(unknown(name, &stacks).into());
        }
        stacks.retain(|stack| arguments.stacks.iter().any(|name| is_called(stack, name)));
    }
    if session.screen.is_json() {
        session.screen.raw(&report::status_json(&stacks));
    } else if stacks.is_empty() {
        let (instance, engine) = (&session.settings.instance, &session.settings.engine);
        session.screen.warn(&[format!("nothing of instance `{instance}` runs on {engine}")]);
    } else {
        session.screen.data(&report::status_text(&stacks));
    }
    let unwell = |stack: &StackStatus| matches!(stack.health(), Health::Degraded | Health::Missing);
    Ok(if stacks.iter().any(unwell) { Exit::Failed } else { Exit::Done })
}

async fn look(session: &Session) -> Result<Vec<StackStatus>, Complaint> {
    let (applied, known) = remembered(session).await;
    let containers = observe(session).await?;
    let instance = session.settings.instance.as_str();
    let mut stacks = report::of_containers(&containers, instance, &applied);
    for listed in known {
        let is_there = stacks.iter().any(|stack| stack.project == listed.project.as_str());
        if !is_there && listed.left_alone.is_none() {
            stacks.push(StackStatus {
                project: listed.project.to_string(),
                source: Some(listed.source.to_string()),
                path: listed.path.display().to_string(),
                revision: None,
                services: Vec::new(),
            });
        }
    }
    stacks.sort_by(|a, b| a.project.cmp(&b.project));
    Ok(stacks)
}

/// What the mirrors remember: the applied revisions, and the stacks of what was fetched last. Where they cannot be read,
/// the engine alone tells.
async fn remembered(session: &Session) -> (Applied, Vec<Listed>) {
    let context = match session.context() {
        Ok(context) => context,
        Err(complaint) => {
            session.screen.warn(&[complaint.trouble.error]);
            return Default::default();
        }
    };
    match known(session, &context).await {
        Ok(known) => known,
        Err(complaint) => {
            session.screen.warn(&[complaint.trouble.error]);
            Default::default()
        }
    }
}

async fn known(session: &Session, context: &Context) -> Result<(Applied, Vec<Listed>), Complaint> {
    let fail = |trouble| Complaint { trouble, exit: Exit::Failed };
    let sources = &session.settings.sources;
    let applied = reconcile::applied(context, sources.clone()).await.map_err(fail)?;
    let listing =
        reconcile::list(context, sources.clone(), Freshness::Known).await.map_err(fail)?;
    let applied = applied
        .into_iter()
        .map(|(project, revision)| (project.to_string(), revision.to_string()))
        .collect();
    Ok((applied, listing.stacks))
}

/// All containers of projects; those that ended are inspected for how they did.
async fn observe(session: &Session) -> Result<Vec<Container>, Complaint> {
    let fail = |error: docker::Error| Complaint::failed(&error);
    let engine = session.engine().await?;
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

fn is_called(stack: &StackStatus, name: &str) -> bool {
    stack.project == name || (stack.source.is_some() && stack.path == name.trim_end_matches('/'))
}

fn unknown(name: &str, stacks: &[StackStatus]) -> Error {
    let known: Vec<&str> = stacks.iter().map(|stack| stack.project.as_str()).collect();
    Error::UnknownStack { name: name.to_owned(), known: known.join(", ") }
}
