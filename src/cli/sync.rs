//! `conductor sync`: one pass, from fetch to healthy.

use std::time::Instant;

use hyper::Method;
use serde_json::json;

use super::arguments::SyncArguments;
use super::failure::{Complaint, Exit};
use super::pass::{self, Wanted};
use super::plan::plan;
use super::remote::Remote;
use super::session::{Session, now, wait_for};
use crate::files::Lock;
use crate::model::desired::Orphans;
use crate::plan::Wait;
use crate::reconcile::{Context, KnownBad, Mode, Prune, Target, Terms};
use crate::report::{Line, Style};

/// Carries one pass out, and tells what became of each stack.
pub(super) fn run(session: &Session, arguments: &SyncArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let wanted = Wanted {
        verb: "sync",
        stacks: &arguments.stacks,
        source: &arguments.source,
        project: &arguments.project,
        orphans: if arguments.remove_orphans { Orphans::Remove } else { Orphans::Name },
        known_bad: if arguments.retry { KnownBad::Retry } else { KnownBad::Skip },
        prune: if arguments.confirm_prune { Prune::Confirmed } else { Prune::Guarded },
    };
    if arguments.dry_run {
        return plan(session, (wanted, false), arguments.strict);
    }
    if let Some(daemon) = Remote::in_charge(session) {
        Remote::refuse(&[
            (arguments.project.any(), "apply a project in place"),
            (arguments.source.any(), "take `--source` or `--ref`"),
            (arguments.remove_orphans, "take `--remove-orphans`"),
            (arguments.no_wait, "take `--no-wait`"),
            (arguments.strict, "take `--strict`"),
        ])?;
        let body = json!({
            "stacks": arguments.stacks,
            "retry": arguments.retry,
            "confirm_prune": arguments.confirm_prune,
        });
        return daemon.tell(session, (Method::POST, "/api/v1/sync"), Some(body));
    }
    let context = session.context()?.strictly(arguments.strict);
    let target = pass::target(session, &context, wanted)?;
    let wait = if arguments.no_wait { Wait::NoWait } else { Wait::ForHealth };
    apply(session, context, (target, wait))
}

/// Carries out one pass over the target, and tells what became of each stack.
pub(super) fn apply(
    session: &Session,
    context: Context,
    (target, wait): (Target, Wait),
) -> Result<Exit, Complaint> {
    let report = wait_for(async {
        let terms = session.terms();
        let Some(_lock) = lock(session, &terms, "conductor sync").await? else { return Ok(None) };
        // Waiting for the lock took its time.
        let terms = Terms { now: now(), since: Instant::now(), ..terms };
        let context = session.acting(context)?;
        pass::run(session, &context, (target, Mode::Sync(wait)), terms).await.map(Some)
    })?;
    let Some(report) = report else { return Ok(Exit::Interrupted) };
    Ok(pass::say(session, pass::view(&report).sync(pass::form(session))))
}

/// Waits for the right to act; `None` when a person does not want to wait any more.
pub(super) async fn lock(
    session: &Session,
    terms: &Terms,
    verb: &'static str,
) -> Result<Option<Lock>, Complaint> {
    let state = session.settings.places.state.clone();
    let screen = session.screen.clone();
    let waiting = tokio::task::spawn_blocking(move || {
        Lock::acquire(&state, verb, |holder| {
            screen.tell(&[Line::of(Style::Odd, format!("waiting for {holder}"))]);
        })
    });
    tokio::select! {
        // Dropped, the thread goes on waiting; the program ends without it.
        () = terms.cancel.cancelled() => Ok(None),
        taken = waiting => match taken {
            Ok(taken) => taken.map(Some).map_err(|error| Complaint::failed(&error)),
            Err(_ended) => Ok(None),
        },
    }
}
