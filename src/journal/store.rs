//! The handle, and how one call reads or writes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::Error;
use crate::model::name::{EngineName, ProjectName};

/// Whose memory something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackKey {
    /// The engine that the stack runs on.
    pub engine: EngineName,
    /// Its project.
    pub project: ProjectName,
}

/// The journal, or none. Cheap to clone; a call blocks for a moment.
#[derive(Debug, Clone, Default)]
pub struct Journal(pub(super) Option<Arc<Store>>);

/// An open journal.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) path: PathBuf,
    pub(super) connection: Mutex<Connection>,
}

/// How well a note is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// It outlives a power cut: it is on the disk before the call returns.
    Durable,
    /// It outlives this process; a power cut may take the last ones.
    Loose,
}

impl Journal {
    /// No journal: answers every question with nothing, and takes every note without a word.
    pub fn absent() -> Self {
        Self(None)
    }

    /// Whether there is none.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Where the file is.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(|store| store.path.as_path())
    }

    /// Reads with `ask`; without a journal the answer is the default.
    pub(super) fn ask<T: Default>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let Some(store) = &self.0 else { return Ok(T::default()) };
        let connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&connection).map_err(|source| Error::of(&store.path, source))
    }

    /// Writes with `note`, all or nothing; without a journal nothing happens, and the answer is the default.
    pub(super) fn note<T: Default>(
        &self,
        keep: Keep,
        note: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let Some(store) = &self.0 else { return Ok(T::default()) };
        let mut connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = (|| {
            let level = match keep {
                Keep::Durable => "FULL",
                Keep::Loose => "NORMAL",
            };
            connection.pragma_update(None, "synchronous", level)?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = note(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })();
        noted.map_err(|source| Error::of(&store.path, source))
    }
}
