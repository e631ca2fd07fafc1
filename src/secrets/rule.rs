//! Which values of a file are encrypted.

use regex::Regex;

/// The rule of a file; at most one is written in its metadata.
#[derive(Debug)]
pub(super) enum Rule {
    /// All but what lies below a key with this ending.
    UnencryptedSuffix(String),
    /// Only what lies below a key with this ending.
    EncryptedSuffix(String),
    /// All but what lies below a key that matches.
    UnencryptedRegex(Regex),
    /// Only what lies below a key that matches.
    EncryptedRegex(Regex),
    /// All but what a matching comment stands before.
    UnencryptedCommentRegex(Regex),
    /// Only what a matching comment stands before.
    EncryptedCommentRegex(Regex),
}

/// The comments that apply at a place: a list for every open map or list.
#[derive(Default)]
pub(super) struct Comments(Vec<Vec<String>>);

impl Comments {
    /// A map or list begins.
    pub(super) fn enter(&mut self) {
        self.0.push(Vec::new());
    }

    /// A map or list ends.
    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// A comment stands here and applies to the next value.
    pub(super) fn add(&mut self, comment: &[u8]) {
        if let Some(level) = self.0.last_mut() {
            level.push(String::from_utf8_lossy(comment).into_owned());
        }
    }

    /// A value has gone by.
    pub(super) fn used(&mut self) {
        if let Some(level) = self.0.last_mut() {
            level.clear();
        }
    }

    fn any(&self, regex: &Regex) -> bool {
        self.0.iter().flatten().any(|comment| regex.is_match(comment))
    }
}

impl Rule {
    /// Whether the value at `path`, below `comments`, is encrypted.
    pub(super) fn encrypts(&self, path: &[String], comments: &Comments) -> bool {
        match self {
            Self::UnencryptedSuffix(suffix) => !path.iter().any(|key| key.ends_with(suffix)),
            Self::EncryptedSuffix(suffix) => path.iter().any(|key| key.ends_with(suffix)),
            Self::UnencryptedRegex(regex) => !path.iter().any(|key| regex.is_match(key)),
            Self::EncryptedRegex(regex) => path.iter().any(|key| regex.is_match(key)),
            Self::UnencryptedCommentRegex(regex) => !comments.any(regex),
            Self::EncryptedCommentRegex(regex) => comments.any(regex),
        }
    }
}
