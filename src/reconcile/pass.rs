//! One pass: every stack that is asked for, a few at once.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::compose;
use crate::config::Source;
use crate::docker::Engine;
use crate::journal::Bounds;
use crate::model::desired::Orphans;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::source::{DirTree, Links};

use super::alone::{self, Suspended};
use super::context::Context;
use super::fetch::{Terms, files};
use super::found::{self, Files, Finding, Found};
use super::listing::known_stacks;
use super::prune::{Held, Prune, prune};
use super::run::{Conditions, KnownBad, Mode, StackRun, blocking};
use super::sweep::sweep;
use super::together::together;

/// What a pass works on.
#[derive(Debug, Clone)]
pub enum Target {
    /// One project in place, named by its files as `docker compose -f` does.
    Project {
        /// How it is loaded; all paths absolute.
        request: Box<compose::Request>,
        /// What becomes of containers whose service is gone.
        orphans: Orphans,
    },
    /// The stacks of some sources.
    Sources {
        /// The sources.
        sources: Vec<Source>,
        /// Project names or paths of the stacks; empty for all.
        stacks: Vec<String>,
        /// Revisions that were fetched before, by source: those sources are not asked again.
        known: BTreeMap<SourceName, Revision>,
        /// What becomes of revisions that are known to fail.
        known_bad: KnownBad,
        /// What becomes of stacks that the sources no longer hold.
        prune: Prune,
    },
}

/// What came of a pass.
#[derive(Debug, Default)]
pub struct Report {
    /// Every stack, in the order of sources and paths.
    pub runs: Vec<StackRun>,
    /// Sources that could not be read; their stacks stay as they are.
    pub failed_sources: Vec<(SourceName, Trouble)>,
    /// Stacks that are suspended, and were left as they are.
    pub suspended: Vec<Suspended>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Carries a pass out. `Err` only when nothing could begin.
pub async fn pass(
    context: &Context,
    engine: &Engine,
    (target, mode): (Target, Mode),
    terms: Terms,
) -> Result<Report, Trouble> {
    let mut report = Report::default();
    // Keys that were exchanged count from here on.
    context.keys.refresh(&mut report.warnings).map_err(|error| Trouble::of(&error))?;
    report.warnings.extend(context.locate(engine).await?);
    let (mut unchosen, mut held) = (Vec::new(), (Vec::new(), Prune::Never));
    let (mut stacks, orphans, known_bad) = match target {
        Target::Project { request, orphans } => {
            let context = context.clone();
            (vec![blocking(move || project(&context, *request)).await??], orphans, KnownBad::Retry)
        }
        Target::Sources { sources, stacks, known, known_bad, prune } => {
            let (found, hidden, all) =
                all_found(context, (sources, known), &terms, &mut report).await?;
            if mode != Mode::Plan {
                for held in &all {
                    held.survey(context);
                }
            }
            if stacks.is_empty() {
                held = (all, prune);
            }
            unchosen.extend(found.iter().chain(&hidden).map(|found| found.project.clone()));
            let chosen = choose((found, &hidden), &stacks, &mut report)?;
            (chosen, Orphans::Remove, known_bad)
        }
    };
    alone::mark(context, &mut stacks);
    report.suspended.extend(stacks.iter().filter_map(alone::suspended));
    let conditions = Conditions::of((context, engine), mode, (orphans, known_bad), terms.clone());
    let (ours, others): (Vec<Found>, Vec<Found>) =
        stacks.into_iter().partition(|found| found.left_alone.is_none());
    let others: Vec<ProjectName> =
        others.into_iter().map(|found| found.project).chain(unchosen).collect();
    let at_work = context.at_work.clone().read_owned().await;
    report.runs.append(&mut together(&conditions, ours, &others).await);
    prune(&conditions, held, &mut report).await?;
    drop(at_work);
    sweep(&conditions, &mut report).await;
    let has_changed = report.runs.iter().any(|run| run.outcome.done() > 0);
    if has_changed && context.upkeep.is_due(Instant::now()) {
        tidy_up(&conditions).await?;
    }
    Ok(report)
}

/// Keeps the journal within its bounds, behind a pass that changed something: what is remembered of containers that are
/// gone goes, and so does what is old.
async fn tidy_up(conditions: &Conditions) -> Result<(), Trouble> {
    let (context, now) = (conditions.context.clone(), conditions.terms.by_now());
    // An engine that does not answer now is asked behind the next pass.
    let alive = conditions.engine.list().await.ok();
    let alive = alive.map(|all| all.into_iter().map(|container| container.id).collect());
    let tidy = move || {
        let bounds =
            Bounds { age: context.settings.journal.age, size: context.settings.journal.size };
        // A forgiving journal keeps what went wrong to itself.
        let kept = context.journal.keep_within(bounds, now).map(drop);
        let engine = &context.settings.engine.name;
        kept.and(alive.map_or(Ok(()), |alive| context.journal.keep_containers(engine, &alive)))
    };
    blocking(tidy).await.map(|_kept| ())
}

/// The stacks that were asked for, less those that are in each other's way.
fn choose(
    (found, hidden): (Vec<Found>, &[Found]),
    wanted: &[String],
    report: &mut Report,
) -> Result<Vec<Found>, Trouble> {
    let twins = found::twins(&found, hidden);
    let chosen = found::select(found, wanted).map_err(|error| Trouble::of(&error))?;
    let is_chosen = |twin: &Found| chosen.iter().any(|other| other.is(twin));
    for (twin, error) in twins.iter().filter(|(twin, _)| is_chosen(twin)) {
        report.runs.push(StackRun {
            project: Some(twin.project.clone()),
            source: twin.source.clone(),
            ..StackRun::blocked(twin.path.clone(), twin.files.revision(), Trouble::of(error))
        });
    }
    Ok(chosen.into_iter().filter(|found| !twins.iter().any(|(twin, _)| twin.is(found))).collect())
}

/// The one project of `-f`.
fn project(context: &Context, request: compose::Request) -> Result<Found, Trouble> {
    let files =
        Files::Directory { root: request.project_directory.clone(), links: Links::Anywhere };
    let tree = DirTree::at(&request.project_directory, Links::Anywhere);
    let project = compose::project_name(&tree, &*context.keys, &request)
        .map_err(|error| Trouble::of(&error))?;
    Ok(Found {
        source: None,
        path: request.project_directory.clone(),
        project,
        files,
        origin: None,
        settings: crate::config::StackSettings { prune: true, ..Default::default() },
        request,
        left_alone: None,
    })
}

/// Fetches all sources and finds their stacks. A source that fails is told and left out; what was known of its stacks
/// comes second.
async fn all_found(
    context: &Context,
    (sources, mut revisions): (Vec<Source>, BTreeMap<SourceName, Revision>),
    terms: &Terms,
    report: &mut Report,
) -> Result<(Vec<Found>, Vec<Found>, Vec<Held>), Trouble> {
    let (mut found, mut hidden, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let name = source.name.clone();
        let (context, terms) = (context.clone(), terms.clone());
        let revision = revisions.remove(&name);
        let look = move || {
            let finding = fetch_and_find(&context, (&source, revision), &terms);
            let known = if finding.is_err() { known_stacks(&context, &source) } else { Vec::new() };
            (finding, known)
        };
        let (finding, mut known) = blocking(look).await?;
        hidden.append(&mut known);
        match finding {
            Ok(finding) => {
                held.push(Held::by(&name, &finding));
                report.warnings.extend(finding.warnings);
                let revision = &finding.revision;
                let blocked = finding.failed.into_iter().map(|(path, trouble)| StackRun {
                    source: Some(name.clone()),
                    ..StackRun::blocked(path, revision.clone(), trouble)
                });
                report.runs.extend(blocked);
                found.extend(finding.stacks);
            }
            Err(trouble) => report.failed_sources.push((name, trouble)),
        }
    }
    Ok((found, hidden, held))
}

fn fetch_and_find(
    context: &Context,
    (source, revision): (&Source, Option<Revision>),
    terms: &Terms,
) -> Result<Finding, Trouble> {
    let mut warnings = Vec::new();
    let files = files(context, (source, revision), terms, &mut warnings)?;
    let mut finding = context.findings.find(context, source, &files)?;
    finding.warnings.splice(0..0, warnings);
    Ok(finding)
}
