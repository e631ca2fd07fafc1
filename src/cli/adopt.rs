//! `conductor adopt`: what differs between stacks and the containers that are there already, and why; then, if somebody
//! says so, the changes.

use super::arguments::AdoptArguments;
use super::failure::{Complaint, Error, Exit};
use super::pass::{self, Wanted};
use super::secrets::{anybody, confirm};
use super::session::{Session, wait_for};
use super::sync;
use crate::model::desired::Orphans;
use crate::plan::{Action, Plan, Wait};
use crate::reconcile::{KnownBad, Mode, Prune};
use crate::report::{self, Beside, Line, RunView, Style};

/// Shows what differs; carries it out where nothing is replaced, or where somebody agrees.
pub(super) fn run(session: &Session, arguments: &AdoptArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let wanted = Wanted {
        verb: "adopt",
        stacks: &arguments.stacks,
        source: &arguments.source,
        project: &arguments.project,
        orphans: Orphans::Name,
        known_bad: KnownBad::Skip,
        prune: Prune::Never,
    };
    let context = session.context()?;
    let target = pass::target(session, &context, wanted)?;
    let looking = session.looking(context.clone())?;
    let report = wait_for(async {
        pass::run(session, &looking, (target.clone(), Mode::Plan), session.terms()).await
    })?;
    let views = pass::views(&report);
    let exit = pass::troubles(session, &report);
    let differing = views.iter().any(RunView::is_out_of_sync);
    let replaced: usize = views.iter().filter_map(|view| view.plan).map(replacements).sum();
    let is_agreed = (replaced == 0 || arguments.yes) && !arguments.dry_run;
    if session.screen.is_json() {
        if exit != Exit::Done || !differing || !is_agreed {
            let suspended = pass::suspended(&report);
            let beside = Beside { failed_sources: &report.failed_sources, suspended: &suspended };
            session.screen.raw(&report::plan_json(&views, beside));
        }
    } else {
        session.screen.data(&report::plan_text(&views));
        session.screen.data(&report::suspended_text(&pass::suspended(&report)));
    }
    if exit != Exit::Done || !differing {
        if exit == Exit::Done && !views.is_empty() {
            tell(session, Style::Good, "nothing differs: every container stays as it is");
        }
        return Ok(exit);
    }
    if arguments.dry_run {
        return Ok(Exit::OutOfSync);
    }
    if !is_agreed && !agrees(session, replaced)? {
        tell(session, Style::Odd, "nothing was touched");
        return Ok(Exit::OutOfSync);
    }
    sync::apply(session, context, (target, Wait::ForHealth))
}

/// How many containers and networks a plan takes away, most of them to make others in their place.
fn replacements(plan: &Plan) -> usize {
    let is_removal = |action: &Action| {
        matches!(action, Action::RemoveContainer { .. } | Action::RemoveNetwork { .. })
    };
    plan.operations.iter().filter(|operation| is_removal(&operation.action)).count()
}

/// Asks. Where there is nobody to ask, nothing is touched.
fn agrees(session: &Session, replaced: usize) -> Result<bool, Complaint> {
    if session.screen.is_json() || !anybody() {
        return Err(Error::NobodyToAsk.into());
    }
    let what = if replaced == 1 { "one container or network" } else { "containers or networks" };
    let many = if replaced == 1 { String::new() } else { format!("{replaced} ") };
    Ok(confirm(&format!("Take {many}{what} away, and make what is declared in their place?")))
}

fn tell(session: &Session, style: Style, text: &str) {
    session.screen.tell(&[Line::of(style, text)]);
}
