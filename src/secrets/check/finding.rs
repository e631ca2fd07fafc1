//! Something that a person should look at.

use std::fmt;
use std::path::PathBuf;

/// Something that a person should look at. Names keys and files, never a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, where one is meant.
    pub line: Option<usize>,
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// In words.
    pub text: String,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A value that looks like a secret is not encrypted.
    Plaintext,
    /// A rule of `.sops.yaml` is for the file, but it is not encrypted.
    NotEncrypted,
    /// This host cannot decrypt the file.
    Undecryptable,
    /// The file's keys are not those of `.sops.yaml`.
    OutOfStep,
    /// A key that the file has is not in `.sops.yaml` any more.
    LeavingKey,
    /// The MAC covers encrypted values only.
    MacOnlyEncrypted,
    /// An encrypted file has clear values that look like secrets, or nothing encrypted at all.
    ClearValue,
    /// Encrypted values are too short to be masked in free text.
    ShortValue,
    /// `.sops.yaml` cannot be used.
    Policy,
}

impl FindingKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Plaintext,
        Self::NotEncrypted,
        Self::Undecryptable,
        Self::OutOfStep,
        Self::LeavingKey,
        Self::MacOnlyEncrypted,
        Self::ClearValue,
        Self::ShortValue,
        Self::Policy,
    ];

    /// The word that programs know it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::NotEncrypted => "not-encrypted",
            Self::Undecryptable => "undecryptable",
            Self::OutOfStep => "out-of-step",
            Self::LeavingKey => "leaving-key",
            Self::MacOnlyEncrypted => "mac-only-encrypted",
            Self::ClearValue => "clear-value",
            Self::ShortValue => "short-value",
            Self::Policy => "policy",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {} [{}]", self.text, self.kind.word())
    }
}
