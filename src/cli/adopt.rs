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
use crate::report::{Ended, Line, Style};

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
    let (said, ended) = pass::view(&report).plan(pass::form(session), true);
    let differing = ended == Ended::OutOfSync;
    let replaced: usize =
        report.runs.iter().filter_map(|run| run.plan.as_ref()).map(replacements).sum();
    let is_agreed = (replaced == 0 || arguments.yes) && !arguments.dry_run;
    // To programs there is one answer: that of the sync, where one follows.
    if !session.screen.is_json() || !differing || !is_agreed {
        pass::tell(session, said);
    }
    if !differing {
        if ended == Ended::Done && !report.runs.is_empty() {
            tell(session, Style::Good, "nothing differs: every container stays as it is");
        }
        return Ok(Exit::from(ended));
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
