//! `conductor suspend` and `conductor resume`: a stack that is left alone until a person says otherwise.

use hyper::Method;
use serde_json::json;

use super::arguments::{ResumeArguments, SuspendArguments};
use super::failure::{Complaint, Error, Exit};
use super::known::{self, Known};
use super::remote::{self, Remote, escaped};
use super::session::{Session, now, wait_for};
use crate::files::Lock;
use crate::journal::{Journal, Suspension};
use crate::model::name::ProjectName;
use crate::reconcile::LeftAlone;
use crate::report::{self, Line, Style};

/// Suspends a stack.
pub(super) fn suspend(session: &Session, arguments: &SuspendArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    if let Some(daemon) = Remote::in_charge(session)
        && !arguments.dry_run
    {
        let path = format!("/api/v1/stacks/{}/suspend", escaped(&arguments.stack));
        let body = Some(json!({ "reason": arguments.reason }));
        let answer = wait_for(async { daemon.ask(Method::POST, &path, body).await })?;
        remote::judge(session, &answer)?;
        let who = session.environment.caller();
        let suspension = Suspension { who, reason: arguments.reason.clone(), at: now() };
        let why = LeftAlone::ByPerson(suspension).to_string();
        let what = format!("is {why}");
        return Ok(remote::told(session, &arguments.stack, (&what, Some(&why))));
    }
    let stack = find(session, &arguments.stack)?;
    let project = &stack.key.project;
    let suspension = Suspension {
        who: session.environment.caller(),
        reason: arguments.reason.clone(),
        at: now(),
    };
    let earlier = stack.left_alone.as_ref().and_then(LeftAlone::suspension);
    let suspension = suspension.after(earlier);
    if let Some(why @ (LeftAlone::ByPerson(_) | LeftAlone::ByRepository)) = &stack.left_alone {
        session.screen.warn(&[format!("{project} was {why} already")]);
    }
    let why = LeftAlone::ByPerson(suspension.clone());
    if arguments.dry_run {
        return Ok(done(session, project, (&format!("would be {why}"), Some(&why))));
    }
    journal(session)?.suspend(&stack.key, &suspension).map_err(|e| Complaint::failed(&e))?;
    if Lock::is_held(&session.settings.places.state) {
        let word = "a run is under way, and still goes to its end".to_owned();
        session.screen.warn(&[word]);
    }
    Ok(done(session, project, (&format!("is {why}"), Some(&why))))
}

/// Ends a suspension.
pub(super) fn resume(session: &Session, arguments: &ResumeArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    if let Some(daemon) = Remote::in_charge(session)
        && !arguments.dry_run
    {
        let path = format!("/api/v1/stacks/{}/resume", escaped(&arguments.stack));
        let answer = wait_for(async { daemon.ask(Method::POST, &path, None).await })?;
        remote::judge(session, &answer)?;
        return Ok(remote::told(session, &arguments.stack, ("is resumed", None)));
    }
    let stack = find(session, &arguments.stack)?;
    let project = &stack.key.project;
    match &stack.left_alone {
        Some(LeftAlone::ByRepository) => {
            // A person may have suspended it as well.
            if !arguments.dry_run {
                let resumed = journal(session)?.resume(&stack.key);
                resumed.map_err(|error| Complaint::failed(&error))?;
            }
            Err(Error::SuspendedByRepository { project: project.to_string() }.into())
        }
        Some(LeftAlone::ByPerson(_)) if arguments.dry_run => {
            Ok(done(session, project, ("would be resumed", None)))
        }
        Some(LeftAlone::ByPerson(_)) => {
            let resumed = journal(session)?.resume(&stack.key);
            resumed.map_err(|error| Complaint::failed(&error))?;
            let word = "is resumed; the next sync takes care of it again";
            Ok(done(session, project, (word, None)))
        }
        Some(LeftAlone::OtherHosts) | None => {
            Ok(done(session, project, ("was not suspended", None)))
        }
    }
}

fn find(session: &Session, name: &str) -> Result<Known, Complaint> {
    let context = session.looking(session.context()?)?;
    let mut stack = known::stack(session, &context, name)?;
    if stack.left_alone.is_none() {
        let suspensions = context.journal.suspensions(&stack.key.engine);
        let mut suspensions = suspensions.map_err(|error| Complaint::failed(&error))?;
        stack.left_alone = suspensions.remove(&stack.key.project).map(LeftAlone::ByPerson);
    }
    session.screen.warn(&context.journal.words());
    Ok(stack)
}

/// The journal, to be written; that it cannot be kept is a failure here.
fn journal(session: &Session) -> Result<Journal, Complaint> {
    let path = session.settings.places.journal();
    let opened = Journal::open(&path, now()).map_err(|error| Complaint::failed(&error))?;
    session.screen.warn(&opened.warnings);
    if opened.journal.is_absent() {
        Err(Error::NoJournal { path }.into())
    } else {
        Ok(opened.journal)
    }
}

/// Tells what became of the stack, or would.
fn done(session: &Session, project: &ProjectName, (what, why): (&str, Option<&LeftAlone>)) -> Exit {
    if session.screen.is_json() {
        session.screen.raw(&report::suspension_json(
            project.as_str(),
            why.map(ToString::to_string).as_deref(),
        ));
    } else {
        session.screen.tell(&[Line::of(Style::Good, format!("{project} {what}"))]);
    }
    Exit::Done
}
