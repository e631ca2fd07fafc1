//! Stacks that a source no longer holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose;
use crate::config::{REPOSITORY_FILE, StackSettings};
use crate::docker;
use crate::files;
use crate::journal::Confirmation;
use crate::model::labels;
use crate::model::name::{ProjectName, SourceName};
use crate::model::observed::{Container, Observed};
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;
use crate::plan::{self, Plan};

use super::context::{Context, Paths};
use super::found::{Files, Finding, Found};
use super::images::{self, Back, Needed};
use super::nothing::carry_out;
use super::pass::Report;
use super::record::Recording;
use super::run::{Conditions, Mode, StackRun, blocking};
use super::shown::in_turn;

/// Whether stacks that are gone are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They are not looked for: this pass is about part of what there is.
    Never,
    /// They are, unless a source has lost too much.
    Guarded,
    /// They are, however much a source has lost: a person said so.
    Confirmed,
}

/// What a source holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) source: SourceName,
    pub(super) revision: Revision,
    files: Files,
    /// What its `conductor.yaml` is.
    settings: Option<String>,
    /// The projects of its stacks, those for other hosts among them.
    pub(super) projects: BTreeSet<ProjectName>,
    /// Projects that `conductor.yaml` wants kept whatever happens.
    pub(super) kept: BTreeSet<ProjectName>,
    /// The paths of stacks whose name could not be told.
    pub(super) unknown: BTreeSet<PathBuf>,
}

impl Held {
    /// What was found in a source.
    pub(super) fn by(source: &SourceName, finding: &Finding) -> Self {
        Self {
            source: source.clone(),
            revision: finding.revision.clone(),
            settings: finding.files.mark(Path::new(REPOSITORY_FILE)).ok().flatten(),
            files: finding.files.clone(),
            projects: finding.stacks.iter().map(|found| found.project.clone()).collect(),
            kept: finding.kept.clone(),
            unknown: finding.failed.iter().map(|(path, _)| path.clone()).collect(),
        }
    }
}

impl Held {
    /// Remembers which settings this pass goes by, to tell which stacks another revision touches.
    pub(super) fn survey(&self, context: &Context) {
        context.footprints.note_settings(&self.source, self.settings.clone());
    }
}

/// A stack that is gone from its source, and still here.
struct Gone {
    project: ProjectName,
    path: PathBuf,
}

/// Removes the stacks that these sources no longer hold.
pub(super) async fn prune(
    conditions: &Conditions,
    (sources, prune): (Vec<Held>, Prune),
    report: &mut Report,
) -> Result<(), Trouble> {
    if prune == Prune::Never || sources.is_empty() {
        return Ok(());
    }
    let listed = conditions.engine.list().await.map_err(|error| Trouble::of(&error))?;
    let everywhere: BTreeSet<ProjectName> =
        sources.iter().flat_map(|held| held.projects.iter().cloned()).collect();
    let context = &conditions.context;
    // What a person suspended is left alone, wherever it went.
    let suspended = context.journal.suspensions(&context.settings.engine.name).unwrap_or_default();
    for held in &sources {
        let known = known(conditions, &listed, &held.source);
        let gone: Vec<Gone> = known
            .iter()
            .filter(|(project, _)| !everywhere.contains(*project) && !held.kept.contains(*project))
            .filter(|(project, _)| !suspended.contains_key(*project))
            .filter(|(_, path)| !held.unknown.contains(*path))
            .map(|(project, path)| Gone { project: project.clone(), path: path.clone() })
            .collect();
        if gone.is_empty() {
            continue;
        }
        if let Some(word) = hindrance(conditions, held, (known.len(), &gone), prune).await {
            report.warnings.push(word);
            continue;
        }
        for stack in gone {
            report.runs.push(remove(conditions, held, stack).await);
        }
    }
    Ok(())
}

/// The stacks of a source whose containers are here, with the path that each had.
fn known(
    conditions: &Conditions,
    listed: &[Container],
    source: &SourceName,
) -> BTreeMap<ProjectName, PathBuf> {
    let instance = conditions.context.settings.instance.as_str();
    let ours = listed.iter().filter(|container| {
        container.label(labels::INSTANCE) == instance
            && container.label(labels::SOURCE) == source.as_str()
    });
    let named = ours.filter_map(|container| {
        let project = ProjectName::parse(container.label(labels::PROJECT)).ok()?;
        Some((project, PathBuf::from(container.label(labels::STACK))))
    });
    named.collect()
}

/// Why nothing of a source is removed, in words.
async fn hindrance(
    conditions: &Conditions,
    held: &Held,
    (known, gone): (usize, &[Gone]),
    prune: Prune,
) -> Option<String> {
    let names: Vec<String> = gone.iter().map(|stack| format!("`{}`", stack.project)).collect();
    let names = names.join(", ");
    let source = &held.source;
    if !held.unknown.is_empty() {
        return Some(format!(
            "source `{source}` may no longer hold {names}; nothing is removed while a stack of it cannot be read"
        ));
    }
    if !plan::needs_confirmation(known, gone.len(), held.projects.len()) {
        return None;
    }
    if prune == Prune::Confirmed || is_confirmed(conditions, held).await {
        confirm(conditions, held).await;
        return None;
    }
    Some(format!(
        "source `{source}` has lost {} of the {known} stacks that run here ({names}); nothing is removed until `conductor sync --confirm-prune`",
        gone.len()
    ))
}

/// Whether a person has said so about this very revision before.
async fn is_confirmed(conditions: &Conditions, held: &Held) -> bool {
    let (context, source) = (conditions.context.clone(), held.source.clone());
    let known = blocking(move || {
        context.journal.prune_confirmation(&context.settings.engine.name, &source)
    });
    match known.await {
        Ok(Ok(Some(confirmation))) => {
            confirmation.revision == held.revision && held.revision != Revision::Directory
        }
        Ok(Ok(None) | Err(_)) | Err(_) => false,
    }
}

/// Remembers it, so that a run that is cut off goes on with it. Without a journal it is said again.
async fn confirm(conditions: &Conditions, held: &Held) {
    if conditions.mode == Mode::Plan {
        return;
    }
    let (context, source) = (conditions.context.clone(), held.source.clone());
    let (revision, at) = (held.revision.clone(), conditions.terms.now);
    let noted = blocking(move || {
        let who = "conductor sync --confirm-prune".to_owned();
        let confirmation = Confirmation { revision, who, at };
        let of = (&context.settings.engine.name, &source);
        context.journal.confirm_prune(of, &confirmation)
    });
    if !matches!(noted.await, Ok(Ok(()))) {
        tracing::warn!(source = %held.source, "cannot remember that a prune was confirmed");
    }
}

async fn remove(conditions: &Conditions, held: &Held, stack: Gone) -> StackRun {
    let mut run = StackRun {
        project: Some(stack.project.clone()),
        source: Some(held.source.clone()),
        stack: stack.path.clone(),
        revision: held.revision.clone(),
        plan: None,
        diff: Vec::new(),
        outcome: Outcome::InSync,
        warnings: Vec::new(),
    };
    let ended = match look(conditions, &stack.project).await {
        Ok(observed) => {
            let plan = plan::gone(&observed, &conditions.context.settings.instance);
            let plan = with_images(conditions, &stack, (&observed, plan)).await;
            run.plan = Some(plan.clone());
            recorded(conditions, held, &stack, (&observed, &plan)).await
        }
        Err(trouble) => Err(trouble),
    };
    run.outcome = ended.unwrap_or_else(Outcome::Blocked);
    run
}

/// The plan with the images behind it that runs of the stack brought, and that nobody else needs.
async fn with_images(
    conditions: &Conditions,
    stack: &Gone,
    (observed, plan): (&Observed, Plan),
) -> Plan {
    let needed = Needed {
        leaving: images::leaving(observed, &plan),
        wanted: BTreeSet::new(),
        back: Back::Nowhere,
    };
    let key = conditions.context.key(&stack.project);
    // An engine that does not tell keeps its images.
    match images::unused(conditions, &key, needed).await {
        Ok(images) => in_turn(&plan, &images),
        Err(_trouble) => plan,
    }
}

/// Carries the removal out as a run of its own.
async fn recorded(
    conditions: &Conditions,
    held: &Held,
    stack: &Gone,
    planned: (&Observed, &Plan),
) -> Result<Outcome, Trouble> {
    if conditions.mode == Mode::Plan {
        return Ok(Outcome::InSync);
    }
    conditions.claim.make(&conditions.context, &conditions.engine).await?;
    let found = Found {
        source: Some(held.source.clone()),
        path: stack.path.clone(),
        project: stack.project.clone(),
        files: held.files.clone(),
        request: compose::Request::default(),
        settings: StackSettings::default(),
        left_alone: None,
        origin: None,
    };
    let recording = Recording::of(&conditions.context, &found, &conditions.terms);
    let conditions = Conditions { terms: recording.terms(), ..conditions.clone() };
    let outcome = act(&conditions, &found, planned).await;
    recording.end(&outcome).await;
    if matches!(outcome, Outcome::Changed { .. }) {
        forget(&conditions, held, stack).await?;
    }
    Ok(outcome)
}

/// Nothing of the stack is applied any more.
async fn forget(conditions: &Conditions, held: &Held, stack: &Gone) -> Result<(), Trouble> {
    let (journal, key) =
        (conditions.context.journal.clone(), conditions.context.key(&stack.project));
    blocking(move || journal.forget_good(&key)).await?.map_err(|error| Trouble::of(&error))?;
    let Files::Git { mirror, .. } = held.files.clone() else { return Ok(()) };
    let engine = conditions.context.settings.engine.name.clone();
    let project = stack.project.clone();
    let unpinned = blocking(move || mirror.unpin(&engine, &project)).await?;
    unpinned.map_err(|error| Trouble::of(&error))
}

async fn look(conditions: &Conditions, project: &ProjectName) -> Result<Observed, Trouble> {
    let observed = docker::observe_project(&conditions.engine, project).await;
    let mut observed = observed.map_err(|error| Trouble::of(&error))?;
    let at = Paths::of(&conditions.context);
    let (work, secrets, places) = (at.work(project.as_str()), at.secrets(project), at.places());
    observed.files = blocking(move || files::observe(&[], (&work, &secrets), &places))
        .await?
        .map_err(|error| Trouble::of(&error))?;
    Ok(observed)
}

/// Carries the removal out.
async fn act(
    conditions: &Conditions,
    found: &Found,
    (observed, plan): (&Observed, &Plan),
) -> Outcome {
    let report = carry_out(conditions, found, (observed, plan)).await;
    let left: Vec<String> =
        report.left.iter().filter_map(|id| plan.get(*id)).map(ToString::to_string).collect();
    match report.failed {
        Some((_, trouble)) => Outcome::Failed { trouble, done: report.done, left },
        None if left.is_empty() => Outcome::Changed { operations: report.done },
        None => Outcome::Cancelled { done: report.done, left },
    }
}
