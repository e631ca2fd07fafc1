//! What a run ended in.

use super::revision::Revision;

/// What a run of one stack ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing had to be done.
    InSync,
    /// Everything that the plan held was done.
    Changed {
        /// Number of operations carried out.
        operations: usize,
    },
    /// Nothing was begun, because something must be put right first.
    Blocked(Trouble),
    /// Something failed on the way.
    Failed {
        /// What failed.
        trouble: Trouble,
        /// Operations that were carried out before.
        done: usize,
        /// Operations that were not begun, in words.
        left: Vec<String>,
    },
    /// The revision failed, and the stack is back at its last good one.
    RolledBack {
        /// The revision that failed.
        from: Revision,
        /// The last good one.
        to: Revision,
        /// What failed.
        trouble: Trouble,
        /// Operations that were carried out, those of the way back among them.
        done: usize,
    },
    /// The revision is known to fail: the stack stays at its last good one until something changes.
    Held {
        /// The revision that is not tried again.
        from: Revision,
        /// The one that the stack stays at.
        at: Revision,
        /// What failed when it was tried.
        trouble: Trouble,
        /// Operations that were carried out to keep it there.
        done: usize,
    },
    /// Something failed, and the stack stays as it is.
    Degraded {
        /// What failed.
        trouble: Trouble,
        /// Why it was not brought back.
        stays: Stays,
        /// Operations that were carried out before.
        done: usize,
        /// Operations that were not begun, in words.
        left: Vec<String>,
    },
    /// A newer revision came while the run waited for this one: it ended, and the next run goes on.
    Superseded {
        /// Operations that were carried out before.
        done: usize,
        /// Operations that were not begun, in words.
        left: Vec<String>,
    },
    /// A person stopped the run.
    Cancelled {
        /// Operations that were carried out before.
        done: usize,
        /// Operations that were not begun, in words.
        left: Vec<String>,
    },
}

impl Outcome {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::Changed { .. } => "changed",
            Self::Blocked(_) => "blocked",
            Self::Failed { .. } => "failed",
            Self::RolledBack { .. } => "rolled back",
            Self::Held { .. } => "held",
            Self::Degraded { .. } => "degraded",
            Self::Superseded { .. } => "superseded",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Operations that were carried out.
    pub fn done(&self) -> usize {
        match self {
            Self::InSync | Self::Blocked(_) => 0,
            Self::Changed { operations: done }
            | Self::Failed { done, .. }
            | Self::RolledBack { done, .. }
            | Self::Held { done, .. }
            | Self::Degraded { done, .. }
            | Self::Superseded { done, .. }
            | Self::Cancelled { done, .. } => *done,
        }
    }

    /// What went wrong, if anything did.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::InSync
            | Self::Changed { .. }
            | Self::Superseded { .. }
            | Self::Cancelled { .. } => None,
            Self::Blocked(trouble)
            | Self::Failed { trouble, .. }
            | Self::RolledBack { trouble, .. }
            | Self::Held { trouble, .. }
            | Self::Degraded { trouble, .. } => Some(trouble),
        }
    }

    /// Operations that were not begun, in words.
    pub fn left(&self) -> &[String] {
        match self {
            Self::Failed { left, .. }
            | Self::Degraded { left, .. }
            | Self::Superseded { left, .. }
            | Self::Cancelled { left, .. } => left,
            Self::InSync
            | Self::Changed { .. }
            | Self::Blocked(_)
            | Self::RolledBack { .. }
            | Self::Held { .. } => &[],
        }
    }

    /// Whether the stack is up and healthy at the end, be it at an earlier revision.
    pub fn is_well(&self) -> bool {
        match self {
            Self::InSync | Self::Changed { .. } | Self::RolledBack { .. } | Self::Held { .. } => {
                true
            }
            Self::Blocked(_)
            | Self::Failed { .. }
            | Self::Degraded { .. }
            | Self::Superseded { .. }
            | Self::Cancelled { .. } => false,
        }
    }

    /// The same with this many more operations carried out before.
    #[must_use]
    pub fn behind(mut self, before: usize) -> Self {
        match &mut self {
            Self::InSync => return Self::Changed { operations: before },
            Self::Blocked(_) => (),
            Self::Changed { operations: done }
            | Self::Failed { done, .. }
            | Self::RolledBack { done, .. }
            | Self::Held { done, .. }
            | Self::Degraded { done, .. }
            | Self::Superseded { done, .. }
            | Self::Cancelled { done, .. } => *done += before,
        }
        self
    }
}

/// Why a stack that failed was not brought back to a last good revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stays {
    /// None of its revisions has been healthy yet.
    NoneGood,
    /// `conductor.yaml` says so.
    Off,
    /// The last good revision cannot be had any more.
    Lost(Trouble),
    /// The way back failed, too.
    Failed(Trouble),
}

impl std::fmt::Display for Stays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoneGood => f.write_str("no revision of it has been healthy yet"),
            Self::Off => f.write_str("`rollback: false` in `conductor.yaml`"),
            Self::Lost(trouble) => {
                write!(f, "its last good revision cannot be had any more: {}", trouble.error)
            }
            Self::Failed(trouble) => {
                write!(f, "going back to its last good revision failed, too: {}", trouble.error)
            }
        }
    }
}

/// An error with its causes and the way out, ready for people. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What failed.
    pub error: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// The lines of a file that show what is meant, with a caret.
    pub excerpt: Option<String>,
    /// The way out.
    pub hint: Option<String>,
    /// What comes next.
    pub disposition: super::failure::Disposition,
}

impl Trouble {
    /// Takes an error's chain, without what only repeats, and its hint.
    pub fn of(failure: &dyn super::failure::Failure) -> Self {
        let error = failure.to_string();
        let mut causes: Vec<String> = Vec::new();
        let mut source = failure.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if text != *causes.last().unwrap_or(&error) {
                causes.push(text);
            }
            source = cause.source();
        }
        Self {
            error,
            causes,
            excerpt: failure.excerpt(),
            hint: failure.hint(),
            disposition: failure.disposition(),
        }
    }

    /// The same, said of a place in a file and shown with its lines.
    #[must_use]
    pub fn at(self, place: &str, excerpt: &str) -> Self {
        let lines = Some(excerpt.to_owned()).filter(|lines| !lines.is_empty());
        let error = format!("`{place}`: {}", self.error);
        Self { error, excerpt: self.excerpt.or(lines), ..self }
    }

    /// The same with every text changed by `change`.
    #[must_use]
    pub fn map(self, change: impl Fn(String) -> String) -> Self {
        Self {
            error: change(self.error),
            causes: self.causes.into_iter().map(&change).collect(),
            excerpt: self.excerpt,
            hint: self.hint.map(change),
            disposition: self.disposition,
        }
    }
}
