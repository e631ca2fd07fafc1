//! What was done, as the journal kept it.

use serde_json::{Value, json};

use super::line::{Line, Span, Style};
use super::moment::{moment, span};
use super::run::count;
use super::table::Table;
use super::trouble::{SCHEMA, pretty};
use crate::journal::{OperationRecord, Run, Verdict};
use crate::model::revision::Revision;

/// Whether a run without an end is one that runs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Somebody acts: it runs.
    Running,
    /// Nobody does: it was killed.
    Killed,
}

/// A row per run.
pub fn history_text(runs: &[Run], open: Open) -> Vec<Line> {
    let heading = ["RUN", "WHEN", "STACK", "OUTCOME", "OPERATIONS", "TOOK", "REVISION", "BY"];
    let mut table = Table::new(&heading);
    for run in runs {
        let (style, word) = outcome(run, open);
        let done = if run.done == 0 { "-".to_owned() } else { run.done.to_string() };
        table.row(vec![
            Span::plain(run.id.to_string()),
            Span::plain(moment(run.started)),
            Span::new(Style::Strong, run.key.project.as_str()),
            Span::new(style, repeated(run, word)),
            Span::plain(done),
            Span::plain(run.took.map_or("-".to_owned(), span)),
            Span::plain(run.revision.short()),
            Span::new(Style::Faint, format!("{} ({})", run.caller, run.trigger)),
        ]);
    }
    table.lines()
}

/// One run with everything that is known about it.
pub fn run_text(run: &Run, operations: &[OperationRecord], open: Open) -> Vec<Line> {
    let (style, word) = outcome(run, open);
    let title = Line::of(Style::Plain, format!("run {}: ", run.id))
        .with(Style::Strong, run.key.project.as_str())
        .with(Style::Plain, " ")
        .with(style, repeated(run, word));
    let mut facts = Table::new(&[]);
    let mut fact = |name: &str, text: String| {
        facts.row(vec![Span::plain(" "), Span::new(Style::Faint, name), Span::plain(text)]);
    };
    let took = run.took.map_or(String::new(), |took| format!(", took {}", span(took)));
    fact("when", format!("{}{took}", moment(run.started)));
    fact("asked by", format!("{} ({})", run.caller, run.trigger));
    fact("stack", place(run));
    fact("revision", revision(run));
    if run.undone > 0 {
        fact("not done", count(run.undone, "operation"));
    }
    if let Some(trouble) = &run.trouble {
        fact("error", trouble.error.clone());
        trouble.causes.iter().for_each(|cause| fact("cause", cause.clone()));
        trouble.hint.iter().for_each(|hint| fact("hint", hint.clone()));
    }
    let mut lines = vec![title];
    lines.extend(facts.lines());
    if !operations.is_empty() {
        lines.push(Line::default());
        lines.extend(operations_text(operations));
    }
    lines
}

/// A row per operation: what was done to what, why, how long it took, and what came of it.
pub(super) fn operations_text(operations: &[OperationRecord]) -> Vec<Line> {
    let mut table = Table::new(&[]);
    for record in operations {
        let (style, word) = match record.verdict {
            Some(Verdict::Done) => (Style::Good, "done"),
            Some(verdict @ Verdict::Failed) => (Style::Bad, verdict.word()),
            Some(verdict @ (Verdict::PassedOver | Verdict::BrokenOff)) => {
                (Style::Odd, verdict.word())
            }
            None => (Style::Odd, "unfinished"),
        };
        let word = match &record.error {
            Some(error) => format!("{word}: {error}"),
            None => word.to_owned(),
        };
        table.row(vec![
            Span::plain(" "),
            Span::plain(&record.operation.verb),
            Span::plain(&record.operation.subject),
            Span::new(Style::Faint, &record.operation.cause),
            Span::plain(record.took.map_or("-".to_owned(), span)),
            Span::new(style, word),
        ]);
    }
    table.lines()
}

/// Runs for programs.
pub fn history_json(runs: &[Run], open: Open) -> String {
    let runs: Vec<Value> = runs.iter().map(|run| value(run, open)).collect();
    pretty(&json!({ "schema": SCHEMA, "runs": runs }))
}

/// One run for programs.
pub fn run_json(run: &Run, operations: &[OperationRecord], open: Open) -> String {
    let mut value = value(run, open);
    value["operations"] = operations.iter().map(operation).collect();
    pretty(&json!({ "schema": SCHEMA, "run": value }))
}

pub(super) fn value(run: &Run, open: Open) -> Value {
    json!({
        "id": run.id.0,
        "engine": run.key.engine.as_str(),
        "project": run.key.project.as_str(),
        "source": run.source.as_ref().map(ToString::to_string),
        "path": run.stack.display().to_string(),
        "revision": run.revision.to_string(),
        "commit": run.commit.as_ref().map(|commit| json!({
            "author": commit.author, "subject": commit.subject, "time": commit.time,
        })),
        "trigger": run.trigger,
        "caller": run.caller,
        "started": run.started,
        "ended": run.ended,
        "took_ms": run.took.map(|took| took.as_millis()),
        "outcome": outcome(run, open).1,
        "done": run.done,
        "undone": run.undone,
        "repeats": run.repeats,
        "trouble": run.trouble.as_ref().map(|trouble| json!({
            "error": trouble.error, "causes": trouble.causes, "hint": trouble.hint,
        })),
    })
}

pub(super) fn operation(record: &OperationRecord) -> Value {
    json!({
        "verb": record.operation.verb,
        "subject": record.operation.subject,
        "service": record.operation.service.as_ref().map(ToString::to_string),
        "cause": record.operation.cause,
        "began": record.began,
        "took_ms": record.took.map(|took| took.as_millis()),
        "result": record.verdict.map_or("unfinished", Verdict::word),
        "error": record.error,
    })
}

/// The outcome as people see it.
pub(super) fn outcome(run: &Run, open: Open) -> (Style, &str) {
    match (run.outcome.as_deref(), open) {
        (Some(word @ ("in sync" | "changed")), _) => (Style::Good, word),
        (Some(word @ ("cancelled" | "interrupted" | "held")), _) => (Style::Odd, word),
        (Some(word), _) => (Style::Bad, word),
        (None, Open::Running) => (Style::Odd, "running"),
        (None, Open::Killed) => (Style::Odd, "interrupted"),
    }
}

fn repeated(run: &Run, word: &str) -> String {
    match run.repeats {
        0 => word.to_owned(),
        more => format!("{word} ({} times)", more + 1),
    }
}

fn place(run: &Run) -> String {
    match &run.source {
        Some(source) => format!("{source}: {}", run.stack.display()),
        None => run.stack.display().to_string(),
    }
}

/// The revision, and who made it.
pub(super) fn revision(run: &Run) -> String {
    match (&run.revision, &run.commit) {
        (Revision::Commit(_), Some(commit)) => format!(
            "{} \"{}\" by {}, {}",
            run.revision.short(),
            commit.subject,
            commit.author,
            moment(commit.time)
        ),
        (Revision::Commit(_), None) | (Revision::Directory, _) => run.revision.short().to_owned(),
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
pub(super) mod tests;
