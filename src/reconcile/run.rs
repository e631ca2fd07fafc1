//! One run: one stack from rendering to its outcome.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::apply::Hands;
use crate::docker::{self, Engine};
use crate::files::Places;
use crate::model::desired::Orphans;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;
use crate::plan::{Diff, Plan, Wait};

use super::context::Context;
use super::error::Error;
use super::fetch::Terms;
use super::found::Found;
use super::images::Leftover;
use super::right::Claim;
use super::together::Prepared;
use super::trial;

/// How far a pass goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stops at the plan.
    Plan,
    /// It carries the plan out.
    Sync(Wait),
}

/// What becomes of a revision that is known to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBad {
    /// It is not tried again.
    Skip,
    /// A person wants it tried again.
    Retry,
}

/// What is heeded of what is remembered about containers that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heed {
    /// One that a person stopped stays so, and one that ends again and again is left alone for a while.
    All,
    /// Nothing: a person asks, or there is a new revision, and everything is started that should run.
    Nothing,
}

/// What came of one stack.
#[derive(Debug, Clone)]
pub struct StackRun {
    /// Its project; `None` when not even its name could be told.
    pub project: Option<ProjectName>,
    /// Its source; `None` for a project named by its files.
    pub source: Option<SourceName>,
    /// Its path in the source.
    pub stack: PathBuf,
    /// The revision that was rendered.
    pub revision: Revision,
    /// What was to be done; `None` when no plan could be made.
    pub plan: Option<Plan>,
    /// What the operations change, line by line; with [`Mode::Plan`] alone.
    pub diff: Vec<Diff>,
    /// What the run ended in. With [`Mode::Plan`], `InSync` says only that the plan could be made.
    pub outcome: Outcome,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl StackRun {
    /// A stack that nothing could be begun with.
    pub(super) fn blocked(stack: PathBuf, revision: Revision, trouble: Trouble) -> Self {
        Self {
            project: None,
            source: None,
            stack,
            revision,
            plan: None,
            diff: Vec::new(),
            outcome: Outcome::Blocked(trouble),
            warnings: Vec::new(),
        }
    }
}

/// What all runs of a pass share.
#[derive(Clone)]
pub(super) struct Conditions {
    pub(super) context: Context,
    pub(super) engine: Engine,
    pub(super) mode: Mode,
    pub(super) orphans: Orphans,
    pub(super) known_bad: KnownBad,
    pub(super) terms: Terms,
    /// What is heeded of what is remembered about containers.
    pub(super) heed: Heed,
    /// Made before the first change.
    pub(super) claim: Claim,
    /// Stacks whose runs may have left images that nobody needs any more.
    pub(super) leftovers: Arc<Mutex<Vec<Leftover>>>,
}

impl Conditions {
    /// What every run of a pass begins with.
    pub(super) fn of(
        (context, engine): (&Context, &Engine),
        mode: Mode,
        (orphans, known_bad): (Orphans, KnownBad),
        terms: Terms,
    ) -> Self {
        let by_hand = terms.trigger.is_by_hand();
        Self {
            context: context.clone(),
            engine: engine.clone(),
            mode,
            orphans,
            known_bad,
            terms,
            heed: if by_hand { Heed::Nothing } else { Heed::All },
            claim: Claim::default(),
            leftovers: Arc::default(),
        }
    }

    /// What plans are carried out with. A container that was started again so often counts as crashing.
    pub(super) fn hands<'a>(&'a self, places: &'a Places) -> Hands<'a> {
        Hands {
            engine: &self.engine,
            keyring: &self.context.keyring,
            places,
            pulls: &self.context.pulls,
            restarts: u32::try_from(self.context.settings.limits.restarts).unwrap_or(u32::MAX),
            cut: None,
        }
    }

    /// What becomes of the containers of a stack whose service is gone.
    pub(super) fn orphans_of(&self, found: &Found) -> Orphans {
        if found.settings.prune { self.orphans } else { Orphans::Name }
    }
}

/// Runs one stack. Whatever fails is its outcome, and nobody else's.
pub(super) async fn run(conditions: Conditions, stack: Prepared) -> StackRun {
    let Prepared { found, rendered, coming } = stack;
    let mut run = StackRun {
        project: Some(found.project.clone()),
        source: found.source.clone(),
        stack: found.path.clone(),
        revision: found.files.revision(),
        plan: None,
        diff: Vec::new(),
        outcome: Outcome::InSync,
        warnings: Vec::new(),
    };
    let ended = match rendered {
        Ok(rendered) => {
            run.warnings.extend(rendered.warnings.iter().cloned());
            match docker::check(&rendered.desired, conditions.engine.info()) {
                Ok(()) => {
                    Box::pin(trial::carry_out(&conditions, &found, (&rendered, &coming), &mut run))
                        .await
                }
                Err(error) => Err(rendered.redactor.trouble(Trouble::of(&error))),
            }
        }
        Err(trouble) => Err(trouble),
    };
    run.outcome = ended.unwrap_or_else(Outcome::Blocked);
    run
}

/// Runs something that blocks on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|source| Trouble::of(&Error::Worker { source }))
}
