//! What `lint` found: for people and for programs.

use serde_json::{Value, json};

use super::line::{Line, Style};
use super::trouble::{SCHEMA, pretty};
use crate::lint::{Finding, Level, Report};

/// A finding a paragraph: where, how bad, what, the line, the way out, the rule; then how many there are.
pub fn lint_text(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    for finding in &report.findings {
        let rule = finding.rule.rule();
        let (style, word) = match rule.level {
            Level::Error => (Style::Bad, "error"),
            Level::Warning => (Style::Odd, "warning"),
            Level::Note => (Style::Faint, "note"),
        };
        let head = Line::of(Style::Strong, place(finding)).with(Style::Plain, ": ");
        let head = head.with(style, word).with(Style::Plain, format!(": {} ", finding.message));
        lines.push(head.with(Style::Faint, format!("[{}]", rule.name)));
        let excerpt = finding.excerpt.lines();
        lines.extend(excerpt.map(|line| Line::of(Style::Plain, format!("    {line}"))));
        let hint = Line::of(Style::Plain, "  ").with(Style::Hint, "hint: ");
        lines.push(hint.with(Style::Plain, finding.way_out()));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines.push(Line::of(Style::Plain, summary(report)));
    lines
}

/// `2 errors, 1 warning, 0 notes in 5 stacks`.
fn summary(report: &Report) -> String {
    let counted =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let of = |level: Level| counted(report.count(level), level.as_str());
    let stacks = counted(report.stacks, "stack");
    format!("{}, {}, {} in {stacks}", of(Level::Error), of(Level::Warning), of(Level::Note))
}

fn place(finding: &Finding) -> String {
    let place = &finding.place;
    let file = match place.file.to_str() {
        Some("") | None => ".".to_owned(),
        Some(file) => file.to_owned(),
    };
    match (place.line, place.column) {
        (0, _) => file,
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

/// The same for programs.
pub fn lint_json(report: &Report) -> String {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    pretty(&json!({
        "schema": SCHEMA,
        "stacks": report.stacks,
        "errors": report.count(Level::Error),
        "warnings": report.count(Level::Warning),
        "notes": report.count(Level::Note),
        "findings": findings,
    }))
}

fn finding(finding: &Finding) -> Value {
    let number = |number: u32| (number > 0).then_some(number);
    json!({
        "rule": finding.rule.rule().name,
        "level": finding.level().as_str(),
        "message": finding.message,
        "stack": finding.stack,
        "file": finding.place.file,
        "line": number(finding.place.line),
        "column": number(finding.place.column),
        "excerpt": (!finding.excerpt.is_empty()).then_some(&finding.excerpt),
        "hint": finding.way_out(),
    })
}
