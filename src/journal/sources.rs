//! What a person allowed a source to lose, and what is known about an engine.

use rusqlite::{OptionalExtension as _, params};

use super::error::Error;
use super::store::{Journal, Keep};
use crate::model::name::{EngineName, SourceName};
use crate::model::revision::Revision;

/// A person's word that what a revision of a source no longer holds may be pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The revision that it is about; another one needs another word.
    pub revision: Revision,
    /// Who said so.
    pub who: String,
    /// When.
    pub at: i64,
}

impl Journal {
    /// Remembers that what a source no longer holds may be pruned, in place of an earlier word.
    pub fn confirm_prune(
        &self,
        (engine, source): (&EngineName, &SourceName),
        confirmation: &Confirmation,
    ) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO prune_confirmations (engine, source, revision, who, at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    engine.as_str(),
                    source.as_str(),
                    confirmation.revision.to_string(),
                    confirmation.who,
                    confirmation.at,
                ],
            )?;
            Ok(())
        })
    }

    /// What was last confirmed about a source.
    pub fn prune_confirmation(
        &self,
        engine: &EngineName,
        source: &SourceName,
    ) -> Result<Option<Confirmation>, Error> {
        self.ask(|journal| {
            journal
                .query_row(
                    "SELECT revision, who, at FROM prune_confirmations WHERE engine = ?1 AND source = ?2",
                    [engine.as_str(), source.as_str()],
                    |row| {
                        Ok(Confirmation {
                            revision: Revision::from(row.get::<_, String>("revision")?),
                            who: row.get("who")?,
                            at: row.get("at")?,
                        })
                    },
                )
                .optional()
        })
    }

    /// Remembers a fact about an engine, such as when its events were last heard.
    pub fn note_fact(
        &self,
        (engine, fact): (&EngineName, &str),
        value: &str,
        now: i64,
    ) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO engine_facts (engine, fact, value, at) VALUES (?1, ?2, ?3, ?4)",
                params![engine.as_str(), fact, value, now],
            )?;
            Ok(())
        })
    }

    /// A fact about an engine, and when it was noted.
    pub fn fact(&self, engine: &EngineName, fact: &str) -> Result<Option<(String, i64)>, Error> {
        self.ask(|journal| {
            let sql = "SELECT value, at FROM engine_facts WHERE engine = ?1 AND fact = ?2";
            journal
                .query_row(sql, [engine.as_str(), fact], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
    }
}
