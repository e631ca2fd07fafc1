//! `conductor why`: when and why the containers of a service were last replaced.

use super::arguments::WhyArguments;
use super::failure::{Complaint, Error, Exit};
use super::known;
use super::session::{Session, wait_for};
use crate::journal::{Journal, OperationRecord, Run, StackKey};
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::Container;
use crate::report::{self, WhyView};

/// Looks the service up in the journal and at the engine, and tells.
pub(super) fn run(session: &Session, arguments: &WhyArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let context = session.looking(session.context()?)?;
    let stack = known::stack(session, &context, &arguments.stack)?;
    session.screen.warn(&context.journal.words());
    let mut containers = known::containers(session);
    containers.retain(|container| {
        container.label(labels::PROJECT) == stack.key.project.as_str() && !container.is_oneoff()
    });
    let services: Vec<String> = services(&containers);
    let unknown =
        || Error::UnknownService { name: arguments.service.clone(), known: services.join(", ") };
    let service = ServiceName::parse(&*arguments.service).map_err(|_error| unknown())?;
    containers.retain(|container| container.service() == service.as_str());
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    let containers = inspected(session, containers);
    let replaced = replaced(&context.journal, &stack.key, &service)?;
    if containers.is_empty() && replaced.is_none() {
        return Err(unknown().into());
    }
    let applied = context.journal.applied_inputs(&stack.key);
    let applied = applied.map_err(|error| Complaint::failed(&error))?;
    let applied: Vec<(String, i64)> =
        applied.into_iter().map(|(container, applied)| (container, applied.at)).collect();
    let view = WhyView {
        project: stack.key.project.as_str(),
        service: service.as_str(),
        containers: &containers,
        replaced: replaced.as_ref().map(|(run, operations)| (run, &operations[..])),
        applied: &applied,
    };
    if session.screen.is_json() {
        session.screen.raw(&report::why_json(&view));
    } else {
        session.screen.data(&report::why_text(&view));
    }
    Ok(Exit::Done)
}

/// The last run that made a container of the service anew.
fn replaced(
    journal: &Journal,
    key: &StackKey,
    service: &ServiceName,
) -> Result<Option<(Run, Vec<OperationRecord>)>, Complaint> {
    let fail = |error| Complaint::failed(&error);
    let operations = journal.last_replacement(key, service).map_err(fail)?;
    let Some(first) = operations.first() else { return Ok(None) };
    let run = journal.run(first.run).map_err(fail)?;
    Ok(run.map(|run| (run, operations)))
}

fn services(containers: &[Container]) -> Vec<String> {
    let mut names: Vec<String> =
        containers.iter().map(|container| container.service().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// The containers with what only an inspection tells; one that has gone away meanwhile stays as it was listed.
fn inspected(session: &Session, containers: Vec<Container>) -> Vec<Container> {
    if containers.is_empty() {
        return containers;
    }
    let asked = wait_for(async {
        let engine = session.engine().await?;
        let mut inspected = Vec::new();
        for container in &containers {
            let found = engine.inspect(&container.id).await;
            inspected.push(found.unwrap_or_else(|_gone| container.clone()));
        }
        Ok(inspected)
    });
    asked.unwrap_or(containers)
}
