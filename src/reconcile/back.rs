//! The way back to an earlier revision: from the mirror, with the images that it ran, and without a network.

use std::collections::BTreeSet;

use crate::model::observed::Observed;
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;

use super::attempt::{Attempt, End, Images};
use super::error::Error;
use super::found::{self, Files, Found};
use super::images;
use super::remember::Good;
use super::render::{Rendered, render};
use super::run::{Conditions, Mode, StackRun, blocking};
use super::shown::followed_by;

/// How the way back ended.
pub(super) enum Back {
    /// The stack is at this revision, and well; so many operations were carried out.
    There { revision: Revision, done: usize },
    /// There is no revision to go back to.
    Nowhere,
    /// The revision cannot be had any more. Nothing was touched.
    Lost(Trouble),
    /// Something failed on the way.
    Failed(Trouble),
}

/// Brings a stack back to a good revision; a plan alone says what that would do. Nothing is pulled.
pub(super) async fn back(
    conditions: &Conditions,
    found: &Found,
    good: &Good,
    run: &mut StackRun,
) -> Back {
    let rendered = match then(conditions, found, &good.revision).await {
        Ok(rendered) => rendered,
        Err(trouble) => return Back::Lost(trouble),
    };
    let coming = BTreeSet::new();
    let images = Images::Pinned(&good.images);
    let attempt = Attempt { conditions, rendered: &rendered, images, coming: &coming };
    match bring(&attempt, run).await {
        Ok(Brought::There { done, .. }) => Back::There { revision: good.revision.clone(), done },
        Ok(Brought::Not(Outcome::Superseded { .. } | Outcome::Cancelled { .. })) => {
            Back::Failed(Trouble::of(&Error::Stopped))
        }
        Ok(Brought::Not(outcome)) => {
            Back::Failed(outcome.trouble().cloned().unwrap_or_else(|| Trouble::of(&Error::Stopped)))
        }
        Err(trouble) => Back::Lost(trouble),
    }
}

/// What became of an attempt that no other one follows.
pub(super) enum Brought {
    /// The stack is as it should be, and well.
    There { done: usize, observed: Observed },
    /// It is not.
    Not(Outcome),
}

/// Brings a stack to what was rendered, and sees that it is well. Everything that can fail before the first operation is an
/// `Err`.
pub(super) async fn bring(attempt: &Attempt<'_>, run: &mut StackRun) -> Result<Brought, Trouble> {
    let mut observed = attempt.look().await?;
    let mut plan = attempt.plan(&observed)?;
    run.plan = Some(plan.clone());
    if attempt.conditions.mode == Mode::Plan {
        return Ok(Brought::There { done: 0, observed });
    }
    attempt.claim(&plan).await?;
    let pulls = plan.pulls();
    let mut done = 0;
    if !pulls.is_empty() {
        let before = images::before(attempt.conditions).await;
        match attempt.carry_out((&observed, &pulls), &mut None).await {
            End::Done(carried_out) => done = carried_out,
            End::Failed(failure) => return Err(failure.trouble),
            End::Cancelled(outcome) => return Ok(Brought::Not(outcome)),
        }
        observed = attempt.look().await?;
        let what = (&attempt.rendered.desired, &observed);
        images::note(attempt.conditions, before, what, &pulls).await;
        plan = attempt.plan(&observed)?;
        run.plan = Some(followed_by(&pulls, &plan));
    }
    if plan.is_empty() {
        return Ok(Brought::There { done, observed });
    }
    match attempt.carry_out((&observed, &plan), &mut run.plan).await {
        End::Done(carried_out) => done += carried_out,
        End::Failed(failure) => return Ok(Brought::Not(failure.outcome().behind(done))),
        End::Cancelled(outcome) => return Ok(Brought::Not(outcome.behind(done))),
    }
    match attempt.see(&observed, &plan).await {
        Ok(End::Done(_)) => Ok(Brought::There { done, observed }),
        Ok(End::Failed(failure)) => Ok(Brought::Not(failure.outcome().behind(done))),
        Ok(End::Cancelled(outcome)) => Ok(Brought::Not(outcome.behind(done))),
        Err(trouble) => Ok(Brought::Not(Outcome::Failed { trouble, done, left: Vec::new() })),
    }
}

/// The stack as it was in an earlier revision, rendered with the keys of today.
pub(super) async fn then(
    conditions: &Conditions,
    found: &Found,
    revision: &Revision,
) -> Result<Rendered, Trouble> {
    let (context, orphans) = (conditions.context.clone(), conditions.orphans_of(found));
    let (found, revision) = (found.clone(), revision.clone());
    blocking(move || {
        let Files::Git { mirror, .. } = &found.files else {
            return Err(Trouble::of(&Error::NoHistory { project: found.project }));
        };
        let files = Files::Git { mirror: mirror.clone(), revision: revision.clone() };
        let project = found.project;
        let then = match &found.origin {
            Some(source) => found::find(&context, source, &files)?.stacks,
            None => Vec::new(),
        };
        let then = then.into_iter().find(|then| then.project == project);
        let then = then.ok_or_else(|| Trouble::of(&Error::NotThen { project, revision }))?;
        render(&context, &then, orphans)
    })
    .await?
}
