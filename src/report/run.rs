//! What a pass would do, and what one did.

use std::path::Path;

use serde_json::{Value, json};

use super::line::{Line, Span, Style};
use super::table::Table;
use super::trouble::{self, SCHEMA, pretty};
use crate::model::name::SourceName;
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;
use crate::plan::{Action, Diff, DiffLine, Operation, Plan};

/// One stack of a pass, as it is told.
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    /// Its project; `None` when not even its name could be told.
    pub project: Option<&'a str>,
    /// The source it comes from; `None` with `-f`.
    pub source: Option<&'a str>,
    /// Its path in the source, or the project directory.
    pub path: &'a Path,
    /// What was rendered.
    pub revision: &'a Revision,
    /// What was planned, as far as it came to that.
    pub plan: Option<&'a Plan>,
    /// What its operations change, line by line, where a person asked for it.
    pub diff: &'a [Diff],
    /// What it ended in.
    pub outcome: &'a Outcome,
    /// What a person should hear.
    pub warnings: &'a [String],
}

impl RunView<'_> {
    /// Whether it has operations to be done.
    pub fn is_out_of_sync(&self) -> bool {
        self.plan.is_some_and(|plan| !plan.is_empty())
    }

    /// Whether something was done.
    pub fn has_changed(&self) -> bool {
        self.outcome.done() > 0
    }

    fn is_in_sync(&self) -> bool {
        *self.outcome == Outcome::InSync && self.plan.is_some_and(Plan::is_empty)
    }

    fn name(&self) -> String {
        self.project.map_or_else(|| self.path.display().to_string(), str::to_owned)
    }

    fn place(&self) -> String {
        let revision = self.revision.short();
        match (self.source, self.revision) {
            (None, _) => self.path.display().to_string(),
            (Some(source), Revision::Directory) => format!("{source}: {}", self.path.display()),
            (Some(source), Revision::Commit(_)) => {
                format!("{source}: {} at {revision}", self.path.display())
            }
        }
    }
}

/// Plans: a heading per stack, a line per operation with its cause, and the notes.
pub fn plan_text(runs: &[RunView<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        if index > 0 {
            lines.push(Line::default());
        }
        let (style, verdict) = verdict(run);
        lines.push(
            Line::of(Style::Strong, run.name())
                .with(Style::Plain, " is ")
                .with(style, verdict)
                .with(Style::Faint, format!(" ({})", run.place())),
        );
        if let Some(plan) = run.plan {
            lines.extend(operations(plan));
        }
        lines.extend(run.diff.iter().flat_map(diff_lines));
    }
    lines
}

/// A diff as people know it: a title, then the lines with their signs.
fn diff_lines(diff: &Diff) -> Vec<Line> {
    let title = Line::of(Style::Plain, "   ").with(Style::Strong, diff.title.clone());
    let line = |line: &DiffLine| {
        let (style, text) = match line {
            DiffLine::Same(text) => (Style::Faint, format!("  {text}")),
            DiffLine::Old(text) => (Style::Bad, format!("- {text}")),
            DiffLine::New(text) => (Style::Good, format!("+ {text}")),
            DiffLine::Gap => (Style::Faint, "...".to_owned()),
        };
        Line::of(Style::Plain, "     ").with(style, text)
    };
    std::iter::once(title).chain(diff.lines.iter().map(line)).collect()
}

/// A diff for programs.
fn diff_value(diff: &Diff) -> Value {
    let line = |line: &DiffLine| match line {
        DiffLine::Same(text) => json!({ "same": text }),
        DiffLine::Old(text) => json!({ "old": text }),
        DiffLine::New(text) => json!({ "new": text }),
        DiffLine::Gap => json!({ "gap": true }),
    };
    json!({ "title": diff.title, "lines": diff.lines.iter().map(line).collect::<Vec<_>>() })
}

fn verdict(run: &RunView<'_>) -> (Style, String) {
    match run.outcome {
        Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::Degraded { .. }
        | Outcome::RolledBack { .. }
        | Outcome::Superseded { .. }
        | Outcome::Cancelled { .. } => (style(run.outcome), run.outcome.word().to_owned()),
        Outcome::Held { from, at, .. } => {
            (Style::Bad, format!("held at {} instead of {}", at.short(), from.short()))
        }
        Outcome::InSync | Outcome::Changed { .. } => match run.plan {
            Some(plan) if !plan.is_empty() => {
                (Style::Odd, format!("out of sync: {}", count(plan.operations.len(), "operation")))
            }
            Some(_) | None => (Style::Good, "in sync".to_owned()),
        },
    }
}

/// A line per operation, indented: verb, subject, cause; then the notes.
pub fn operations(plan: &Plan) -> Vec<Line> {
    let mut table = Table::new(&[]);
    for operation in &plan.operations {
        table.row(vec![
            Span::plain(" "),
            Span::new(style_of(&operation.action), operation.action.verb()),
            Span::plain(operation.action.subject()),
            Span::new(Style::Faint, operation.cause.to_string()),
        ]);
    }
    let notes = plan.notes.iter().map(|note| {
        Line::of(Style::Plain, "   ")
            .with(Style::Odd, "note: ")
            .with(Style::Plain, note.to_string())
    });
    table.lines().into_iter().chain(notes).collect()
}

fn style_of(action: &Action) -> Style {
    match action {
        Action::PullImage { .. }
        | Action::TagImage { .. }
        | Action::CreateNetwork { .. }
        | Action::CreateVolume { .. }
        | Action::CreateContainer { .. }
        | Action::StartContainer { .. }
        | Action::UnpauseContainer { .. } => Style::Good,
        Action::WriteFile { .. }
        | Action::RenameContainer { .. }
        | Action::CopyFiles { .. }
        | Action::RunHook { .. }
        | Action::SignalContainer { .. }
        | Action::ConnectContainer { .. }
        | Action::DisconnectContainer { .. } => Style::Odd,
        Action::RemoveFile { .. }
        | Action::RemoveImage { .. }
        | Action::RemoveNetwork { .. }
        | Action::StopContainer { .. }
        | Action::RemoveContainer { .. } => Style::Bad,
        Action::Wait { .. } | Action::DrainContainer { .. } => Style::Faint,
    }
}

/// What became of each stack.
pub fn runs_text(runs: &[RunView<'_>]) -> Vec<Line> {
    let mut table = Table::new(&["STACK", "OUTCOME", "OPERATIONS", "REVISION", "SOURCE"]);
    for run in runs {
        let done = run.outcome.done();
        let operations = if done == 0 { "-".to_owned() } else { done.to_string() };
        let place = match run.source {
            Some(source) => format!("{source}: {}", run.path.display()),
            None => run.path.display().to_string(),
        };
        table.row(vec![
            Span::new(Style::Strong, run.name()),
            Span::new(style(run.outcome), run.outcome.word()),
            Span::plain(operations),
            Span::plain(at(run).short()),
            Span::new(Style::Faint, place),
        ]);
    }
    table.lines()
}

fn style(outcome: &Outcome) -> Style {
    match outcome {
        Outcome::InSync | Outcome::Changed { .. } => Style::Good,
        Outcome::Superseded { .. } | Outcome::Cancelled { .. } => Style::Odd,
        Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::RolledBack { .. }
        | Outcome::Held { .. }
        | Outcome::Degraded { .. } => Style::Bad,
    }
}

/// The revision that a stack is at: the rendered one, unless it went back.
fn at<'a>(run: &RunView<'a>) -> &'a Revision {
    match run.outcome {
        Outcome::RolledBack { to: at, .. } | Outcome::Held { at, .. } => at,
        Outcome::InSync
        | Outcome::Changed { .. }
        | Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::Degraded { .. }
        | Outcome::Superseded { .. }
        | Outcome::Cancelled { .. } => run.revision,
    }
}

/// A stack that was left as it is, as it is told.
#[derive(Debug, Clone)]
pub struct SuspendedView<'a> {
    /// Its project.
    pub project: &'a str,
    /// The source it comes from; `None` with `-f`.
    pub source: Option<&'a str>,
    /// Its path in the source, or the project directory.
    pub path: &'a Path,
    /// At whose word: `suspended by alice: moving house`.
    pub why: String,
}

/// What is beside the runs of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Sources that could not be read.
    pub failed_sources: &'a [(SourceName, Trouble)],
    /// Stacks that are suspended.
    pub suspended: &'a [SuspendedView<'a>],
}

/// A line per suspended stack.
pub fn suspended_text(suspended: &[SuspendedView<'_>]) -> Vec<Line> {
    let line = |stack: &SuspendedView<'_>| {
        Line::of(Style::Strong, stack.project)
            .with(Style::Plain, " is ")
            .with(Style::Odd, &stack.why)
            .with(Style::Faint, " (it is left as it is)")
    };
    suspended.iter().map(line).collect()
}

/// What became of a suspension, for programs; `why` is `None` where the stack is taken care of.
pub fn suspension_json(project: &str, why: Option<&str>) -> String {
    pretty(&json!({ "schema": SCHEMA, "project": project, "suspended": why }))
}

fn left(suspended: &[SuspendedView<'_>]) -> Vec<Value> {
    let value = |stack: &SuspendedView<'_>| {
        json!({
            "project": stack.project,
            "source": stack.source,
            "path": stack.path.display().to_string(),
            "why": stack.why,
        })
    };
    suspended.iter().map(value).collect()
}

/// Plans for programs.
pub fn plan_json(runs: &[RunView<'_>], beside: Beside<'_>) -> String {
    let failed_sources = beside.failed_sources;
    let in_sync = failed_sources.is_empty() && runs.iter().all(RunView::is_in_sync);
    let stacks = runs.iter().map(|run| {
        let mut stack = value(run);
        if !run.diff.is_empty() {
            stack["diff"] = run.diff.iter().map(diff_value).collect();
        }
        if run.is_out_of_sync() && *run.outcome == Outcome::InSync {
            stack["outcome"] = json!({ "kind": "out of sync" });
        }
        stack
    });
    pretty(&json!({
        "schema": SCHEMA,
        "in_sync": in_sync,
        "stacks": stacks.collect::<Vec<_>>(),
        "failed_sources": failed(beside.failed_sources),
        "suspended": left(beside.suspended),
    }))
}

/// Outcomes for programs.
pub fn runs_json(runs: &[RunView<'_>], beside: Beside<'_>) -> String {
    pretty(&json!({
        "schema": SCHEMA,
        "stacks": runs.iter().map(value).collect::<Vec<_>>(),
        "failed_sources": failed(beside.failed_sources),
        "suspended": left(beside.suspended),
    }))
}

fn failed(sources: &[(SourceName, Trouble)]) -> Vec<Value> {
    sources
        .iter()
        .map(|(source, trouble)| {
            json!({ "source": source.as_str(), "trouble": trouble::value(trouble) })
        })
        .collect()
}

fn value(run: &RunView<'_>) -> Value {
    json!({
        "project": run.project,
        "source": run.source,
        "path": run.path.display().to_string(),
        "revision": run.revision.to_string(),
        "outcome": outcome(run.outcome),
        "plan": run.plan.map(|plan| json!({
            "operations": plan.operations.iter().map(operation).collect::<Vec<_>>(),
            "notes": plan.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
        "warnings": run.warnings,
    })
}

fn operation(operation: &Operation) -> Value {
    json!({
        "id": operation.id.0,
        "verb": operation.action.verb(),
        "subject": operation.action.subject(),
        "service": operation.service.as_ref().map(ToString::to_string),
        "cause": operation.cause.to_string(),
        "after": operation.after.iter().map(|id| id.0).collect::<Vec<_>>(),
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let kind = outcome.word();
    match outcome {
        Outcome::InSync => json!({ "kind": kind }),
        Outcome::Changed { operations } => json!({ "kind": kind, "done": operations }),
        Outcome::Blocked(trouble) => json!({ "kind": kind, "trouble": trouble::value(trouble) }),
        Outcome::Failed { trouble, done, left } => json!({
            "kind": kind, "trouble": trouble::value(trouble), "done": done, "left": left,
        }),
        Outcome::RolledBack { from, to: at, trouble, done }
        | Outcome::Held { from, at, trouble, done } => json!({
            "kind": kind, "from": from.to_string(), "at": at.to_string(),
            "trouble": trouble::value(trouble), "done": done,
        }),
        Outcome::Degraded { trouble, stays, done, left } => json!({
            "kind": kind, "trouble": trouble::value(trouble), "stays": stays.to_string(),
            "done": done, "left": left,
        }),
        Outcome::Superseded { done, left } | Outcome::Cancelled { done, left } => {
            json!({ "kind": kind, "done": done, "left": left })
        }
    }
}

/// `1 operation`, `2 operations`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
