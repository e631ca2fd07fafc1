//! Lines of an illness's history.

use serde::{Deserialize, Serialize};

use super::remedy::Step;

/// What a line of an illness's history is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// It came into a state.
    State,
    /// A remedy is begun.
    Remedy,
    /// What would be done, if only watching were not asked for.
    Would,
    /// A remedy helped.
    Helped,
    /// A remedy did not help.
    Useless,
    /// All is well again.
    Recovered,
}

impl NoteKind {
    /// Its name for people, programs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Remedy => "remedy",
            Self::Would => "would",
            Self::Helped => "helped",
            Self::Useless => "useless",
            Self::Recovered => "recovered",
        }
    }
}

/// A line of history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// In words.
    pub text: String,
    /// Whether people are told at once.
    pub loud: bool,
    /// The kind of remedy that it is about.
    pub step: Option<Step>,
}
