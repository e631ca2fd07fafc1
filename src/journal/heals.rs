//! When containers were started because they had ended, and which images runs brought.

use std::collections::BTreeMap;

use rusqlite::params;

use super::error::Error;
use super::store::{Journal, Keep, StackKey};
use super::values::Parsed;
use super::verdicts::{LastGood, all_good};
use crate::model::name::{EngineName, ProjectName};

/// How long a start is remembered, in seconds; no budget looks further back.
const REMEMBERED: i64 = 24 * 60 * 60;

/// An image that a run brought: it was not at the engine before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// Its ID.
    pub id: String,
    /// The stack whose run brought it.
    pub project: ProjectName,
    /// As the Compose file named it.
    pub reference: String,
    /// When.
    pub at: i64,
}

/// What is remembered about images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Images {
    /// Those that runs of one stack brought.
    pub pulled: Vec<PulledImage>,
    /// What ran well last, and before that, of all stacks.
    pub good: Vec<(ProjectName, LastGood)>,
}

impl Journal {
    /// Remembers that a container of this name was started because it had ended.
    pub fn note_heal(&self, key: &StackKey, container: &str, at: i64) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| {
            let oldest = at.saturating_sub(REMEMBERED);
            journal.execute("DELETE FROM heals WHERE at < ?1", [oldest])?;
            let sql = "INSERT INTO heals (engine, project, container, at) VALUES (?1, ?2, ?3, ?4)";
            let of = params![key.engine.as_str(), key.project.as_str(), container, at];
            journal.execute(sql, of).map(drop)
        })
    }

    /// When the containers of a stack were started because they had ended, by name.
    pub fn heals(&self, key: &StackKey) -> Result<BTreeMap<String, Vec<i64>>, Error> {
        self.ask(|journal| {
            let mut statement = journal.prepare(
                "SELECT container, at FROM heals WHERE engine = ?1 AND project = ?2 ORDER BY at",
            )?;
            let of = [key.engine.as_str(), key.project.as_str()];
            let mut rows = statement.query(of)?;
            let mut heals: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                heals.entry(row.get("container")?).or_default().push(row.get("at")?);
            }
            Ok(heals)
        })
    }

    /// Remembers images that runs brought to an engine.
    pub fn note_pulled(&self, engine: &EngineName, images: &[PulledImage]) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            for image in images {
                journal.execute(
                    "INSERT OR REPLACE INTO pulled_images (engine, id, project, reference, at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        engine.as_str(),
                        image.id,
                        image.project.as_str(),
                        image.reference,
                        image.at
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// The images that runs of a stack brought, the oldest first, and all that is good: read at once, so that nobody who
    /// cannot read what is good takes an image for one that is not needed.
    pub fn images(&self, key: &StackKey) -> Result<Images, Error> {
        self.ask(|journal| {
            let good = all_good(journal, &key.engine)?;
            let mut statement = journal.prepare(
                "SELECT id, project, reference, at FROM pulled_images
                 WHERE engine = ?1 AND project = ?2 ORDER BY at, id",
            )?;
            let of = [key.engine.as_str(), key.project.as_str()];
            let rows = statement.query_map(of, |row| {
                Ok(PulledImage {
                    id: row.get("id")?,
                    project: row.get::<_, Parsed<ProjectName>>("project")?.0,
                    reference: row.get("reference")?,
                    at: row.get("at")?,
                })
            })?;
            Ok(Images { pulled: rows.collect::<rusqlite::Result<_>>()?, good })
        })
    }

    /// Forgets an image that is gone.
    pub fn forget_pulled(&self, engine: &EngineName, id: &str) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            let sql = "DELETE FROM pulled_images WHERE engine = ?1 AND id = ?2";
            journal.execute(sql, [engine.as_str(), id]).map(drop)
        })
    }
}
