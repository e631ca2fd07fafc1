//! What a run ended in.

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
    /// A person stopped the run.
    Cancelled {
        /// Operations that were carried out before.
        done: usize,
        /// Operations that were not begun, in words.
        left: Vec<String>,
    },
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
