//! `conductor rollback`: a person brings a stack back, and holds it there.

use std::time::Instant;

use hyper::Method;
use serde_json::json;

use super::arguments::{RollbackArguments, SourceArguments};
use super::failure::{Complaint, Exit};
use super::pass;
use super::remote::{Remote, escaped};
use super::session::{Session, now, wait_for};
use super::sync::lock;
use super::target::Target;
use crate::plan::Wait;
use crate::reconcile::{self, Mode, Report, StackRun, Terms, Wish};

/// Brings the stack back, or shows what that would do.
pub(super) fn run(session: &Session, arguments: &RollbackArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    if let Some(daemon) = Remote::in_charge(session)
        && !arguments.dry_run
    {
        let path = format!("/api/v1/stacks/{}/rollback", escaped(&arguments.stack));
        let body = json!({ "revision": arguments.revision });
        return daemon.tell(session, (Method::POST, &path), Some(body));
    }
    let everywhere = SourceArguments { source: None, r#ref: None };
    let sources = Target::sources_of(session, "roll back", &everywhere)?;
    let context = session.context()?;
    let wish = Wish { stack: arguments.stack.clone(), revision: arguments.revision.clone() };
    let fail = Complaint::of;
    let run = wait_for(async {
        let terms = session.terms();
        if arguments.dry_run {
            let (context, engine) = (session.looking(context)?, session.engine().await?);
            let wanted = (sources, wish, Mode::Plan);
            return reconcile::roll_back(&context, &engine, wanted, terms)
                .await
                .map(Some)
                .map_err(fail);
        }
        let Some(_lock) = lock(session, &terms, "conductor rollback").await? else {
            return Ok(None);
        };
        let terms = Terms { now: now(), since: Instant::now(), ..terms };
        let context = session.acting(context)?;
        let engine = session.engine().await?;
        let wanted = (sources, wish, Mode::Sync(Wait::ForHealth));
        reconcile::roll_back(&context, &engine, wanted, terms).await.map(Some).map_err(fail)
    })?;
    match run {
        Some(run) => Ok(tell(session, arguments, run)),
        None => Ok(Exit::Interrupted),
    }
}

fn tell(session: &Session, arguments: &RollbackArguments, run: StackRun) -> Exit {
    session.screen.warn(&run.warnings);
    let report = Report { runs: vec![run], ..Report::default() };
    let (view, form) = (pass::view(&report), pass::form(session));
    if arguments.dry_run {
        let (said, ended) = view.plan(form, true);
        let exit = pass::say(session, (said, ended));
        return if exit == Exit::OutOfSync { Exit::Done } else { exit };
    }
    pass::say(session, view.rollback(form, &arguments.stack))
}
