//! `conductor status`: what runs here, and how well. Never fetches.

use std::collections::BTreeSet;

use super::arguments::StatusArguments;
use super::docker::{note as docker_note, value as docker_value};
use super::failure::{Complaint, Error, Exit};
use super::session::{Session, wait_for};
use crate::docker;
use crate::journal::{Journal, StackKey, StoppedByHand};
use crate::model::name::ProjectName;
use crate::model::observed::{Container, ContainerState};
use crate::reconcile::{self, Context, Freshness, LeftAlone, Listed};
use crate::report::{self, Applied, Health, Kept, StackStatus};

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
        session.screen.raw(&report::status_json(&stacks, &docker_value(session)));
    } else if stacks.is_empty() {
        let (instance, engine) = (&session.settings.instance, &session.settings.engine);
        session.screen.warn(&[format!("nothing of instance `{instance}` runs on {engine}")]);
    } else {
        session.screen.data(&report::status_text(&stacks));
    }
    if let Some(note) = docker_note(session).filter(|_| !session.screen.is_json()) {
        session.screen.data(&[note]);
    }
    let unwell = |stack: &StackStatus| matches!(stack.health(), Health::Degraded | Health::Missing);
    Ok(if stacks.iter().any(unwell) { Exit::Failed } else { Exit::Done })
}

async fn look(session: &Session) -> Result<Vec<StackStatus>, Complaint> {
    let (applied, known, journal) = remembered(session).await;
    let containers = observe(session).await?;
    let instance = session.settings.instance.as_str();
    let mut stacks = report::of_containers(&containers, instance, &applied);
    for listed in known {
        let is_there = stacks.iter().any(|stack| stack.project == listed.project.as_str());
        let is_ours = !matches!(listed.left_alone, Some(LeftAlone::OtherHosts));
        if !is_there && is_ours {
            stacks.push(StackStatus {
                project: listed.project.to_string(),
                source: Some(listed.source.to_string()),
                path: listed.path.display().to_string(),
                revision: None,
                services: Vec::new(),
                suspended: None,
                kept: Kept::default(),
            });
        }
        if let (Some(why), Some(stack)) = (
            listed.left_alone.filter(|_| is_ours),
            stacks.iter_mut().find(|stack| stack.project == listed.project.as_str()),
        ) {
            stack.suspended = Some(why.to_string());
        }
    }
    recall(session, &journal, (&mut stacks, &containers));
    stacks.sort_by(|a, b| a.project.cmp(&b.project));
    Ok(stacks)
}

/// Adds what the journal knows of each stack.
fn recall(
    session: &Session,
    journal: &Journal,
    (stacks, containers): (&mut [StackStatus], &[Container]),
) {
    let engine = &session.settings.engine.name;
    // A forgiving journal keeps what went wrong to itself, and knows of nothing then.
    let mut suspensions = journal.suspensions(engine).unwrap_or_default();
    let ended = ended(containers);
    for stack in stacks {
        let Ok(project) = ProjectName::parse(&*stack.project) else { continue };
        if let Some(suspension) = suspensions.remove(&project) {
            stack.suspended = Some(LeftAlone::ByPerson(suspension).to_string());
        }
        let key = StackKey { engine: engine.clone(), project };
        stack.kept = Kept {
            last_run: journal.last_run(&key).unwrap_or_default(),
            last_good: journal.last_good(&key).unwrap_or_default(),
            bad: journal.bad_revisions(&key).unwrap_or_default(),
            stopped: stopped(journal, &key, &ended),
        };
    }
    session.screen.warn(&journal.words());
}

/// The IDs of containers that have ended.
fn ended(containers: &[Container]) -> BTreeSet<&str> {
    let ended = containers.iter().filter(|one| one.state == ContainerState::Exited);
    ended.map(|container| container.id.as_str()).collect()
}

/// The containers of a stack that a person stopped, and that nobody started since.
fn stopped(journal: &Journal, key: &StackKey, ended: &BTreeSet<&str>) -> Vec<StoppedByHand> {
    let known = journal.stopped_by_hand(key).unwrap_or_default();
    known.into_iter().filter(|(id, _)| ended.contains(id.as_str())).map(|(_, one)| one).collect()
}

/// What the mirrors remember: the applied revisions, and the stacks of what was fetched last; and the journal. Where they
/// cannot be read, the engine alone tells.
async fn remembered(session: &Session) -> (Applied, Vec<Listed>, Journal) {
    let nothing = |complaint: Complaint| {
        session.screen.warn(&[complaint.trouble.error]);
    };
    let context = match session.context().and_then(|context| session.looking(context)) {
        Ok(context) => context,
        Err(complaint) => {
            nothing(complaint);
            return Default::default();
        }
    };
    let (applied, listed) = known(session, &context).await.unwrap_or_else(|complaint| {
        nothing(complaint);
        Default::default()
    });
    (applied, listed, context.journal)
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
