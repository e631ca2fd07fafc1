//! One run of a stack that comes from git: a revision is on trial until the whole stack is well with it.
//!
//! One that fails is remembered, and the stack goes back to its last good revision. It is not tried again until something
//! that it is made from changes, or a person asks for it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use crate::apply::Blame;
use crate::journal::BadRevision;
use crate::model::desired::Orphans;
use crate::model::failure::Disposition;
use crate::model::observed::{ContainerState, HealthStatus, Observed};
use crate::model::outcome::{Outcome, Stays, Trouble};
use crate::model::revision::Revision;
use crate::plan::{self, Plan, Wait};
use crate::source::Mirror;

use super::attempt::{Attempt, End, Failure, Images};
use super::back::{Back, back, then};
use super::cuts::Cuts;
use super::fetch::Terms;
use super::found::{Files, Found};
use super::images::{self, Leftover, Needed};
use super::memory::{adopt, forget_stops};
use super::order::Thing;
use super::remember::{Memory, Print, Recall, is_by_hand, trouble};
use super::render::Rendered;
use super::run::{Conditions, Heed, KnownBad, Mode, StackRun, blocking};
use super::shown::{followed_by, in_turn};

/// A stack whose revision is on trial.
pub(super) struct Trial<'a> {
    conditions: &'a Conditions,
    found: &'a Found,
    rendered: &'a Rendered,
    /// What is remembered of it; nothing of a directory.
    memory: Option<Memory>,
    recall: Recall,
}

/// Everything that can fail before the first operation is an `Err`.
pub(super) async fn carry_out(
    conditions: &Conditions,
    found: &Found,
    (rendered, coming): (&Rendered, &BTreeSet<Thing>),
    run: &mut StackRun,
) -> Result<Outcome, Trouble> {
    let memory = memory(conditions, found);
    let recall = match memory.clone() {
        Some(memory) => blocking(move || memory.recall()).await??,
        None => Recall::default(),
    };
    let attempt = Attempt { conditions, rendered, images: Images::Named, coming };
    let mut observed = attempt.look().await?;
    let print = Print::of(&rendered.desired, &observed);
    let is_news = is_news(conditions, found, !recall.is_good(&print)).await?;
    let heed = if is_news { Heed::Nothing } else { conditions.heed };
    if heed == Heed::Nothing {
        observed.memory.stopped.clear();
        observed.memory.heals.clear();
    }
    let conditions = &Conditions { heed, ..conditions.clone() };
    forget_stops(conditions, &rendered.desired).await;
    let attempt = Attempt { conditions, ..attempt };
    let mut trial = Trial { conditions, found, rendered, memory, recall };
    let plan = attempt.plan(&observed)?;
    run.plan = Some(plan.clone());
    if let Some(bad) = trial.against(&observed) {
        if !attempt.has_come(&plan).await {
            return trial.stay(&attempt, (&observed, &plan), &bad, run).await;
        }
        // What was missing when it failed is there by now.
        trial.recall.forgive();
    }
    if !found.settings.self_heal && heed == Heed::All && !plan.is_empty() {
        run.warnings
            .push("it drifted, and stays so: `self_heal: false` in `conductor.yaml`".to_owned());
        return Ok(Outcome::InSync);
    }
    if conditions.mode == Mode::Plan {
        run.diff = trial.diff((&observed, &plan)).await;
        run.plan = Some(trial.foreseen((&observed, &plan)).await);
        return Ok(Outcome::InSync);
    }
    attempt.claim(&plan).await?;
    let pulls = plan.pulls();
    if pulls.is_empty() {
        return Ok(trial.go(&attempt, (&observed, &plan), run).await);
    }
    // What a pull brings is only known afterwards: pull, look again, plan again, and only then stop anything.
    let before = images::before(conditions).await;
    let done = match attempt.carry_out((&observed, &pulls), &mut None).await {
        End::Done(done) => done,
        // Nothing was touched.
        End::Failed(failure) => return Err(trial.not_pulled(failure.trouble, &print, run).await),
        End::Cancelled(outcome) => return Ok(outcome),
    };
    let observed = attempt.look().await?;
    images::note(conditions, before, (&rendered.desired, &observed), &pulls).await;
    let plan = attempt.plan(&observed)?;
    run.plan = Some(followed_by(&pulls, &plan));
    if let Some(bad) = trial.against(&observed) {
        return Ok(trial.stay(&attempt, (&observed, &plan), &bad, run).await?.behind(done));
    }
    Ok(trial.go(&attempt, (&observed, &plan), run).await.behind(done))
}

/// Whether a run is the first one of what was rendered, which differs from what was good last. A directory has no revisions
/// that could be new.
async fn is_news(conditions: &Conditions, found: &Found, differs: bool) -> Result<bool, Trouble> {
    if !differs || found.files.revision() == Revision::Directory {
        return Ok(false);
    }
    let (journal, key) =
        (conditions.context.journal.clone(), conditions.context.key(&found.project));
    let last = blocking(move || journal.last_run(&key)).await?;
    // A forgiving journal keeps what went wrong to itself.
    let last = last.ok().flatten();
    Ok(last.is_none_or(|last| last.revision != found.files.revision()))
}

/// Where a stack is remembered; nowhere where its files have no history.
pub(super) fn memory(conditions: &Conditions, found: &Found) -> Option<Memory> {
    let Files::Git { mirror, .. } = &found.files else { return None };
    Some(memory_of(conditions, found, mirror))
}

fn memory_of(conditions: &Conditions, found: &Found, mirror: &Mirror) -> Memory {
    Memory {
        journal: conditions.context.journal.clone(),
        key: conditions.context.key(&found.project),
        source: found.source.clone(),
        stack: found.path.clone(),
        mirror: mirror.clone(),
    }
}

impl Trial<'_> {
    fn revision(&self) -> Revision {
        self.found.files.revision()
    }

    fn print(&self, observed: &Observed) -> Print {
        Print::of(&self.rendered.desired, observed)
    }

    /// What is known against the revision; nothing where a person wants it tried again.
    fn against(&self, observed: &Observed) -> Option<BadRevision> {
        match self.conditions.known_bad {
            KnownBad::Skip => self.recall.against(&self.print(observed)).cloned(),
            KnownBad::Retry => None,
        }
    }

    /// Tries the revision, and goes back when it fails.
    async fn go(
        &self,
        attempt: &Attempt<'_>,
        (observed, plan): (&Observed, &Plan),
        run: &mut StackRun,
    ) -> Outcome {
        let print = self.print(observed);
        let on_trial = self.memory.is_some() && !self.recall.is_good(&print);
        let mut done = 0;
        if !plan.is_empty() {
            match attempt.carry_out((observed, plan), &mut run.plan).await {
                End::Done(carried_out) => done = carried_out,
                End::Failed(failure) if on_trial => return self.fail(failure, &print, run).await,
                End::Failed(failure) => return failure.outcome(),
                End::Cancelled(outcome) => return outcome,
            }
        }
        if on_trial {
            match attempt.see(observed, plan).await {
                Ok(End::Done(_)) => (),
                Ok(End::Failed(failure)) => {
                    let failure = Failure { done: failure.done + done, ..failure };
                    return self.fail(failure, &print, run).await;
                }
                Ok(End::Cancelled(outcome)) => return outcome.behind(done),
                Err(trouble) => return Outcome::Failed { trouble, done, left: Vec::new() },
            }
        }
        let outcome =
            if done == 0 { Outcome::InSync } else { Outcome::Changed { operations: done } };
        adopt(self.conditions, &self.rendered.desired, (observed, plan)).await;
        match self.remember(&print, observed).await {
            Ok(()) => {
                if done > 0 && self.sweeps() {
                    let wanted = images::wanted(&self.rendered.desired, observed);
                    let leftover = Leftover { found: self.found.clone(), wanted };
                    let leftovers = self.conditions.leftovers.lock();
                    leftovers.unwrap_or_else(PoisonError::into_inner).push(leftover);
                }
                outcome
            }
            Err(trouble) => Outcome::Failed { trouble, done, left: Vec::new() },
        }
    }

    /// What the plan changes, line by line; the last good revision tells what was no secret in it.
    async fn diff(&self, (observed, plan): (&Observed, &Plan)) -> Vec<plan::Diff> {
        let (conditions, rendered) = (self.conditions, self.rendered);
        let good = self.recall.good.as_ref().filter(|_| !plan.is_empty());
        let then = match good {
            Some(good) => then(conditions, self.found, &good.revision).await.ok(),
            None => None,
        };
        let before = then
            .as_ref()
            .map(|then| plan::Before { desired: &then.desired, secret_paths: &then.secret_paths });
        plan::diff(&rendered.desired, observed, plan, &rendered.secret_paths, before)
    }

    /// The plan with the images behind it that nobody will need when it is carried out.
    async fn foreseen(&self, (observed, plan): (&Observed, &Plan)) -> Plan {
        if plan.is_empty() || !self.sweeps() {
            return plan.clone();
        }
        let moves_on = !self.recall.is_good(&self.print(observed));
        let needed = Needed {
            leaving: images::leaving(observed, plan),
            wanted: images::wanted(&self.rendered.desired, observed),
            back: if moves_on { images::Back::Last } else { images::Back::Both },
        };
        let key = self.conditions.context.key(&self.found.project);
        // An engine that does not tell keeps its images.
        match images::unused(self.conditions, &key, needed).await {
            Ok(images) => in_turn(plan, &images),
            Err(_trouble) => plan.clone(),
        }
    }

    /// Whether images that runs of this stack brought are removed when nobody needs them. A directory is not remembered,
    /// and so nobody knows what its stacks may go back to.
    fn sweeps(&self) -> bool {
        self.memory.is_some() && self.conditions.orphans_of(self.found) == Orphans::Remove
    }

    /// Remembers what is applied now, and that it is good.
    async fn remember(&self, print: &Print, observed: &Observed) -> Result<(), Trouble> {
        let Some(memory) = self.memory.clone() else { return Ok(()) };
        let is_known = self.recall.good.as_ref().is_some_and(|good| {
            good.revision == self.revision() && good.print.as_ref() == Some(print)
        });
        let is_seen = self.conditions.mode == Mode::Sync(Wait::ForHealth);
        self.pin(&self.revision()).await?;
        if !is_seen || is_known {
            return Ok(());
        }
        let (revision, now) = (self.revision(), self.conditions.terms.now);
        let (print, observed) = (print.clone(), observed.clone());
        let desired = self.rendered.desired.clone();
        blocking(move || memory.is_good((&revision, &print), (&desired, &observed), now)).await?
    }

    /// An image could not be pulled. One that the registry does not have is held against the revision, until it has it.
    async fn not_pulled(&self, trouble: Trouble, print: &Print, run: &mut StackRun) -> Trouble {
        let is_missing = trouble.disposition == Disposition::WaitForChange;
        if is_missing && self.recall.good.is_some() {
            self.note_bad(&trouble, print, run).await;
        }
        trouble
    }

    async fn note_bad(&self, trouble: &Trouble, print: &Print, run: &mut StackRun) {
        let Some(memory) = self.memory.clone() else { return };
        let (revision, now) = (self.revision(), self.conditions.terms.now);
        let (noted, why) = ((revision.clone(), print.clone()), trouble.clone());
        let noted =
            blocking(move || memory.is_bad((&noted.0, &noted.1), &why, now)).await.flatten();
        if let Err(trouble) = noted {
            run.warnings.push(format!("{} is not remembered: {}", revision.short(), trouble.error));
        }
    }

    /// A revision that was on trial failed.
    async fn fail(&self, failure: Failure, print: &Print, run: &mut StackRun) -> Outcome {
        // An engine that is going away says strange things; the revision is not to blame.
        let is_hosts = failure.blame == Blame::Host
            || self.conditions.terms.cancel.is_cancelled()
            || self.conditions.engine.list().await.is_err();
        // A first revision leaves nothing to go back to, and what stood in its way may go away by itself.
        let may_come = self.recall.good.is_none()
            && matches!(failure.trouble.disposition, Disposition::RetryAfter(_));
        if self.memory.is_none() || is_hosts || may_come {
            return failure.outcome();
        }
        let revision = self.revision();
        self.note_bad(&failure.trouble, print, run).await;
        let Failure { trouble, done, left, .. } = failure;
        let stays = if self.found.settings.rollback {
            match self.back(run).await {
                Back::There { revision: to, done: more } => {
                    return Outcome::RolledBack { from: revision, to, trouble, done: done + more };
                }
                Back::Nowhere => Stays::NoneGood,
                Back::Lost(trouble) => Stays::Lost(trouble),
                Back::Failed(trouble) => Stays::Failed(trouble),
            }
        } else {
            Stays::Off
        };
        Outcome::Degraded { trouble, stays, done, left }
    }

    /// Keeps the stack where it is, because its revision is known to fail.
    async fn stay(
        &self,
        attempt: &Attempt<'_>,
        (observed, plan): (&Observed, &Plan),
        bad: &BadRevision,
        run: &mut StackRun,
    ) -> Result<Outcome, Trouble> {
        let (trouble, from) = (trouble(bad), self.revision());
        let holds = self.found.settings.rollback || is_by_hand(bad);
        let stays = if holds {
            match self.back(run).await {
                Back::There { revision: at, done } => {
                    return Ok(Outcome::Held { from, at, trouble, done });
                }
                Back::Nowhere => Stays::NoneGood,
                Back::Lost(trouble) => Stays::Lost(trouble),
                Back::Failed(trouble) => Stays::Failed(trouble),
            }
        } else {
            Stays::Off
        };
        // What it is now may have become well by itself since.
        if plan.is_empty()
            && self.conditions.mode == Mode::Sync(Wait::ForHealth)
            && looks_well(observed)
            && let Ok(End::Done(_)) = attempt.see(observed, plan).await
        {
            self.remember(&self.print(observed), observed).await?;
            return Ok(Outcome::InSync);
        }
        Ok(Outcome::Degraded { trouble, stays, done: 0, left: Vec::new() })
    }

    async fn back(&self, run: &mut StackRun) -> Back {
        match &self.recall.good {
            Some(good) => {
                // A way back comes to its end: what it left half-way would be neither revision.
                let terms = Terms { cuts: Cuts::default(), ..self.conditions.terms.clone() };
                let conditions = Conditions { terms, ..self.conditions.clone() };
                let back = back(&conditions, self.found, good, run).await;
                if let Back::There { revision, .. } = &back
                    && let Err(trouble) = self.pin(revision).await
                {
                    run.warnings.push(trouble.error);
                }
                back
            }
            None => Back::Nowhere,
        }
    }

    /// Remembers which revision is applied.
    async fn pin(&self, revision: &Revision) -> Result<(), Trouble> {
        let Some(memory) = self.memory.clone() else { return Ok(()) };
        if self.conditions.mode == Mode::Plan {
            return Ok(());
        }
        let revision = revision.clone();
        blocking(move || {
            let applied = memory.mirror.pin(&memory.key.engine, &memory.key.project, &revision);
            applied.map_err(|error| Trouble::of(&error))
        })
        .await?
    }
}

/// Whether no container is unwell at first sight.
fn looks_well(observed: &Observed) -> bool {
    let mut counting = observed.containers.iter().filter(|container| !container.is_wreck());
    counting.all(|container| {
        let is_up = matches!(container.state, ContainerState::Running | ContainerState::Exited);
        is_up && matches!(container.health, HealthStatus::None | HealthStatus::Healthy)
    })
}
