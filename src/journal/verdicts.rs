//! What was good, what was bad, and who said stop.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::runs::RunId;
use super::store::{Journal, Keep, StackKey};
use super::values::{Json, Parsed};
use crate::model::name::{EngineName, ProjectName, ServiceName, SourceName};
use crate::model::revision::Revision;

/// An image that is kept for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedImage {
    /// As the Compose file names it.
    pub reference: String,
    /// The ID it had.
    pub id: String,
}

/// The last revision of a stack that ran well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastGood {
    /// The source it came from; `None` with `-f`.
    pub source: Option<SourceName>,
    /// The stack's path in the source.
    pub stack: PathBuf,
    /// The revision.
    pub revision: Revision,
    /// What else it was made from: a digest of its secrets and inputs.
    pub fingerprint: String,
    /// The images it ran.
    pub images: BTreeMap<ServiceName, PinnedImage>,
    /// The inputs of each service: what people call them, and their digests.
    pub inputs: BTreeMap<ServiceName, BTreeMap<String, String>>,
    /// When it was last seen well.
    pub at: i64,
}

/// A revision that did not become healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRevision {
    /// The revision.
    pub revision: Revision,
    /// What else it was made from; with another fingerprint it is worth another try.
    pub fingerprint: String,
    /// Why it is bad, in one line.
    pub reason: String,
    /// The run that found out.
    pub run: Option<RunId>,
    /// When.
    pub at: i64,
}

/// A stack that is left alone at somebody's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Who said so.
    pub who: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When.
    pub at: i64,
}

impl Suspension {
    /// This one behind an earlier one, which goes on as it is where no other reason is given.
    #[must_use]
    pub fn after(self, earlier: Option<&Self>) -> Self {
        match earlier {
            Some(earlier) if self.reason.is_none() => earlier.clone(),
            Some(_) | None => self,
        }
    }
}

impl Journal {
    /// Remembers what ran well, in place of what did before. What did before is kept as the earlier one where it was made
    /// from something else: so many good revisions, two, are kept of each stack.
    pub fn set_last_good(&self, key: &StackKey, good: &LastGood) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO earlier_good SELECT * FROM last_good
                 WHERE engine = ?1 AND project = ?2 AND fingerprint <> ?3",
                params![key.engine.as_str(), key.project.as_str(), good.fingerprint],
            )?;
            journal.execute(
                "INSERT OR REPLACE INTO last_good
                     (engine, project, source, stack, revision, fingerprint, images, inputs, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    key.engine.as_str(),
                    key.project.as_str(),
                    good.source.as_ref().map(SourceName::as_str),
                    good.stack.to_string_lossy(),
                    good.revision.to_string(),
                    good.fingerprint,
                    Json(&good.images),
                    Json(&good.inputs),
                    good.at,
                ],
            )?;
            Ok(())
        })
    }

    /// What ran well last.
    pub fn last_good(&self, key: &StackKey) -> Result<Option<LastGood>, Error> {
        self.ask(|journal| {
            let sql = format!("{GOOD} FROM last_good WHERE engine = ?1 AND project = ?2");
            let of = [key.engine.as_str(), key.project.as_str()];
            journal.query_row(&sql, of, good_of).optional()
        })
    }

    /// What ran well before that.
    pub fn earlier_good(&self, key: &StackKey) -> Result<Option<LastGood>, Error> {
        self.ask(|journal| {
            let sql = format!("{GOOD} FROM earlier_good WHERE engine = ?1 AND project = ?2");
            let of = [key.engine.as_str(), key.project.as_str()];
            journal.query_row(&sql, of, good_of).optional()
        })
    }

    /// What ran well last of every stack of an engine, and before that: their images must not be pruned.
    pub fn all_good(&self, engine: &EngineName) -> Result<Vec<(ProjectName, LastGood)>, Error> {
        self.ask(|journal| all_good(journal, engine))
    }

    /// Forgets what ran well of a stack: it is no longer in its source, and its containers are gone.
    pub fn forget_good(&self, key: &StackKey) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            for table in ["last_good", "earlier_good"] {
                let sql = format!("DELETE FROM {table} WHERE engine = ?1 AND project = ?2");
                journal.execute(&sql, [key.engine.as_str(), key.project.as_str()])?;
            }
            Ok(())
        })
    }

    /// Remembers that a revision is bad.
    pub fn note_bad(&self, key: &StackKey, bad: &BadRevision) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO bad_revisions (engine, project, revision, fingerprint, reason, run, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    key.engine.as_str(),
                    key.project.as_str(),
                    bad.revision.to_string(),
                    bad.fingerprint,
                    bad.reason,
                    bad.run.map(|run| run.0),
                    bad.at,
                ],
            )?;
            Ok(())
        })
    }

    /// The bad revisions of a stack, newest first.
    pub fn bad_revisions(&self, key: &StackKey) -> Result<Vec<BadRevision>, Error> {
        self.ask(|journal| {
            let mut statement = journal.prepare(
                "SELECT revision, fingerprint, reason, run, at FROM bad_revisions
                 WHERE engine = ?1 AND project = ?2 ORDER BY at DESC, revision",
            )?;
            let of = [key.engine.as_str(), key.project.as_str()];
            statement.query_map(of, bad_of)?.collect()
        })
    }

    /// What is known against this revision with this fingerprint.
    pub fn bad_revision(
        &self,
        key: &StackKey,
        revision: &Revision,
        fingerprint: &str,
    ) -> Result<Option<BadRevision>, Error> {
        let is = |bad: &BadRevision| bad.revision == *revision && bad.fingerprint == fingerprint;
        Ok(self.bad_revisions(key)?.into_iter().find(is))
    }

    /// Forgets what is known against the revisions of a stack: a person wants another try. Answers how many there were.
    pub fn forgive(&self, key: &StackKey) -> Result<usize, Error> {
        self.note(Keep::Durable, |journal| {
            let sql = "DELETE FROM bad_revisions WHERE engine = ?1 AND project = ?2";
            journal.execute(sql, [key.engine.as_str(), key.project.as_str()])
        })
    }

    /// Suspends a stack. Who did it before is forgotten.
    pub fn suspend(&self, key: &StackKey, suspension: &Suspension) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO suspensions (engine, project, who, reason, at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    key.engine.as_str(),
                    key.project.as_str(),
                    suspension.who,
                    suspension.reason,
                    suspension.at,
                ],
            )?;
            Ok(())
        })
    }

    /// Ends a suspension. Answers whether there was one.
    pub fn resume(&self, key: &StackKey) -> Result<bool, Error> {
        self.note(Keep::Durable, |journal| {
            let sql = "DELETE FROM suspensions WHERE engine = ?1 AND project = ?2";
            Ok(journal.execute(sql, [key.engine.as_str(), key.project.as_str()])? > 0)
        })
    }

    /// The suspended stacks of an engine.
    pub fn suspensions(
        &self,
        engine: &EngineName,
    ) -> Result<BTreeMap<ProjectName, Suspension>, Error> {
        self.ask(|journal| {
            let mut statement = journal
                .prepare("SELECT project, who, reason, at FROM suspensions WHERE engine = ?1")?;
            let rows = statement.query_map([engine.as_str()], |row| {
                let suspension = Suspension {
                    who: row.get("who")?,
                    reason: row.get("reason")?,
                    at: row.get("at")?,
                };
                Ok((row.get::<_, Parsed<ProjectName>>("project")?.0, suspension))
            })?;
            rows.collect()
        })
    }
}

const GOOD: &str = "SELECT project, source, stack, revision, fingerprint, images, inputs, at";

pub(super) fn all_good(
    journal: &Connection,
    engine: &EngineName,
) -> rusqlite::Result<Vec<(ProjectName, LastGood)>> {
    let mut all = Vec::new();
    for table in ["last_good", "earlier_good"] {
        let sql = format!("{GOOD} FROM {table} WHERE engine = ?1 ORDER BY project");
        let mut statement = journal.prepare(&sql)?;
        let rows = statement.query_map([engine.as_str()], |row| {
            Ok((row.get::<_, Parsed<ProjectName>>("project")?.0, good_of(row)?))
        })?;
        for row in rows {
            all.push(row?);
        }
    }
    Ok(all)
}

fn good_of(row: &Row<'_>) -> rusqlite::Result<LastGood> {
    Ok(LastGood {
        source: row.get::<_, Option<Parsed<SourceName>>>("source")?.map(|name| name.0),
        stack: PathBuf::from(row.get::<_, String>("stack")?),
        revision: Revision::from(row.get::<_, String>("revision")?),
        fingerprint: row.get("fingerprint")?,
        images: row.get::<_, Json<_>>("images")?.0,
        inputs: row.get::<_, Json<_>>("inputs")?.0,
        at: row.get("at")?,
    })
}

fn bad_of(row: &Row<'_>) -> rusqlite::Result<BadRevision> {
    Ok(BadRevision {
        revision: Revision::from(row.get::<_, String>("revision")?),
        fingerprint: row.get("fingerprint")?,
        reason: row.get("reason")?,
        run: row.get::<_, Option<i64>>("run")?.map(RunId),
        at: row.get("at")?,
    })
}
