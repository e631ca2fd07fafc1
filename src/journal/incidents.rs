//! Illnesses of Docker itself: what was seen, judged, done, and what came of it.

use rusqlite::params;

use super::error::Error;
use super::store::{Journal, Keep};

/// The number of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct IncidentId(pub i64);

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What it is called: the word of a state.
    pub state: String,
    /// When it began.
    pub began: i64,
    /// When it ended; `None` while it has not.
    pub ended: Option<i64>,
}

/// A line of an incident's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentLine {
    /// When.
    pub at: i64,
    /// What it is about, in one word.
    pub kind: String,
    /// In words.
    pub text: String,
}

impl Journal {
    /// Begins an incident, or goes on with the one that has not ended: there is only one Docker to be ill.
    pub fn open_incident(&self, state: &str, began: i64) -> Result<IncidentId, Error> {
        self.note(Keep::Durable, |journal| {
            let open = "SELECT max(id) FROM incidents WHERE ended IS NULL";
            if let Some(id) = journal.query_row(open, [], |row| row.get::<_, Option<i64>>(0))? {
                return Ok(IncidentId(id));
            }
            let insert = "INSERT INTO incidents (state, began) VALUES (?1, ?2)";
            journal.execute(insert, params![state, began])?;
            Ok(IncidentId(journal.last_insert_rowid()))
        })
    }

    /// Adds a line to an incident.
    pub fn incident_line(
        &self,
        id: IncidentId,
        at: i64,
        kind: &str,
        text: &str,
    ) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            journal.execute(
                "INSERT INTO incident_lines (incident, at, kind, text) VALUES (?1, ?2, ?3, ?4)",
                params![id.0, at, kind, text],
            )?;
            Ok(())
        })
    }

    /// Ends an incident, under the name of the worst that was seen.
    pub fn close_incident(&self, id: IncidentId, state: &str, at: i64) -> Result<(), Error> {
        self.note(Keep::Durable, |journal| {
            let update = "UPDATE incidents SET ended = ?2, state = ?3 WHERE id = ?1";
            journal.execute(update, params![id.0, at, state])?;
            Ok(())
        })
    }

    /// The last incidents, the newest first.
    pub fn incidents(&self, most: usize) -> Result<Vec<Incident>, Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.ask(|journal| {
            // A file that is only read may be older than the table.
            let there = "SELECT count(*) FROM sqlite_schema WHERE name = 'incidents'";
            if journal.query_row(there, [], |row| row.get::<_, i64>(0))? == 0 {
                return Ok(Vec::new());
            }
            let mut found = journal.prepare(
                "SELECT id, state, began, ended FROM incidents ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = found.query_map([most], |row| {
                Ok(Incident {
                    id: IncidentId(row.get(0)?),
                    state: row.get(1)?,
                    began: row.get(2)?,
                    ended: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// The history of an incident, in order.
    pub fn incident_lines(&self, id: IncidentId) -> Result<Vec<IncidentLine>, Error> {
        self.ask(|journal| {
            let mut found = journal.prepare(
                "SELECT at, kind, text FROM incident_lines WHERE incident = ?1 ORDER BY place",
            )?;
            let rows = found.query_map([id.0], |row| {
                Ok(IncidentLine { at: row.get(0)?, kind: row.get(1)?, text: row.get(2)? })
            })?;
            rows.collect()
        })
    }
}
