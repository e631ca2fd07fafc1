//! `conductor plan`: what `sync` would do, and why.

use super::arguments::PlanArguments;
use super::failure::{Complaint, Exit};
use super::pass::{self, Wanted};
use super::session::{Session, wait_for};
use crate::model::desired::Orphans;
use crate::reconcile::{KnownBad, Mode, Prune};

/// Plans, and tells the plans.
pub(super) fn run(session: &Session, arguments: &PlanArguments) -> Result<Exit, Complaint> {
    let wanted = Wanted {
        verb: "plan",
        stacks: &arguments.stacks,
        source: &arguments.source,
        project: &arguments.project,
        orphans: if arguments.remove_orphans { Orphans::Remove } else { Orphans::Name },
        known_bad: if arguments.retry { KnownBad::Retry } else { KnownBad::Skip },
        prune: if arguments.confirm_prune { Prune::Confirmed } else { Prune::Guarded },
    };
    plan(session, (wanted, arguments.diff), arguments.strict)
}

/// Plans what is wanted, and tells the plans, line by line where `diff` says so.
pub(super) fn plan(
    session: &Session,
    (wanted, diff): (Wanted<'_>, bool),
    strict: bool,
) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let context = session.context()?.strictly(strict);
    let target = pass::target(session, &context, wanted)?;
    let context = session.looking(context)?;
    let report = wait_for(async {
        pass::run(session, &context, (target, Mode::Plan), session.terms()).await
    })?;
    Ok(pass::say(session, pass::view(&report).plan(pass::form(session), diff)))
}
