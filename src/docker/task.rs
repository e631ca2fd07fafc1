//! What an engine is asked for.

use std::fmt;

/// What was to be done to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// A verb, such as `start`.
    pub verb: &'static str,
    /// A noun, such as `container`.
    pub kind: &'static str,
    /// The name; empty where there is only one of its kind.
    pub name: String,
}

impl Task {
    pub(super) fn new(verb: &'static str, kind: &'static str, name: impl Into<String>) -> Self {
        Self { verb, kind, name: name.into() }
    }

    pub(super) fn container(verb: &'static str, name: &str) -> Self {
        Self::new(verb, "container", name)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.kind)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " `{}`", self.name) }
    }
}
