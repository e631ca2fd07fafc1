//! One run of a stack that comes from git: a revision is on trial until the whole stack is well with it.
//!
//! One that fails is remembered, and the stack goes back to its last good revision. It is not tried again until something
//! that it is made from changes, or a person asks for it.

use std::collections::BTreeSet;

use crate::apply::Blame;
use crate::journal::BadRevision;
use crate::model::failure::Disposition;
use crate::model::observed::{ContainerState, HealthStatus, Observed};
use crate::model::outcome::{Outcome, Stays, Trouble};
use crate::model::revision::Revision;
use crate::plan::{self, Plan, Wait};
use crate::source::Mirror;

use super::attempt::{Attempt, End, Failure, Images};
use super::back::{Back, back};
use super::found::{Files, Found};
use super::memory::{adopt, forget_stops};
use super::order::Thing;
use super::remember::{Memory, Print, Recall, is_by_hand, trouble};
use super::render::Rendered;
use super::run::{Conditions, Heed, KnownBad, Mode, StackRun, blocking};
use super::shown::followed_by;

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
    let trial = Trial { conditions, found, rendered, memory, recall };
    let plan = attempt.plan(&observed)?;
    run.plan = Some(plan.clone());
    if let Some(bad) = trial.against(&observed) {
        return trial.stay(&attempt, (&observed, &plan), &bad, run).await;
    }
    if !found.settings.self_heal && heed == Heed::All && !plan.is_empty() {
        run.warnings
            .push("it drifted, and stays so: `self_heal: false` in `conductor.yaml`".to_owned());
        return Ok(Outcome::InSync);
    }
    if conditions.mode == Mode::Plan {
        run.diff = plan::diff(&rendered.desired, &observed, &plan, &rendered.secret_paths);
        return Ok(Outcome::InSync);
    }
    attempt.claim(&plan).await?;
    let pulls = plan.pulls();
    if pulls.is_empty() {
        return Ok(trial.go(&attempt, (&observed, &plan), run).await);
    }
    // What a pull brings is only known afterwards: pull, look again, plan again, and only then stop anything.
    let done = match attempt.carry_out((&observed, &pulls), &mut None).await {
        End::Done(done) => done,
        // Nothing was touched, and the image may come: nothing is held against the revision.
        End::Failed(failure) => return Err(failure.trouble),
        End::Cancelled(outcome) => return Ok(outcome),
    };
    let observed = attempt.look().await?;
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
            Ok(()) => outcome,
            Err(trouble) => Outcome::Failed { trouble, done, left: Vec::new() },
        }
    }

    /// Remembers what is applied now, and that it is good.
    async fn remember(&self, print: &Print, observed: &Observed) -> Result<(), Trouble> {
        let Some(memory) = self.memory.clone() else { return Ok(()) };
        let is_known = self.recall.good.as_ref().is_some_and(|good| {
            good.revision == self.revision() && good.print.as_ref() == Some(print)
        });
        let is_seen = self.conditions.mode == Mode::Sync(Wait::ForHealth);
        let (revision, now) = (self.revision(), self.conditions.terms.now);
        let news = (is_seen && !is_known)
            .then(|| (print.clone(), self.rendered.desired.clone(), observed.clone()));
        blocking(move || {
            let key = &memory.key;
            let applied = memory.mirror.pin(&key.engine, &key.project, &revision);
            applied.map_err(|error| Trouble::of(&error))?;
            match news {
                Some((print, desired, observed)) => {
                    memory.is_good((&revision, &print), (&desired, &observed), now)
                }
                None => Ok(()),
            }
        })
        .await?
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
        let Some(memory) = self.memory.clone().filter(|_| !is_hosts && !may_come) else {
            return failure.outcome();
        };
        let (revision, now) = (self.revision(), self.conditions.terms.now);
        let (noted, why) = ((revision.clone(), print.clone()), failure.trouble.clone());
        let noted =
            blocking(move || memory.is_bad((&noted.0, &noted.1), &why, now)).await.flatten();
        if let Err(trouble) = noted {
            run.warnings.push(format!("{} is not remembered: {}", revision.short(), trouble.error));
        }
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
            Some(good) => back(self.conditions, self.found, good, run).await,
            None => Back::Nowhere,
        }
    }
}

/// Whether no container is unwell at first sight.
fn looks_well(observed: &Observed) -> bool {
    observed.containers.iter().all(|container| {
        let is_up = matches!(container.state, ContainerState::Running | ContainerState::Exited);
        is_up && matches!(container.health, HealthStatus::None | HealthStatus::Healthy)
    })
}
