//! Behind a pass: images that its stacks have left.

use std::sync::PoisonError;

use crate::model::observed::Observed;
use crate::model::outcome::Outcome;

use super::images::{Back, Leftover, Needed, unused};
use super::nothing::carry_out;
use super::pass::Report;
use super::record::Recording;
use super::run::{Conditions, StackRun};
use super::shown::in_turn;

/// Removes the images that runs of the changed stacks brought, and that nobody needs any more. While another pass of this
/// process is at work they stay, because it may be about to use them; a later pass looks again.
pub(super) async fn sweep(conditions: &Conditions, report: &mut Report) {
    let Ok(_alone) = conditions.context.at_work.clone().try_write_owned() else { return };
    let leftovers = {
        let mut leftovers = conditions.leftovers.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *leftovers)
    };
    for leftover in leftovers {
        let project = leftover.found.project.clone();
        let mut runs = report.runs.iter_mut();
        if let Some(run) = runs.find(|run| run.project.as_ref() == Some(&project)) {
            sweep_one(conditions, leftover, run).await;
        }
    }
}

async fn sweep_one(conditions: &Conditions, leftover: Leftover, run: &mut StackRun) {
    let Leftover { found, wanted } = leftover;
    let needed = Needed { leaving: [].into(), wanted, back: Back::Both };
    let key = conditions.context.key(&found.project);
    // An engine that does not tell keeps its images, until the next pass that changes the stack.
    let Ok(plan) = unused(conditions, &key, needed).await else { return };
    if plan.is_empty() {
        return;
    }
    let recording = Recording::of(&conditions.context, &found, &conditions.terms);
    let conditions = Conditions { terms: recording.terms(), ..conditions.clone() };
    // An image that somebody uses after all is passed over.
    let done = carry_out(&conditions, &found, (&Observed::default(), &plan)).await.done;
    let outcome = Outcome::Changed { operations: done };
    recording.end(&outcome).await;
    run.plan = Some(run.plan.as_ref().map_or(plan.clone(), |before| in_turn(before, &plan)));
    run.outcome = run.outcome.clone().behind(done);
}
