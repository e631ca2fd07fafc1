//! What breaks a rule, and where.

use std::path::{Path, PathBuf};

use crate::compose::Location;

use super::rule::{Level, RuleId};

/// A place in the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file, relative to the root of the repository.
    pub file: PathBuf,
    /// Line from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// Column from 1; 0 where it is not known.
    pub column: u32,
}

/// What breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Which rule.
    pub rule: RuleId,
    /// What is wrong here.
    pub message: String,
    /// The stack, by its path; `None` for the repository as a whole.
    pub stack: Option<PathBuf>,
    /// The line with a caret below the column; empty where it may not be shown.
    pub excerpt: String,
    /// The way out, where there is a better one than that of the rule.
    pub hint: Option<String>,
}

impl Finding {
    /// Something wrong in a file as a whole.
    pub(super) fn file(rule: RuleId, file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            place: Place { file: file.into(), line: 0, column: 0 },
            rule,
            message: message.into(),
            stack: None,
            excerpt: String::new(),
            hint: None,
        }
    }

    /// Something wrong at a place of a tree, whose root is not told.
    pub(super) fn at(rule: RuleId, at: &Location, root: &Path, message: impl Into<String>) -> Self {
        let file = at.file.strip_prefix(root).unwrap_or(&at.file);
        Self {
            place: Place { file: file.to_owned(), line: at.line, column: at.column },
            excerpt: at.excerpt.clone(),
            ..Self::file(rule, "", message)
        }
    }

    /// The same with a way out of its own.
    #[must_use]
    pub(super) fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.rule.rule().level
    }

    /// The way out.
    pub fn way_out(&self) -> &str {
        self.hint.as_deref().unwrap_or(self.rule.rule().hint)
    }
}
