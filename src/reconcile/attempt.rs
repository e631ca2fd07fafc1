//! One attempt to bring a stack to what was rendered: look, plan, pull, apply, and see that it is well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::apply::{self, Blame, Hands};
use crate::docker::{self, Look};
use crate::files;
use crate::model::desired::Contents;
use crate::model::observed::{Observed, ObservedNetwork, ObservedVolume, RegistryAnswer};
use crate::model::outcome::{Outcome, Trouble};
use crate::plan::{self, Action, Options, Plan, Wait};

use super::context::Paths;
use super::error::Error;
use super::masked::Masked;
use super::memory::{self, Noting, note_overwritten};
use super::order::Thing;
use super::render::{Rendered, without};
use super::run::{Conditions, Mode, blocking};
use super::shown::redone;
use super::whereabouts;

/// What a stack is brought to, and under which conditions.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) conditions: &'a Conditions,
    pub(super) rendered: &'a Rendered,
    pub(super) images: Images<'a>,
    /// What other stacks of the same pass make for it.
    pub(super) coming: &'a BTreeSet<Thing>,
}

/// Which images containers are made from.
#[derive(Clone, Copy)]
pub(super) enum Images<'a> {
    /// Those that the references mean; registries are asked where a pull is due.
    Named,
    /// Those that a revision ran with, by reference, whatever that means by now; those that are not listed by reference.
    /// Nobody is asked, and nothing is pulled.
    Pinned(&'a BTreeMap<String, String>),
}

/// Why a stack is not what it should be.
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    pub(super) blame: Blame,
    pub(super) done: usize,
    pub(super) left: Vec<String>,
}

impl Failure {
    /// What it means where no other revision is tried: the next run carries on.
    pub(super) fn outcome(self) -> Outcome {
        let Self { trouble, done, left, .. } = self;
        Outcome::Failed { trouble, done, left }
    }
}

/// How an attempt ended.
pub(super) enum End {
    /// It is as it should be; so many operations were carried out.
    Done(usize),
    /// Something failed.
    Failed(Failure),
    /// A person stopped it.
    Cancelled(Outcome),
}

impl Attempt<'_> {
    /// Looks at the engine and at the disk.
    pub(super) async fn look(&self) -> Result<Observed, Trouble> {
        self.observe().await.map_err(|trouble| self.rendered.redactor.trouble(trouble))
    }

    async fn observe(&self) -> Result<Observed, Trouble> {
        let Self { conditions, rendered, .. } = *self;
        let desired = &rendered.desired;
        let look = match self.images {
            Images::Named => {
                Look::Registries { keyring: &conditions.context.keyring, now: conditions.terms.now }
            }
            Images::Pinned(_) => Look::Engine,
        };
        let mut observed = self.ask(look).await?;
        if let Images::Pinned(pinned) = self.images {
            self.pin(pinned, &mut observed).await?;
        }
        if conditions.mode == Mode::Plan {
            foresee(self.coming, &mut observed);
        }
        let paths: Vec<PathBuf> = desired.files.keys().cloned().collect();
        let at = Paths::of(&conditions.context);
        let (work, secrets) = (at.work_of(desired), at.secrets(&desired.project.name));
        let places = at.places_of(desired);
        let shown = desired.files.iter().filter_map(|(path, file)| match file.contents {
            Contents::Plain(_) => Some((path.clone(), file.contents.digest())),
            Contents::Secret(_) | Contents::Link(_) => None,
        });
        let shown = shown.collect();
        let on_disk = move || {
            let mut found = files::observe(&paths, (&work, &secrets), &places)?;
            files::add_old_texts(&shown, &mut found, &places);
            Ok(found)
        };
        observed.files =
            blocking(on_disk).await?.map_err(|error: files::Error| Trouble::of(&error))?;
        observed.memory = memory::recall(conditions, desired).await;
        Ok(observed)
    }

    /// Asks the engine, and again where it has just made a container of this project that its own list did not hold yet:
    /// what a killed run asked for comes late.
    async fn ask(&self, look: Look<'_>) -> Result<Observed, Trouble> {
        let (engine, desired) = (&self.conditions.engine, &self.rendered.desired);
        let own = desired.project.name.as_str();
        for pause in PAUSES {
            let observed = docker::observe(engine, desired, look).await;
            let observed = observed.map_err(|error| Trouble::of(&error))?;
            if !observed.foreign.values().any(|project| project.as_deref() == Some(own)) {
                return Ok(observed);
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        docker::observe(engine, desired, look).await.map_err(|error| Trouble::of(&error))
    }

    /// Puts the pinned images in the place of what the references mean by now; fails where one is lost.
    async fn pin(
        &self,
        pinned: &BTreeMap<String, String>,
        observed: &mut Observed,
    ) -> Result<(), Trouble> {
        let project = &self.rendered.desired.project;
        let references = project.services.keys().map(|name| project.image_of(name));
        for reference in references.collect::<BTreeSet<String>>() {
            let here = observed.images.get(&reference);
            let Some(id) = pinned.get(&reference) else {
                if here.is_none() {
                    return Err(Trouble::of(&Error::ImageLost { reference }));
                }
                continue;
            };
            if here.is_some_and(|image| image.has_id(id)) {
                continue;
            }
            let image = self.conditions.engine.image(id).await;
            let image = image.map_err(|error| Trouble::of(&error))?;
            let Some(image) = image else {
                return Err(Trouble::of(&Error::ImageLost { reference }));
            };
            observed.images.insert(reference.clone(), image);
            observed.moved.insert(reference);
        }
        Ok(())
    }

    /// Plans from what was observed.
    pub(super) fn plan(&self, observed: &Observed) -> Result<Plan, Trouble> {
        plan::plan(&self.rendered.desired, observed, &self.options())
            .map_err(|error| self.rendered.redactor.trouble(self.why_no_plan(&error)))
    }

    /// With the place in the Compose file, told as in a render.
    fn why_no_plan(&self, error: &plan::Error) -> Trouble {
        let Rendered { desired, places, prefix, .. } = &self.rendered;
        let trouble = whereabouts::of_plan(error, &desired.project, places);
        trouble.map(|text| without(&text, prefix.as_deref()))
    }

    /// Whether a plan pulls images, and registries have them all.
    pub(super) async fn has_come(&self, plan: &Plan) -> bool {
        let Conditions { engine, context, .. } = self.conditions;
        let mut pulls = Vec::new();
        for operation in &plan.pulls().operations {
            if let Action::PullImage { reference, .. } = &operation.action {
                pulls.push(engine.registry_digest(reference, &context.keyring).await);
            }
        }
        let is_there = |answer: &RegistryAnswer| matches!(answer, RegistryAnswer::Digest(_));
        !pulls.is_empty() && pulls.iter().all(is_there)
    }

    /// Takes the right to change the engine, where a plan would.
    pub(super) async fn claim(&self, plan: &Plan) -> Result<(), Trouble> {
        if plan.is_empty() || self.conditions.mode == Mode::Plan {
            return Ok(());
        }
        self.conditions.claim.make(&self.conditions.context, &self.conditions.engine).await
    }

    fn options(&self) -> Options {
        let wait = match self.conditions.mode {
            Mode::Plan => Wait::ForHealth,
            Mode::Sync(wait) => wait,
        };
        Options {
            health_timeout: self.rendered.health_timeout,
            settle: self.conditions.context.settings.limits.settling,
            drain: self.conditions.context.settings.limits.drain,
            wait,
            ..Options::at(self.conditions.terms.now)
        }
    }

    /// Carries a plan out. An engine that is still busy with what a killed run asked of it is looked at again, a few
    /// times. `shown`, whose last operations are those of the plan, is kept to what is done in the end.
    pub(super) async fn carry_out(
        &self,
        (observed, plan): (&Observed, &Plan),
        shown: &mut Option<Plan>,
    ) -> End {
        note_overwritten(self.conditions, &self.rendered.desired, (observed, plan)).await;
        let mut report = self.act((observed, plan)).await;
        let (mut plan, mut before) = (plan.clone(), 0);
        for pause in PAUSES {
            if !report.outdated || self.conditions.terms.cancel.is_cancelled() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let Ok(observed) = self.look().await else { break };
            let Ok(next) = self.plan(&observed) else { break };
            before += report.done;
            if let Some(shown) = shown {
                *shown = redone(shown, (&plan, &report), &next);
            }
            report = self.act((&observed, &next)).await;
            plan = next;
        }
        end_of(&plan, report, (before, self.is_cut()))
    }

    fn cut(&self) -> CancellationToken {
        self.conditions.terms.cuts.of(&self.rendered.desired.project.name)
    }

    /// Whether the run ends at a wait for something newer, and not because everything ends.
    fn is_cut(&self) -> bool {
        self.cut().is_cancelled() && !self.conditions.terms.cancel.is_cancelled()
    }

    async fn act(&self, (observed, plan): (&Observed, &Plan)) -> apply::Report {
        let Self { conditions, rendered, .. } = *self;
        let places = Paths::of(&conditions.context).places_of(&rendered.desired);
        let cut = self.cut();
        let hands = Hands { cut: Some(&cut), ..conditions.hands(&places) };
        let (desired, redactor) = (&rendered.desired, &rendered.redactor);
        let noting = Noting::new(conditions, desired);
        let progress = Masked { inner: &noting, redactor };
        let cancel = &conditions.terms.cancel;
        let mut report = apply::apply(hands, desired, (observed, plan), &progress, cancel).await;
        noting.settle().await;
        report.failed = report.failed.map(|(id, trouble)| (id, redactor.trouble(trouble)));
        report
    }

    /// Waits until the rest of the stack is well, too: what this plan has not waited for. A container that it left alone
    /// and that was unwell before is not held against it.
    pub(super) async fn see(&self, before: &Observed, plan: &Plan) -> Result<End, Trouble> {
        if self.options().wait == Wait::NoWait {
            return Ok(End::Done(0));
        }
        let desired = &self.rendered.desired;
        let containers = docker::observe_containers(&self.conditions.engine, desired).await;
        let containers =
            containers.map_err(|error| self.rendered.redactor.trouble(Trouble::of(&error)))?;
        let now = Observed { containers, ..before.clone() };
        let waits = plan::rest(desired, (before, &now), plan, &self.options());
        if waits.is_empty() {
            return Ok(End::Done(0));
        }
        let report = self.act((&now, &waits)).await;
        // A wait is no operation that changed anything.
        Ok(match end_of(&waits, report, (0, self.is_cut())) {
            End::Done(_) => End::Done(0),
            end @ (End::Failed(_) | End::Cancelled(_)) => end,
        })
    }
}

/// How long to wait, in milliseconds, before looking again at an engine that was ahead of what was observed.
const PAUSES: [u64; 4] = [200, 500, 1_000, 2_000];

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

/// What a report of the executor means, `before` more operations having been carried out before.
fn end_of(plan: &Plan, report: apply::Report, (before, is_cut): (usize, bool)) -> End {
    let left: Vec<String> =
        report.left.iter().filter_map(|id| plan.get(*id)).map(ToString::to_string).collect();
    let done = report.done + before;
    match report.failed {
        Some((_, trouble)) => End::Failed(Failure { trouble, blame: report.blame, done, left }),
        None if left.is_empty() => End::Done(done),
        None if is_cut => End::Cancelled(Outcome::Superseded { done, left }),
        None => End::Cancelled(Outcome::Cancelled { done, left }),
    }
}
