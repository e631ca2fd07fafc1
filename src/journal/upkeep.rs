//! Bounds of age and size.

use std::time::Duration;

use rusqlite::Connection;

use super::error::Error;
use super::store::{Journal, Keep};

/// How much history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How far it reaches back.
    pub age: Duration,
    /// How large the file may be, in bytes.
    pub size: u64,
}

/// How many runs are forgotten at once when the file is too large.
const CHUNK: i64 = 200;

impl Journal {
    /// Forgets runs and events that are too old, and the oldest ones while the file is too large; the last run of each stack stays.
    /// What was good, bad or suspended is small and not history: it stays, but for bad revisions that are too old.
    /// Then brings the file up to date, so that it is whole without its log. Belongs behind a pass that changed something.
    pub fn keep_within(&self, bounds: Bounds, now: i64) -> Result<(), Error> {
        let oldest = now.saturating_sub(i64::try_from(bounds.age.as_secs()).unwrap_or(i64::MAX));
        let due: i64 = self.ask(|journal| {
            journal.query_row("SELECT count(*) FROM runs WHERE started < ?1", [oldest], |row| {
                row.get(0)
            })
        })?;
        if due > 0 {
            self.note(Keep::Loose, |journal| {
                forget(journal, "started < ?1", oldest)?;
                let sql = "DELETE FROM bad_revisions WHERE at < ?1";
                journal.execute(sql, [oldest]).map(drop)
            })?;
        }
        self.note(Keep::Loose, |journal| {
            let old = "SELECT id FROM incidents WHERE ended < ?1";
            let lines = format!("DELETE FROM incident_lines WHERE incident IN ({old})");
            journal.execute(&lines, [oldest])?;
            journal
                .execute(&format!("DELETE FROM incidents WHERE id IN ({old})"), [oldest])
                .map(drop)
        })?;
        self.note(Keep::Loose, |journal| {
            journal.execute("DELETE FROM events WHERE last < ?1", [oldest]).map(drop)
        })?;
        while self.ask(size_of)? > bounds.size {
            let forgotten = self.note(Keep::Loose, |journal| {
                let runs = forget(journal, "1 ORDER BY id LIMIT ?1", CHUNK)?;
                let sql =
                    "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?1)";
                Ok(runs + journal.execute(sql, [5 * CHUNK])?)
            })?;
            if forgotten == 0 {
                break; // What is left is not history.
            }
        }
        self.ask(|journal| {
            let mut vacuum = journal.prepare("PRAGMA incremental_vacuum")?;
            let mut pages = vacuum.query([])?;
            // A page at a step.
            while pages.next()?.is_some() {}
            journal.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))
        })
    }
}

/// Forgets the runs that `which` names with its one parameter, and their operations.
fn forget(journal: &Connection, which: &str, parameter: i64) -> rusqlite::Result<usize> {
    let runs = format!(
        "SELECT id FROM runs WHERE ended IS NOT NULL
         AND id NOT IN (SELECT max(id) FROM runs GROUP BY engine, project) AND {which}"
    );
    journal.execute(&format!("DELETE FROM operations WHERE run IN ({runs})"), [parameter])?;
    journal.execute(&format!("DELETE FROM runs WHERE id IN ({runs})"), [parameter])
}

/// The size of what is in use, in bytes.
fn size_of(journal: &Connection) -> rusqlite::Result<u64> {
    let ask = |name| journal.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let used = ask("page_count")? - ask("freelist_count")?;
    Ok(u64::try_from(used.saturating_mul(ask("page_size")?)).unwrap_or(0))
}
