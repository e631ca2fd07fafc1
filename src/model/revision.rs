//! Which state of a source something came from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A commit id (40 or 64 hex digits), or the word for a plain directory, which has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Revision {
    /// A git commit.
    Commit(String),
    /// A directory read as it is now.
    Directory,
}

/// What a directory's revision is called on screen and in labels.
const DIRECTORY: &str = "directory";

impl Revision {
    /// The first twelve digits of a commit, as people quote it.
    pub fn short(&self) -> &str {
        match self {
            Self::Commit(id) => id.get(..12).unwrap_or(id),
            Self::Directory => DIRECTORY,
        }
    }
}

/// Who made a commit, when, and what they called it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Name of the author.
    pub author: String,
    /// First line of the message.
    pub subject: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(id) => f.pad(id),
            Self::Directory => f.pad(DIRECTORY),
        }
    }
}

impl From<Revision> for String {
    fn from(revision: Revision) -> String {
        revision.to_string()
    }
}

impl From<String> for Revision {
    fn from(text: String) -> Self {
        if text == DIRECTORY { Self::Directory } else { Self::Commit(text) }
    }
}
