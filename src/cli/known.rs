//! Which stack a person means, looked up in everything that is known here without the network.

use super::failure::{Complaint, Error, Exit};
use super::session::{Session, wait_for};
use crate::journal::{Selection, StackKey};
use crate::model::labels;
use crate::model::name::ProjectName;
use crate::model::observed::Container;
use crate::reconcile::{self, Context, Freshness, LeftAlone};

/// A stack that is known here.
pub(super) struct Known {
    /// Under which name it is remembered.
    pub(super) key: StackKey,
    /// Why it is left alone, as far as its source or a person says so.
    pub(super) left_alone: Option<LeftAlone>,
}

/// Finds a stack by its project name, or its path in its source: among the sources as they were fetched last, in the
/// journal, and among the containers of the engine, where that answers.
pub(super) fn stack(session: &Session, context: &Context, name: &str) -> Result<Known, Complaint> {
    let fail = |trouble| Complaint { trouble, exit: Exit::Failed };
    let engine = &session.settings.engine.name;
    let known = |project: ProjectName, left_alone| Known {
        key: StackKey { engine: engine.clone(), project },
        left_alone,
    };
    let path = name.trim_end_matches('/');
    let sources = session.settings.sources.clone();
    let listing = wait_for(async {
        reconcile::list(context, sources, Freshness::Known).await.map_err(fail)
    })?;
    let is_listed = |stack: &reconcile::Listed| {
        stack.project.as_str() == name || stack.path.to_str() == Some(path)
    };
    if let Some(stack) = listing.stacks.iter().find(|stack| is_listed(stack)) {
        return Ok(known(stack.project.clone(), stack.left_alone.clone()));
    }
    let all = |stack| Selection { engine: Some(engine.clone()), stack, limit: None };
    let one = Selection { limit: Some(1), ..all(Some(name.to_owned())) };
    let runs = context.journal.runs(&one).map_err(|error| Complaint::failed(&error))?;
    if let Some(run) = runs.into_iter().next() {
        return Ok(known(run.key.project, None));
    }
    let suspended = context.journal.suspensions(engine);
    let mut suspended = suspended.map_err(|error| Complaint::failed(&error))?;
    if let Some(suspension) = suspended.remove(name)
        && let Ok(project) = ProjectName::parse(name)
    {
        return Ok(known(project, Some(LeftAlone::ByPerson(suspension))));
    }
    let containers = containers(session);
    let is_its = |container: &&Container| {
        container.label(labels::PROJECT) == name || container.label(labels::STACK) == path
    };
    if let Some(container) = containers.iter().find(is_its)
        && let Ok(project) = ProjectName::parse(container.label(labels::PROJECT))
    {
        return Ok(known(project, None));
    }
    let mut names: Vec<&str> = listing.stacks.iter().map(|stack| stack.project.as_str()).collect();
    names.extend(containers.iter().map(|container| container.label(labels::PROJECT)));
    names.sort_unstable();
    names.dedup();
    Err(Error::UnknownStack { name: name.to_owned(), known: names.join(", ") }.into())
}

/// All containers of projects, inspected; none where the engine cannot be asked, which is told.
pub(super) fn containers(session: &Session) -> Vec<Container> {
    let listed = wait_for(async {
        let engine = session.engine().await?;
        engine.list().await.map_err(|error| Complaint::failed(&error))
    });
    listed.unwrap_or_else(|complaint| {
        session.screen.warn(&[format!("{}; the engine is left out", complaint.trouble.error)]);
        Vec::new()
    })
}
