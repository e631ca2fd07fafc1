//! Operations of runs: what was done to what, why, how long it took, and what came of it.

use std::time::Duration;

use rusqlite::{Row, params};

use super::error::Error;
use super::runs::{RunId, millis, number, span};
use super::store::{Journal, Keep, StackKey};
use super::values::Parsed;
use crate::model::name::ServiceName;

/// What came of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was carried out.
    Done,
    /// It failed.
    Failed,
    /// It failed, and nobody required it.
    PassedOver,
    /// It was broken off without an effect.
    BrokenOff,
}

impl Verdict {
    const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::PassedOver, Self::BrokenOff];

    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::PassedOver => "passed over",
            Self::BrokenOff => "broken off",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }
}

/// An operation that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// What is done, in one word.
    pub verb: String,
    /// What it is done to.
    pub subject: String,
    /// The service it belongs to.
    pub service: Option<ServiceName>,
    /// Why.
    pub cause: String,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, in one line.
    pub error: Option<String>,
}

/// An operation as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// The run it belongs to.
    pub run: RunId,
    /// Its place in the run, in the order of beginning.
    pub place: usize,
    /// What was done, why, and to what.
    pub operation: NewOperation,
    /// When it began.
    pub began: i64,
    /// How long it took.
    pub took: Option<Duration>,
    /// What came of it; `None` where nobody saw its end.
    pub verdict: Option<Verdict>,
    /// What went wrong, in one line.
    pub error: Option<String>,
}

impl Journal {
    /// Notes that the operation at this place of a run begins.
    pub fn begin_operation(
        &self,
        (run, place): (RunId, usize),
        operation: &NewOperation,
        now: i64,
    ) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| {
            journal.execute(
                "INSERT OR REPLACE INTO operations (run, place, verb, subject, service, cause, began)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    run.0,
                    number(place),
                    operation.verb,
                    operation.subject,
                    operation.service.as_ref().map(ServiceName::as_str),
                    operation.cause,
                    now,
                ],
            )?;
            Ok(())
        })
    }

    /// Notes how it ended.
    pub fn end_operation(&self, (run, place): (RunId, usize), ended: &Ended) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| {
            journal.execute(
                "UPDATE operations SET took_ms = ?3, result = ?4, error = ?5 WHERE run = ?1 AND place = ?2",
                params![
                    run.0,
                    number(place),
                    millis(ended.took),
                    ended.verdict.word(),
                    ended.error
                ],
            )?;
            Ok(())
        })
    }

    /// The operations of a run, in the order of beginning.
    pub fn operations(&self, run: RunId) -> Result<Vec<OperationRecord>, Error> {
        self.ask(|journal| {
            let mut statement =
                journal.prepare(&format!("{OPERATIONS} WHERE run = ?1 ORDER BY place"))?;
            statement.query_map([run.0], record)?.collect()
        })
    }

    /// The operations of the last run that made a container of this service anew.
    pub fn last_replacement(
        &self,
        key: &StackKey,
        service: &ServiceName,
    ) -> Result<Vec<OperationRecord>, Error> {
        self.ask(|journal| {
            let sql = format!(
                "{OPERATIONS} WHERE service = ?3 AND run = (
                     SELECT run FROM operations JOIN runs ON runs.id = run
                     WHERE engine = ?1 AND project = ?2 AND service = ?3 AND verb = 'create' AND result = 'done'
                     ORDER BY run DESC LIMIT 1)
                 ORDER BY place"
            );
            let of = [key.engine.as_str(), key.project.as_str(), service.as_str()];
            let mut statement = journal.prepare(&sql)?;
            statement.query_map(of, record)?.collect()
        })
    }
}

const OPERATIONS: &str =
    "SELECT run, place, verb, subject, service, cause, began, took_ms, result, operations.error
    FROM operations";

fn record(row: &Row<'_>) -> rusqlite::Result<OperationRecord> {
    let result: Option<String> = row.get("result")?;
    Ok(OperationRecord {
        run: RunId(row.get("run")?),
        place: usize::try_from(row.get::<_, i64>("place")?).unwrap_or(0),
        operation: NewOperation {
            verb: row.get("verb")?,
            subject: row.get("subject")?,
            service: row.get::<_, Option<Parsed<ServiceName>>>("service")?.map(|name| name.0),
            cause: row.get("cause")?,
        },
        began: row.get("began")?,
        took: row.get::<_, Option<i64>>("took_ms")?.map(span),
        verdict: result.as_deref().and_then(Verdict::of),
        error: row.get("error")?,
    })
}
