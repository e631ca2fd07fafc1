//! What is wrong with a YAML text, and where.

use super::node::Position;

/// A YAML text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {kind}")]
pub struct Error {
    /// Where it went wrong.
    pub at: Position,
    /// What is wrong there.
    pub kind: Kind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// The file is not text.
    #[error("not UTF-8 text")]
    NotUtf8,
    /// The text is not YAML.
    #[error("{0}")]
    Syntax(String),
    /// A mapping has the same key twice.
    #[error("key `{key}` is already defined at line {}", first.line)]
    DuplicateKey {
        /// The key as text.
        key: String,
        /// Where it stood first.
        first: Position,
    },
    /// An alias stands inside the node that it means.
    #[error("an alias refers to the node that contains it")]
    AliasCycle,
    /// Aliases expand to more than anybody means.
    #[error("aliases expand to too much text")]
    TooLarge,
    /// The text has more values than anybody means.
    #[error("too many values for one file")]
    TooMany,
    /// Lists and mappings are nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
    /// A value does not fit the type that its tag names.
    #[error("the value does not fit its tag `{tag}`")]
    Tag {
        /// The tag, such as `!!int`.
        tag: String,
    },
    /// `<<` does not stand before a mapping or a list of mappings.
    #[error("`<<` needs a mapping or a list of mappings, found {found}")]
    Merge {
        /// What stands there.
        found: &'static str,
    },
}

impl Kind {
    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Syntax(said) if said.contains("tabs") => "indent with spaces",
            Self::Syntax(_) => {
                "check the indentation, colons and quotes there and on the lines above"
            }
            Self::DuplicateKey { .. } => "remove one of the two, or rename it",
            Self::NotUtf8
            | Self::AliasCycle
            | Self::TooLarge
            | Self::TooMany
            | Self::TooDeep
            | Self::Tag { .. }
            | Self::Merge { .. } => {
                "correct the file at that place; until then, what runs stays as it is"
            }
        }
    }
}

impl Error {
    /// Makes an error of its parts.
    pub(super) fn new(at: Position, kind: Kind) -> Self {
        Self { at, kind }
    }
}

/// Characters of a line that an excerpt shows at most.
const WIDTH: usize = 100;

/// The line at `at` with a caret below the column; empty when the text has no such line.
///
/// Not for text that was decrypted: it shows what stands there.
pub fn excerpt(text: &str, at: Position) -> String {
    let index = usize::try_from(at.line).unwrap_or(0).wrapping_sub(1);
    text.lines().nth(index).map_or_else(String::new, |line| excerpt_of(line, at))
}

/// The same of its line alone.
pub fn excerpt_of(line: &str, at: Position) -> String {
    let column = usize::try_from(at.column).unwrap_or(0).saturating_sub(1);
    let skipped = column.saturating_sub(WIDTH - 20);
    let shown: String =
        line.chars().skip(skipped).take(WIDTH).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(column - skipped);
    format!("{margin} |\n{number} | {}\n{margin} | {indent}^", shown.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_points_at_the_column() {
        let text = "services:\n  web:\n    image: [\n";
        insta::assert_snapshot!(excerpt(text, Position { line: 3, column: 12 }), @r"
          |
        3 |     image: [
          |            ^
        ");
        assert_eq!(excerpt(text, Position { line: 9, column: 1 }), "");
        assert_eq!(excerpt(text, Position::default()), "");
    }
}
