//! One pass, as `sync` and `plan` share it, and how its runs are told.

use std::collections::BTreeMap;

use super::arguments::{ProjectArguments, SourceArguments};
use super::failure::{Complaint, Exit};
use super::project;
use super::session::Session;
use super::target::Target;
use crate::compose::{self, Request};
use crate::model::desired::Orphans;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome, Stays, Trouble};
use crate::reconcile::{self, Context, KnownBad, Mode, Prune, Report, StackRun, Terms};
use crate::report::{Line, RunView, Style, SuspendedView};
use crate::source::{DirTree, Links};

/// What a pass is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The command, as it appears in messages.
    pub(super) verb: &'static str,
    /// Stacks, by project name or path.
    pub(super) stacks: &'a [String],
    /// Where they come from.
    pub(super) source: &'a SourceArguments,
    /// One project in place.
    pub(super) project: &'a ProjectArguments,
    /// What becomes of its orphans.
    pub(super) orphans: Orphans,
    /// What becomes of revisions that are known to fail.
    pub(super) known_bad: KnownBad,
    /// What becomes of stacks that the sources have lost.
    pub(super) prune: Prune,
}

/// What the pass works on.
pub(super) fn target(
    session: &Session,
    context: &Context,
    wanted: Wanted<'_>,
) -> Result<reconcile::Target, Complaint> {
    Ok(match Target::of(session, wanted.verb, wanted.source, wanted.project)? {
        Target::Project => reconcile::Target::Project {
            request: Box::new(request(session, context, wanted.project)?),
            orphans: wanted.orphans,
        },
        Target::Sources(sources) => {
            // Who names a stack wants it, whatever became of its revision before.
            let by_name = !wanted.stacks.is_empty();
            let known_bad = if by_name { KnownBad::Retry } else { wanted.known_bad };
            // Who names a source or a revision looks at part of what there is.
            let all = wanted.source.source.is_none() && wanted.source.r#ref.is_none();
            let prune = if all { wanted.prune } else { Prune::Never };
            let stacks = wanted.stacks.to_vec();
            let known = BTreeMap::new();
            reconcile::Target::Sources { sources, stacks, known, known_bad, prune }
        }
    })
}

/// The request for the one project in place.
pub(super) fn request(
    session: &Session,
    context: &Context,
    arguments: &ProjectArguments,
) -> Result<Request, Complaint> {
    let variable = |request: &Request, name: &str| {
        let tree = DirTree::at(&request.project_directory, Links::Anywhere);
        let variables = compose::variables(&tree, &*context.keys, request)
            .map_err(|error| Complaint::failed(&error))?;
        Ok(variables.get(name).map(|variable| variable.value.clone()))
    };
    let found = project::find(&session.environment, arguments, variable)?;
    session.screen.warn(&found.warnings);
    Ok(found.request)
}

/// Carries the pass out, and warns about what came up.
pub(super) async fn run(
    session: &Session,
    context: &Context,
    (target, mode): (reconcile::Target, Mode),
    terms: Terms,
) -> Result<Report, Complaint> {
    let engine = session.engine().await?;
    let report =
        reconcile::pass(context, &engine, (target, mode), terms).await.map_err(Complaint::of)?;
    session.screen.warn(&context.journal.words());
    session.screen.warn(&report.warnings);
    for run in &report.runs {
        let warnings: Vec<String> =
            run.warnings.iter().map(|warning| format!("{}: {warning}", name(run))).collect();
        session.screen.warn(&warnings);
    }
    if report.runs.is_empty() && report.failed_sources.is_empty() && report.suspended.is_empty() {
        session.screen.warn(&["there is no stack for this host".to_owned()]);
    }
    Ok(report)
}

/// The runs as reports want them.
pub(super) fn views(report: &Report) -> Vec<RunView<'_>> {
    report.runs.iter().map(view).collect()
}

/// The suspended stacks as reports want them.
pub(super) fn suspended(report: &Report) -> Vec<SuspendedView<'_>> {
    report.suspended.iter().map(suspended_view).collect()
}

fn suspended_view(stack: &reconcile::Suspended) -> SuspendedView<'_> {
    SuspendedView {
        project: stack.project.as_str(),
        source: stack.source.as_ref().map(SourceName::as_str),
        path: &stack.path,
        why: stack.why.to_string(),
    }
}

fn view(run: &StackRun) -> RunView<'_> {
    RunView {
        project: run.project.as_ref().map(ProjectName::as_str),
        source: run.source.as_ref().map(SourceName::as_str),
        path: &run.stack,
        revision: &run.revision,
        plan: run.plan.as_ref(),
        diff: &run.diff,
        outcome: &run.outcome,
        warnings: &run.warnings,
    }
}

/// Tells people what went wrong, each with its stack or source. Answers with the exit code that follows from it.
pub(super) fn troubles(session: &Session, report: &Report) -> Exit {
    let mut exit = Exit::Done;
    for (source, trouble) in &report.failed_sources {
        tell(session, &format!("source {source}"), trouble);
        exit = Exit::Failed;
    }
    for run in &report.runs {
        match &run.outcome {
            Outcome::InSync | Outcome::Changed { .. } => (),
            Outcome::Blocked(trouble) => {
                tell(session, &name(run), trouble);
                exit = Exit::Failed;
            }
            Outcome::Failed { trouble, left, .. } => {
                tell(session, &name(run), trouble);
                undone(session, &name(run), left);
                exit = Exit::Failed;
            }
            Outcome::RolledBack { .. } | Outcome::Held { .. } | Outcome::Degraded { .. } => {
                standing(session, run);
                exit = Exit::Failed;
            }
            Outcome::Cancelled { left, .. } => {
                undone(session, &name(run), left);
                if exit == Exit::Done {
                    exit = Exit::Interrupted;
                }
            }
        }
    }
    exit
}

/// What people call a stack: its project, else its path.
fn name(run: &StackRun) -> String {
    run.project.as_ref().map_or_else(|| run.stack.display().to_string(), ToString::to_string)
}

fn tell(session: &Session, name: &str, trouble: &Trouble) {
    if session.screen.is_json() {
        return; // The answer holds it.
    }
    let error = format!("{name}: {}", trouble.error);
    session.screen.trouble(&Trouble { error, ..trouble.clone() });
}

/// Where a stack stands whose revision failed, why, and what changes that.
fn standing(session: &Session, run: &StackRun) {
    let (Some(trouble), false) = (run.outcome.trouble(), session.screen.is_json()) else { return };
    let name = name(run);
    let way = format!("push a new revision, or try this one again: `conductor sync {name}`");
    let words = match &run.outcome {
        Outcome::RolledBack { from, to, .. } => {
            format!("{} failed, and the stack is back at {}; {way}", from.short(), to.short())
        }
        Outcome::Held { from, at, .. } => {
            format!(
                "{} is not applied again, and the stack stays at {}; {way}",
                from.short(),
                at.short()
            )
        }
        Outcome::Degraded { stays, .. } => format!("the stack stays as it is: {stays}; {way}"),
        Outcome::InSync
        | Outcome::Changed { .. }
        | Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::Cancelled { .. } => return,
    };
    tell(session, &name, trouble);
    let (style, word) = (Style::Odd, format!("{}: ", run.outcome.word()));
    session.screen.tell(&[Line::of(style, word).with(Style::Plain, format!("{name}: {words}"))]);
    if let Outcome::Degraded { stays: Stays::Lost(trouble) | Stays::Failed(trouble), .. } =
        &run.outcome
    {
        tell(session, &name, trouble);
    }
}

fn undone(session: &Session, name: &str, left: &[String]) {
    if left.is_empty() || session.screen.is_json() {
        return;
    }
    session.screen.tell(&[Line::of(Style::Odd, "not done: ")
        .with(Style::Plain, format!("{name}: {}; the next sync carries on", left.join(", ")))]);
}
