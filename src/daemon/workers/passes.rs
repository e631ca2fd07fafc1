//! Passes: stacks are brought in line, brought back, or only planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use super::sink::Sink;
use crate::daemon::command::{Report, RequestId, Scope};
use crate::daemon::effect::{Asker, Order, PassId, RollBack, WholeOrder};
use crate::daemon::event::Event;
use crate::daemon::work::Tell;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::plan::Wait;
use crate::reconcile::{self, KnownBad, Mode, Prune, StackRun, Target, Wish};

impl Crew {
    /// Brings stacks in line with revisions that are here.
    pub(super) async fn reconcile(&self, order: Order, means: (Tell, CancellationToken)) -> Event {
        let stacks: Vec<String> = order.stacks.iter().map(ToString::to_string).collect();
        let (known_bad, prune) = (order.known_bad, Prune::Never);
        let target = self.target(order.revisions, stacks, (known_bad, prune));
        self.pass(order.pass, (target, &order.asker), means).await
    }

    /// Brings everything in line, and removes what is gone.
    pub(super) async fn reconcile_all(
        &self,
        order: WholeOrder,
        means: (Tell, CancellationToken),
    ) -> Event {
        let how = (order.known_bad, order.prune);
        let target = self.target(order.revisions, Vec::new(), how);
        self.pass(order.pass, (target, &order.asker), means).await
    }

    fn target(
        &self,
        known: BTreeMap<SourceName, Revision>,
        stacks: Vec<String>,
        (known_bad, prune): (KnownBad, Prune),
    ) -> Target {
        let sources = self.sources(|name| known.contains_key(name));
        Target::Sources { sources, stacks, known, known_bad, prune }
    }

    /// Carries a pass out; each run that ends is told at once.
    async fn pass(
        &self,
        id: PassId,
        (target, asker): (Target, &Asker),
        (tell, cancel): (Tell, CancellationToken),
    ) -> Event {
        let engine = match self.engine().await {
            Ok(engine) => engine,
            Err(trouble) => return Event::Passed(id, Err(trouble)),
        };
        let (sink, runs) = Sink::new(tell.clone());
        let context = self.context();
        let terms = self.terms(asker, Arc::new(sink), cancel);
        let terms = reconcile::Terms { cuts: self.cuts(id), ..terms };
        let work = reconcile::pass(&context, &engine, (target, Mode::Sync(Wait::ForHealth)), terms);
        let (report, told) = tokio::join!(work, pass_on(id, runs, tell.clone()));
        self.forget_cuts(id);
        let report = match report {
            Ok(report) => report,
            Err(trouble) => return Event::Passed(id, Err(trouble)),
        };
        // What was removed, or could not even be begun.
        let untold = |run: &StackRun| run.project.as_ref().is_none_or(|name| !told.contains(name));
        for run in report.runs.into_iter().filter(untold) {
            tell.event(Event::Ended(id, Arc::new(run))).await;
        }
        let mut warnings = report.warnings;
        warnings.extend(context.journal.words());
        for (source, trouble) in report.failed_sources {
            warnings.push(format!("source {source}: {}", trouble.error));
        }
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        Event::Passed(id, Ok(warnings))
    }

    /// Brings a stack back.
    pub(super) async fn roll_back(
        &self,
        order: RollBack,
        (tell, cancel): (Tell, CancellationToken),
    ) -> Event {
        let engine = match self.engine().await {
            Ok(engine) => engine,
            Err(trouble) => return Event::Passed(order.pass, Err(trouble)),
        };
        let wish = Wish { stack: order.project.to_string(), revision: order.revision };
        let (sink, _runs) = Sink::new(tell.clone());
        let terms = self.terms(&order.asker, Arc::new(sink), cancel);
        let mode = Mode::Sync(Wait::ForHealth);
        let sources = self.sources(|_| true);
        let context = self.context();
        match reconcile::roll_back(&context, &engine, (sources, wish, mode), terms).await {
            Ok(run) => {
                tell.event(Event::Ended(order.pass, Arc::new(run))).await;
                Event::Passed(order.pass, Ok(context.journal.words()))
            }
            Err(trouble) => Event::Passed(order.pass, Err(trouble)),
        }
    }

    /// Tells what a sync would do.
    pub(super) async fn plan(
        &self,
        id: RequestId,
        asker: Asker,
        scope: Scope,
        cancel: CancellationToken,
    ) -> Event {
        Event::Planned(id, self.planned(&asker, scope, cancel).await)
    }

    async fn planned(
        &self,
        asker: &Asker,
        scope: Scope,
        cancel: CancellationToken,
    ) -> Result<Report, Trouble> {
        let engine = self.engine().await?;
        let (sources, stacks) = match scope {
            Scope::All => (self.sources(|_| true), Vec::new()),
            Scope::Stacks(stacks) => (self.sources(|_| true), stacks),
            Scope::Changed(names) => (self.sources(|name| names.contains(name)), Vec::new()),
        };
        let known_bad = if stacks.is_empty() { KnownBad::Skip } else { KnownBad::Retry };
        let known = BTreeMap::new();
        let prune = Prune::Guarded;
        let target = Target::Sources { sources, stacks, known, known_bad, prune };
        let terms = self.terms(asker, Arc::new(reconcile::Silent), cancel);
        let context = self.context();
        let report = reconcile::pass(&context, &engine, (target, Mode::Plan), terms).await?;
        Ok(Report {
            runs: report.runs.into_iter().map(Arc::new).collect(),
            failed_sources: report.failed_sources,
            suspended: report.suspended,
            troubles: Vec::new(),
            warnings: report.warnings,
        })
    }
}

/// Tells of each run as it ends; answers whose runs were told.
async fn pass_on(
    id: PassId,
    mut runs: mpsc::UnboundedReceiver<Arc<StackRun>>,
    tell: Tell,
) -> BTreeSet<ProjectName> {
    let mut told = BTreeSet::new();
    while let Some(run) = runs.recv().await {
        told.extend(run.project.clone());
        tell.event(Event::Ended(id, run)).await;
    }
    told
}
