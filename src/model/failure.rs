//! What an error means for what comes next, and what a person can do about it.

use std::time::Duration;

/// What the caller should do after a failure; decided by the error's kind, never by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The network or the engine was away: try again after this pause.
    RetryAfter(Duration),
    /// Only a new revision, new secrets or a person changes the answer.
    WaitForChange,
    /// Our own settings or our own socket are wrong: stop.
    Fatal,
}

/// A failure of a stage: says what comes next, and offers a way out.
pub trait Failure: std::error::Error {
    /// What the caller should do next.
    fn disposition(&self) -> Disposition;

    /// One sentence that tells a person the way out, if there is one to tell.
    fn hint(&self) -> Option<String>;

    /// The lines of a file that show what is meant, with a caret; to be printed below the error.
    fn excerpt(&self) -> Option<String> {
        None
    }
}
