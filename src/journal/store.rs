//! The handle, and how one call reads or writes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::condition::{Condition, Looks};
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
pub struct Journal {
    pub(super) store: Option<Arc<Store>>,
    forgiveness: Option<Arc<Forgiveness>>,
}

/// What a forgiving journal needs: the time, for the name of a damaged file, and a place for its words.
#[derive(Debug)]
struct Forgiveness {
    now: AtomicI64,
    words: Mutex<Vec<String>>,
    condition: Mutex<Condition>,
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) path: PathBuf,
    pub(super) connection: Mutex<Connection>,
    /// Whether the connection leads nowhere: a file was given up, and no other could be begun.
    pub(super) is_lost: AtomicBool,
    /// The file as it was when it was last known to be whole.
    pub(super) seen: Mutex<Option<Looks>>,
}

impl Store {
    /// Whether the file that was opened is still in its place.
    pub(super) fn is_there(&self) -> bool {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Looks::of(&self.path, 0).is_some_and(|now| now.is_file_of(seen))
    }

    /// Takes the file as it is for the one that is open.
    pub(super) fn opened(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Looks::of(&self.path, 0);
        self.is_lost.store(false, Ordering::Relaxed);
    }
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
        Self::default()
    }

    pub(super) fn of(path: &Path, connection: Connection) -> Self {
        let seen = Mutex::new(Looks::of(path, 0));
        let (path, connection) = (path.to_owned(), Mutex::new(connection));
        let store = Store { path, connection, is_lost: AtomicBool::new(false), seen };
        Self { store: Some(Arc::new(store)), forgiveness: None }
    }

    /// The same journal for a run that must go on whatever becomes of it: a call that fails answers as if there were no
    /// journal, and its reason is kept for [`Self::words`]. A damaged file is set aside by itself.
    #[must_use]
    pub fn forgiving(self, now: i64) -> Self {
        let now = AtomicI64::new(now);
        let (words, condition) = (Mutex::default(), Mutex::default());
        let forgiveness = Forgiveness { now, words, condition };
        Self { forgiveness: Some(Arc::new(forgiveness)), ..self }
    }

    /// The same journal for what must be known to be kept: every failure is an answer.
    #[must_use]
    pub fn strict(&self) -> Self {
        Self { store: self.store.clone(), forgiveness: None }
    }

    /// Takes the failure of a strict call for one of its own.
    pub fn take_failure(&self, error: Error) {
        self.forgive_failure::<()>(Err(error)).ok();
    }

    /// Takes what a forgiving journal kept to itself, for people.
    pub fn words(&self) -> Vec<String> {
        let Some(forgiveness) = &self.forgiveness else { return Vec::new() };
        std::mem::take(&mut forgiveness.words.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How a forgiving journal is doing.
    pub fn condition(&self) -> Condition {
        let Some(forgiveness) = &self.forgiveness else { return Condition::default() };
        let mut condition = forgiveness.condition().clone();
        if self.is_absent() {
            condition.trouble = Some("no journal is kept".to_owned());
        }
        condition
    }

    pub(super) fn tell_time(&self, now: i64) {
        if let Some(forgiveness) = &self.forgiveness {
            forgiveness.now.store(now, Ordering::Relaxed);
        }
    }

    /// Whether there is none.
    pub fn is_absent(&self) -> bool {
        self.store.is_none()
    }

    /// Where the file is.
    pub fn path(&self) -> Option<&Path> {
        self.store.as_ref().map(|store| store.path.as_path())
    }

    /// Reads with `ask`; without a journal the answer is the default.
    pub(super) fn ask<T: Default>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let Some(store) = &self.store else { return Ok(T::default()) };
        let answer = {
            let connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
            match ask(&connection) {
                // A file that an older program made, and that is only read, knows nothing of it.
                Err(error) if error.to_string().contains("no such table") => Ok(T::default()),
                answer => answer,
            }
        };
        self.forgive_failure(answer.map_err(|source| Error::of(&store.path, source)))
    }

    /// Writes with `note`, all or nothing; without a journal nothing happens, and the answer is the default.
    pub(super) fn note<T: Default>(
        &self,
        keep: Keep,
        note: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let Some(store) = &self.store else { return Ok(T::default()) };
        let noted = (|| {
            let mut connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
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
        if let (Ok(_), Some(forgiveness)) = (&noted, &self.forgiveness) {
            forgiveness.condition().trouble = None;
        }
        self.forgive_failure(noted.map_err(|source| Error::of(&store.path, source)))
    }

    pub(super) fn forgive_failure<T: Default>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        let (error, forgiveness) = match (answer, &self.forgiveness) {
            (Err(error), Some(forgiveness)) => (error, forgiveness),
            (answer, _) => return answer,
        };
        let now = forgiveness.now.load(Ordering::Relaxed);
        let lost = self.store.as_ref().is_some_and(|store| store.is_lost.load(Ordering::Relaxed));
        let renewed = (lost || error.is_damage()).then(|| self.renew(now));
        let word = {
            let mut condition = forgiveness.condition();
            condition.failures += 1;
            match renewed {
                Some(Ok(word)) => {
                    condition.trouble = None;
                    condition.set_aside += 1;
                    condition.last_word = Some(word.clone());
                    word
                }
                Some(Err(error)) => condition.trouble.insert(error.in_words()).clone(),
                None => condition.trouble.insert(error.in_words()).clone(),
            }
        };
        let mut words = forgiveness.words.lock().unwrap_or_else(PoisonError::into_inner);
        if !words.contains(&word) {
            words.push(word);
        }
        Ok(T::default())
    }
}

impl Forgiveness {
    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
