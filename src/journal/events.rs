//! What happened beside runs: who asked for what, and was refused; how health changed, and what changed without us.

use rusqlite::{Row, Transaction, named_params, params};

use super::error::Error;
use super::runs::{Selection, number};
use super::store::{Journal, Keep};
use super::values::Parsed;
use crate::model::name::{EngineName, ProjectName};

/// Events that are kept at most, however large the journal may be.
const MOST: i64 = 100_000;
/// Characters of a text that are kept.
const TEXT: usize = 500;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What it is about, in a word: `request`, `refused`, `health`, `drift`.
    pub kind: &'static str,
    /// The stack, where it is about one.
    pub project: Option<ProjectName>,
    /// What asked, in a word, and who, where somebody did.
    pub asker: Option<(&'static str, String)>,
    /// In words.
    pub text: String,
}

/// Something that happened, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Its number.
    pub id: i64,
    /// When, first.
    pub at: i64,
    /// When, last: the same where it happened once.
    pub last: i64,
    /// What it is about, in a word.
    pub kind: String,
    /// The stack, where it is about one.
    pub project: Option<ProjectName>,
    /// What asked, in a word.
    pub trigger: Option<String>,
    /// Who did.
    pub caller: Option<String>,
    /// In words.
    pub text: String,
    /// How often more it happened, directly after.
    pub repeats: usize,
}

impl Journal {
    /// Notes what happened on an engine, in this order. What is the same as the one before is only counted.
    pub fn note_events(&self, engine: &EngineName, events: &[NewEvent]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        self.note(Keep::Loose, |journal| {
            for event in events {
                note(journal, engine, event)?;
            }
            let sql = "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?1";
            journal.execute(sql, [MOST]).map(drop)
        })
    }

    /// The events that are asked for, the latest first.
    pub fn events(&self, selection: &Selection) -> Result<Vec<EventRecord>, Error> {
        self.ask(|journal| {
            let sql = "SELECT id, at, last, kind, project, cause, caller, text, repeats FROM events
                 WHERE (:engine IS NULL OR engine = :engine) AND (:stack IS NULL OR project = :stack)
                 ORDER BY id DESC LIMIT :limit";
            let mut statement = journal.prepare(sql)?;
            let rows = statement.query_map(
                named_params! {
                    ":engine": selection.engine.as_ref().map(EngineName::as_str),
                    ":stack": selection.stack,
                    ":limit": selection.limit.map_or(-1, number),
                },
                record,
            )?;
            rows.collect()
        })
    }
}

fn note(journal: &Transaction<'_>, engine: &EngineName, event: &NewEvent) -> rusqlite::Result<()> {
    let project = event.project.as_ref().map(ProjectName::as_str);
    let asker = event.asker.as_ref();
    let (trigger, caller) = (asker.map(|asker| asker.0), asker.map(|asker| &asker.1));
    let text: String = event.text.chars().take(TEXT).collect();
    let counted = journal.execute(
        "UPDATE events SET repeats = repeats + 1, last = ?1 WHERE id = (SELECT max(id) FROM events)
         AND engine = ?2 AND kind = ?3 AND project IS ?4 AND cause IS ?5 AND caller IS ?6 AND text = ?7",
        params![event.at, engine.as_str(), event.kind, project, trigger, caller, text],
    )?;
    if counted == 0 {
        journal.execute(
            "INSERT INTO events (at, last, engine, kind, project, cause, caller, text)
             VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![event.at, engine.as_str(), event.kind, project, trigger, caller, text],
        )?;
    }
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    Ok(EventRecord {
        id: row.get("id")?,
        at: row.get("at")?,
        last: row.get("last")?,
        kind: row.get("kind")?,
        project: row.get::<_, Option<Parsed<ProjectName>>>("project")?.map(|name| name.0),
        trigger: row.get("cause")?,
        caller: row.get("caller")?,
        text: row.get("text")?,
        repeats: usize::try_from(row.get::<_, i64>("repeats")?).unwrap_or(0),
    })
}
