//! One run: one stack from rendering to its outcome.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::apply::{self, Hands};
use crate::docker::{self, Engine, Look};
use crate::files;
use crate::model::desired::{Desired, Orphans};
use crate::model::name::{ProjectName, SourceName};
use crate::model::observed::{Observed, ObservedNetwork, ObservedVolume};
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;
use crate::plan::{self, Options, Plan, Wait};

use super::context::{Context, Paths};
use super::error::Error;
use super::fetch::Terms;
use super::found::{Files, Found};
use super::order::Thing;
use super::render::Rendered;
use super::right::Right;
use super::together::Prepared;

/// How far a pass goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stops at the plan.
    Plan,
    /// It carries the plan out.
    Sync(Wait),
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
    pub(super) terms: Terms,
    /// One slot for each image that may be pulled at once, by all runs together.
    pub(super) pulls: Arc<Semaphore>,
    /// Taken before the first change.
    pub(super) right: Right,
}

impl Conditions {
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
        outcome: Outcome::InSync,
        warnings: Vec::new(),
    };
    let ended = match rendered {
        Ok(rendered) => carry_out(&conditions, &found, (&rendered, &coming), &mut run).await,
        Err(trouble) => Err(trouble),
    };
    run.outcome = ended.unwrap_or_else(Outcome::Blocked);
    run
}

/// Everything that can fail before the first operation is an `Err`.
async fn carry_out(
    conditions: &Conditions,
    found: &Found,
    (rendered, coming): (&Rendered, &BTreeSet<Thing>),
    run: &mut StackRun,
) -> Result<Outcome, Trouble> {
    run.warnings.extend(rendered.warnings.iter().cloned());
    docker::check(&rendered.desired, conditions.engine.info())
        .map_err(|error| Trouble::of(&error))?;
    let mut observed = observe(conditions, &rendered.desired).await?;
    if conditions.mode == Mode::Plan {
        foresee(coming, &mut observed);
    }
    let plan = make_plan(conditions, rendered, &observed)?;
    run.plan = Some(plan.clone());
    let Mode::Sync(_) = conditions.mode else { return Ok(Outcome::InSync) };
    if !plan.is_empty() {
        conditions.right.claim(&conditions.context, &conditions.engine).await?;
    }
    let pulls = plan.pulls();
    if pulls.is_empty() {
        return Ok(finish(conditions, found, rendered, (&observed, &plan)).await);
    }
    // What a pull brings is only known afterwards: pull, look again, plan again, and only then stop anything.
    let report = act(conditions, &rendered.desired, (&observed, &pulls)).await;
    if report.failed.is_some() || !report.left.is_empty() {
        return Ok(outcome_of(&pulls, report));
    }
    let observed = observe(conditions, &rendered.desired).await?;
    let plan = make_plan(conditions, rendered, &observed)?;
    let done = report.done;
    run.plan = Some(with_pulls(&pulls, &plan));
    let rest = finish(conditions, found, rendered, (&observed, &plan)).await;
    Ok(rest.behind(done))
}

/// A plan alone takes what other stacks of the pass will have made as if it were there.
fn foresee(coming: &BTreeSet<Thing>, observed: &mut Observed) {
    for thing in coming {
        match thing {
            Thing::Network(name) => {
                let network = ObservedNetwork { name: name.clone(), ..ObservedNetwork::default() };
                observed.networks.entry(name.clone()).or_insert(network);
            }
            Thing::Volume(name) => {
                let volume = ObservedVolume { name: name.clone(), ..ObservedVolume::default() };
                observed.volumes.entry(name.clone()).or_insert(volume);
            }
        }
    }
}

/// Runs something that blocks on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|source| Trouble::of(&Error::Worker { source }))
}

/// Looks at the engine and at the disk.
async fn observe(conditions: &Conditions, desired: &Desired) -> Result<Observed, Trouble> {
    let look = Look::Registries { keyring: &conditions.context.keyring, now: conditions.terms.now };
    let mut observed = docker::observe(&conditions.engine, desired, look)
        .await
        .map_err(|error| Trouble::of(&error))?;
    let paths: Vec<PathBuf> = desired.files.keys().cloned().collect();
    let at = Paths(&conditions.context.settings);
    let (work, secrets) =
        (at.work(desired.project.name.as_str()), at.secrets(&desired.project.name));
    let places = at.places();
    observed.files = blocking(move || files::observe(&paths, (&work, &secrets), &places))
        .await?
        .map_err(|error| Trouble::of(&error))?;
    Ok(observed)
}

fn make_plan(
    conditions: &Conditions,
    rendered: &Rendered,
    observed: &Observed,
) -> Result<Plan, Trouble> {
    let limits = &conditions.context.settings.limits;
    let wait = match conditions.mode {
        Mode::Plan => Wait::ForHealth,
        Mode::Sync(wait) => wait,
    };
    let options = Options {
        health_timeout: rendered.health_timeout,
        settle: limits.settling,
        wait,
        ..Options::at(conditions.terms.now)
    };
    plan::plan(&rendered.desired, observed, &options).map_err(|error| Trouble::of(&error))
}

async fn act(
    conditions: &Conditions,
    desired: &Desired,
    (observed, plan): (&Observed, &Plan),
) -> apply::Report {
    let context = &conditions.context;
    let places = Paths(&context.settings).places();
    let hands = Hands {
        engine: &conditions.engine,
        keyring: &context.keyring,
        places: &places,
        pulls: &conditions.pulls,
        restarts: u32::try_from(context.settings.limits.restarts).unwrap_or(u32::MAX),
    };
    let progress = conditions.terms.progress.project(&desired.project.name);
    apply::apply(hands, desired, (observed, plan), &*progress, &conditions.terms.cancel).await
}

/// Carries a plan without pulls out, and remembers the revision when it is done.
async fn finish(
    conditions: &Conditions,
    found: &Found,
    rendered: &Rendered,
    (observed, plan): (&Observed, &Plan),
) -> Outcome {
    let outcome = if plan.is_empty() {
        Outcome::InSync
    } else {
        persist(conditions, rendered, (observed, plan)).await
    };
    match &outcome {
        Outcome::InSync | Outcome::Changed { .. } => {
            remember(conditions, found).await.map_or(outcome, |trouble| Outcome::Failed {
                trouble,
                done: plan.operations.len(),
                left: Vec::new(),
            })
        }
        Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::RolledBack { .. }
        | Outcome::Held { .. }
        | Outcome::Degraded { .. }
        | Outcome::Cancelled { .. } => outcome,
    }
}

/// How long to wait, in milliseconds, before looking again at an engine that was ahead of what was observed.
const PAUSES: [u64; 4] = [200, 500, 1_000, 2_000];

/// Carries a plan out. An engine that is still busy with what a killed run asked of it is looked at again, a few times.
async fn persist(
    conditions: &Conditions,
    rendered: &Rendered,
    (observed, plan): (&Observed, &Plan),
) -> Outcome {
    let mut report = act(conditions, &rendered.desired, (observed, plan)).await;
    let (mut plan, mut before) = (plan.clone(), 0);
    for pause in PAUSES {
        if !report.outdated || conditions.terms.cancel.is_cancelled() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let Ok(observed) = observe(conditions, &rendered.desired).await else { break };
        let Ok(next) = make_plan(conditions, rendered, &observed) else { break };
        before += report.done;
        report = act(conditions, &rendered.desired, (&observed, &next)).await;
        plan = next;
    }
    outcome_of(&plan, report).behind(before)
}

/// Pins the revision as the one that is applied. Answers with what went wrong, if anything did.
async fn remember(conditions: &Conditions, found: &Found) -> Option<Trouble> {
    let Files::Git { mirror, revision } = found.files.clone() else { return None };
    let (engine, project) =
        (conditions.context.settings.engine.name.clone(), found.project.clone());
    let pinned = blocking(move || mirror.pin(&engine, &project, &revision)).await;
    match pinned {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Trouble::of(&error)),
        Err(trouble) => Some(trouble),
    }
}

/// What a report of the executor means for the stack.
fn outcome_of(plan: &Plan, report: apply::Report) -> Outcome {
    let left: Vec<String> =
        report.left.iter().filter_map(|id| plan.get(*id)).map(ToString::to_string).collect();
    match report.failed {
        Some((_, trouble)) => Outcome::Failed { trouble, done: report.done, left },
        None if left.is_empty() => Outcome::Changed { operations: report.done },
        None => Outcome::Cancelled { done: report.done, left },
    }
}

/// One plan to show: the pulls that were carried out, and what followed.
fn with_pulls(pulls: &Plan, rest: &Plan) -> Plan {
    let offset = pulls.operations.len();
    let shift = |id: plan::OpId| plan::OpId(id.0 + offset);
    let shifted = rest.operations.iter().map(|operation| plan::Operation {
        id: shift(operation.id),
        after: operation.after.iter().copied().map(shift).collect(),
        ..operation.clone()
    });
    Plan {
        operations: pulls.operations.iter().cloned().chain(shifted).collect(),
        notes: rest.notes.clone(),
    }
}
