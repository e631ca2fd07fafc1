//! `conductor rollback`: a person brings a stack back, and holds it there.

use std::time::Instant;

use super::arguments::{RollbackArguments, SourceArguments};
use super::failure::{Complaint, Exit};
use super::pass;
use super::session::{Session, now, wait_for};
use super::sync::lock;
use super::target::Target;
use crate::model::outcome::Outcome;
use crate::plan::Wait;
use crate::reconcile::{self, Mode, Report, StackRun, Terms, Wish};
use crate::report::{self, Beside, Line, Style};

/// Brings the stack back, or shows what that would do.
pub(super) fn run(session: &Session, arguments: &RollbackArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
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
    let revision = run.revision.clone();
    let is_there = matches!(run.outcome, Outcome::InSync | Outcome::Changed { .. });
    let report = Report { runs: vec![run], ..Report::default() };
    let views = pass::views(&report);
    match (session.screen.is_json(), arguments.dry_run) {
        (true, true) => session.screen.raw(&report::plan_json(&views, Beside::default())),
        (true, false) => session.screen.raw(&report::runs_json(&views, Beside::default())),
        (false, true) => session.screen.data(&report::plan_text(&views)),
        (false, false) => session.screen.data(&report::runs_text(&views)),
    }
    let exit = pass::troubles(session, &report);
    if is_there && !arguments.dry_run && !session.screen.is_json() {
        let words = format!(
            "{} stays at {} until a new revision comes; `conductor sync {0}` takes it forward again",
            arguments.stack,
            revision.short()
        );
        session.screen.tell(&[Line::of(Style::Odd, "held: ").with(Style::Plain, words)]);
    }
    exit
}
