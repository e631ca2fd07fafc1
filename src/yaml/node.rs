//! A YAML document as a tree that remembers where everything stood.

use std::fmt;

/// A place in a text; line and column count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// How a scalar was written; collections are always `Plain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Without quotes.
    #[default]
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// What a node says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `~`, `null` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits with a sign.
    Int(i64),
    /// An integer that fits 64 bits only without a sign.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A date or time, as it was written; [`super::Timestamp::parse`] reads it.
    Timestamp(String),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in the order of the file.
    Mapping(Vec<Entry>),
}

impl Value {
    /// What people call this kind of value, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Uint(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Timestamp(_) => "a timestamp",
            Self::String(_) => "a string",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// One value with its place, tag and style.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it says.
    pub value: Value,
    /// A tag that is not one of YAML's own, such as `!reset`; its scalars stay text.
    pub tag: Option<String>,
    /// Where it begins; what came by an alias keeps the place where it was written.
    pub at: Position,
    /// How it was written.
    pub style: Style,
    /// The text as written, of a scalar that is not a string.
    pub raw: Option<String>,
    /// The comments around it, if there are any.
    pub comments: Option<Box<Comments>>,
}

/// Comments, each without its `#`; blank space behind the `#` is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    /// Before a key or a list item, then on its line: what they apply to is the entry.
    pub before: Vec<String>,
    /// At the end of a mapping or list, behind its last entry.
    pub tail: Vec<String>,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key; nearly always text.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A node that stands in no file.
    pub fn new(value: Value) -> Self {
        let at = Position::default();
        Self { value, tag: None, at, style: Style::Plain, raw: None, comments: None }
    }

    /// A string that stands in no file; a writer quotes it where it could be taken for something else.
    pub fn string(text: impl Into<String>) -> Self {
        Self { style: Style::DoubleQuoted, ..Self::new(Value::String(text.into())) }
    }

    /// The text, of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::Timestamp(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => None,
        }
    }

    /// The text of any scalar as it was written; `None` for lists and mappings.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) | Value::Timestamp(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_) => {
                Some(self.raw.as_deref().unwrap_or_default())
            }
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The entries, of a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        if let Value::Mapping(entries) = &self.value { Some(entries) } else { None }
    }

    /// The items, of a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        if let Value::Sequence(items) = &self.value { Some(items) } else { None }
    }

    /// The value of the text key `key`, of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.as_mapping()?.iter().find(|entry| entry.key.as_str() == Some(key))?;
        Some(&entry.value)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Whether it is the merge key: `<<` without quotes.
    pub fn is_merge_key(&self) -> bool {
        self.style == Style::Plain && self.tag.is_none() && self.as_str() == Some("<<")
    }

    /// Comments before it, outermost first.
    pub fn comments_before(&self) -> &[String] {
        self.comments.as_ref().map_or(&[], |comments| &comments.before)
    }

    /// Comments behind its last entry.
    pub fn comments_tail(&self) -> &[String] {
        self.comments.as_ref().map_or(&[], |comments| &comments.tail)
    }
}
