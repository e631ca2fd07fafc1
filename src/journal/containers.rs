//! What living containers have been through that no label can tell, by container ID.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use super::error::Error;
use super::store::{Journal, Keep, StackKey};
use super::values::{Json, Parsed};
use crate::model::name::{EngineName, ServiceName};

/// The inputs that a container has by now, where a signal or restart brought some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedInputs {
    /// Its service.
    pub service: ServiceName,
    /// What people call each input (`file ./nginx.conf`), and its digest.
    pub inputs: BTreeMap<String, String>,
    /// When the last of them was applied.
    pub at: i64,
}

/// A container that a person stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedByHand {
    /// Its name then.
    pub name: String,
    /// When.
    pub at: i64,
}

impl Journal {
    /// Remembers the inputs that a container has by now, in place of what was known.
    pub fn note_applied(
        &self,
        key: &StackKey,
        container: &str,
        applied: &AppliedInputs,
    ) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO applied_inputs (container, engine, project, service, inputs, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    container,
                    key.engine.as_str(),
                    key.project.as_str(),
                    applied.service.as_str(),
                    Json(&applied.inputs),
                    applied.at,
                ],
            )?;
            Ok(())
        })
    }

    /// What was applied to the containers of a stack, by container ID.
    pub fn applied_inputs(&self, key: &StackKey) -> Result<BTreeMap<String, AppliedInputs>, Error> {
        self.ask(|journal| {
            let mut statement = journal.prepare(
                "SELECT container, service, inputs, at FROM applied_inputs WHERE engine = ?1 AND project = ?2",
            )?;
            let of = [key.engine.as_str(), key.project.as_str()];
            let rows = statement.query_map(of, |row| {
                let applied = AppliedInputs {
                    service: row.get::<_, Parsed<ServiceName>>("service")?.0,
                    inputs: row.get::<_, Json<_>>("inputs")?.0,
                    at: row.get("at")?,
                };
                Ok((row.get("container")?, applied))
            })?;
            rows.collect()
        })
    }

    /// Remembers that a person stopped a container.
    pub fn note_stopped(
        &self,
        key: &StackKey,
        container: &str,
        stopped: &StoppedByHand,
    ) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO stopped_by_hand (container, engine, project, name, at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    container,
                    key.engine.as_str(),
                    key.project.as_str(),
                    stopped.name,
                    stopped.at,
                ],
            )?;
            Ok(())
        })
    }

    /// The containers of a stack that a person stopped, by container ID.
    pub fn stopped_by_hand(
        &self,
        key: &StackKey,
    ) -> Result<BTreeMap<String, StoppedByHand>, Error> {
        self.ask(|journal| {
            let mut statement = journal.prepare(
                "SELECT container, name, at FROM stopped_by_hand WHERE engine = ?1 AND project = ?2",
            )?;
            let of = [key.engine.as_str(), key.project.as_str()];
            let rows = statement.query_map(of, |row| {
                let stopped = StoppedByHand { name: row.get("name")?, at: row.get("at")? };
                Ok((row.get("container")?, stopped))
            })?;
            rows.collect()
        })
    }

    /// Forgets that a person stopped one container: somebody started it.
    pub fn forget_stopped(&self, container: &str) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal
                .execute("DELETE FROM stopped_by_hand WHERE container = ?1", [container])
                .map(drop)
        })
    }

    /// Forgets it of all containers of a stack: a new revision or a sync starts them again.
    pub fn forget_all_stopped(&self, key: &StackKey) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            let sql = "DELETE FROM stopped_by_hand WHERE engine = ?1 AND project = ?2";
            journal.execute(sql, [key.engine.as_str(), key.project.as_str()]).map(drop)
        })
    }

    /// Forgets the containers of an engine that are not there any more. `alive` must hold them all. Writes only where
    /// there is something to forget.
    pub fn keep_containers(
        &self,
        engine: &EngineName,
        alive: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let known: Vec<String> = self.ask(|journal| {
            let mut statement = journal.prepare(
                "SELECT container FROM applied_inputs WHERE engine = ?1
                 UNION SELECT container FROM stopped_by_hand WHERE engine = ?1",
            )?;
            statement.query_map([engine.as_str()], |row| row.get(0))?.collect()
        })?;
        let gone: Vec<String> = known.into_iter().filter(|id| !alive.contains(id)).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.note(Keep::Loose, |journal| {
            for id in &gone {
                journal.execute("DELETE FROM applied_inputs WHERE container = ?1", [id])?;
                journal.execute("DELETE FROM stopped_by_hand WHERE container = ?1", [id])?;
            }
            Ok(())
        })
    }
}
