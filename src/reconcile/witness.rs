//! What somebody saw of a container that no pass can observe afterwards.

use crate::journal::StoppedByHand;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;

use super::context::Context;

/// What somebody saw of a container. [`super::Stops`] makes most of these from the events of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A person stopped it. It stays so until a person asks for a pass, or a new revision comes.
    StoppedByHand {
        /// Its ID.
        container: String,
        /// Its name.
        name: String,
        /// When, in seconds since 1970.
        at: i64,
    },
    /// It runs again, whoever started it.
    Started {
        /// Its ID.
        container: String,
    },
    /// It was started because it had ended. A pass notes its own starts; this is for whoever starts one without a pass.
    Healed {
        /// Its name.
        name: String,
        /// When, in seconds since 1970.
        at: i64,
    },
}

impl Context {
    /// Remembers what somebody saw of a container of this project, for all later passes. Blocks for a moment.
    pub fn witness(&self, project: &ProjectName, fact: &Fact) -> Result<(), Trouble> {
        let key = self.key(project);
        let noted = match fact {
            Fact::StoppedByHand { container, name, at } => {
                let stopped = StoppedByHand { name: name.clone(), at: *at };
                self.journal.note_stopped(&key, container, &stopped)
            }
            Fact::Started { container } => match self.journal.stopped_by_hand(&key) {
                // Containers start all the time; only what is known is forgotten, which writes.
                Ok(known) if !known.contains_key(container) => Ok(()),
                Ok(_) => self.journal.forget_stopped(container),
                Err(error) => Err(error),
            },
            Fact::Healed { name, at } => self.journal.note_heal(&key, name, *at),
        };
        noted.map_err(|error| Trouble::of(&error))
    }
}
