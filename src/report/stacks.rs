//! The stacks that a source holds.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::line::{Line, Span, Style};
use super::table::Table;
use super::trouble::{self, SCHEMA, pretty};
use crate::model::name::SourceName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;

/// One stack, as it is told.
#[derive(Debug, Clone)]
pub struct StackView<'a> {
    /// Its project.
    pub project: &'a str,
    /// The source it comes from.
    pub source: &'a str,
    /// Its path in the source.
    pub path: &'a Path,
    /// The revision that was looked at.
    pub revision: &'a Revision,
    /// Why it is left alone here, if it is: `suspended by alice`, `for other hosts`.
    pub left_alone: Option<String>,
}

/// A row per stack.
pub fn stacks_text(stacks: &[StackView<'_>]) -> Vec<Line> {
    let mut table = Table::new(&["STACK", "SOURCE", "PATH", "REVISION", "NOTE"]);
    for stack in stacks {
        table.row(vec![
            Span::new(Style::Strong, stack.project),
            Span::plain(stack.source),
            Span::plain(stack.path.display().to_string()),
            Span::plain(stack.revision.short()),
            Span::new(Style::Odd, stack.left_alone.as_deref().unwrap_or_default()),
        ]);
    }
    table.lines()
}

/// What cannot be read: a source, or the stack at this path of it.
pub type Unreadable = (SourceName, Option<PathBuf>, Trouble);

/// The same for programs, with what cannot be read.
pub fn stacks_json(stacks: &[StackView<'_>], failed: &[Unreadable]) -> String {
    let value = |stack: &StackView<'_>| -> Value {
        json!({
            "project": stack.project,
            "source": stack.source,
            "path": stack.path.display().to_string(),
            "revision": stack.revision.to_string(),
            "left_alone": stack.left_alone,
        })
    };
    let failure = |(source, path, trouble): &Unreadable| -> Value {
        json!({
            "source": source.as_str(),
            "path": path.as_ref().map(|path| path.display().to_string()),
            "trouble": trouble::value(trouble),
        })
    };
    pretty(&json!({
        "schema": SCHEMA,
        "stacks": stacks.iter().map(value).collect::<Vec<_>>(),
        "failed": failed.iter().map(failure).collect::<Vec<_>>(),
    }))
}
