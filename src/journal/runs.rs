//! Runs: what was done to which stack, when, at whose word, and how it ended.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params, params};

use super::error::Error;
use super::store::{Journal, Keep, StackKey};
use super::values::{Json, Parsed};
use crate::model::name::{EngineName, ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::{Commit, Revision};

/// Number of a run, unique in its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RunId(pub i64);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

/// What asked for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A command that a person or a script typed.
    Command,
    /// The daemon has just begun.
    Start,
    /// A poll found a new revision, or drift.
    Poll,
    /// A webhook.
    Webhook,
    /// The API or the page.
    Api,
    /// The engine reported a change.
    EngineEvent,
    /// The engine came back.
    EngineBack,
}

impl Trigger {
    /// Whether a person asked for it, by a command or the page: then everything is started that should run, also what
    /// was stopped by hand or ended again and again.
    pub fn is_by_hand(self) -> bool {
        match self {
            Self::Command | Self::Api => true,
            Self::Start | Self::Poll | Self::Webhook | Self::EngineEvent | Self::EngineBack => {
                false
            }
        }
    }

    /// In one or two words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Start => "start",
            Self::Poll => "poll",
            Self::Webhook => "webhook",
            Self::Api => "api",
            Self::EngineEvent => "engine event",
            Self::EngineBack => "engine back",
        }
    }
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Whose run it is.
    pub key: StackKey,
    /// The stack's source; `None` with `-f`.
    pub source: Option<SourceName>,
    /// Its path in the source, or the project directory.
    pub stack: PathBuf,
    /// The revision that is applied.
    pub revision: Revision,
    /// Who made that revision, where it is a commit that is known.
    pub commit: Option<Commit>,
    /// What asked for it.
    pub trigger: Trigger,
    /// Who did, such as `alice` or `uid 1000`.
    pub caller: String,
    /// When it began.
    pub started: i64,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct End {
    /// The outcome in a word or two: see [`crate::model::outcome::Outcome::word`].
    pub outcome: &'static str,
    /// Operations that were carried out.
    pub done: usize,
    /// Operations that were not begun.
    pub undone: usize,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// When it ended.
    pub ended: i64,
    /// How long it took.
    pub took: Duration,
}

/// What went wrong, as it was kept: an error without the lines of a file that showed what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTrouble {
    /// What failed.
    pub error: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// The way out.
    pub hint: Option<String>,
}

/// A run as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Whose run it was.
    pub key: StackKey,
    /// The stack's source; `None` with `-f`.
    pub source: Option<SourceName>,
    /// Its path in the source, or the project directory.
    pub stack: PathBuf,
    /// The revision that was applied.
    pub revision: Revision,
    /// Who made that revision.
    pub commit: Option<Commit>,
    /// What asked for it, in a word.
    pub trigger: String,
    /// Who did.
    pub caller: String,
    /// When it began.
    pub started: i64,
    /// When it ended; `None` while it runs, and where it was killed and nobody has noticed yet.
    pub ended: Option<i64>,
    /// How long it took; unknown where it was killed.
    pub took: Option<Duration>,
    /// The outcome in a word or two; `interrupted` where it was killed.
    pub outcome: Option<String>,
    /// Operations that were carried out.
    pub done: usize,
    /// Operations that were not begun.
    pub undone: usize,
    /// What went wrong.
    pub trouble: Option<StoredTrouble>,
    /// How many more runs ended just so, directly after this one.
    pub repeats: usize,
}

/// Which runs are asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Those on this engine alone.
    pub engine: Option<EngineName>,
    /// Those of this stack alone, by project name or path in its source.
    pub stack: Option<String>,
    /// The last so many; `None` for all.
    pub limit: Option<usize>,
}

/// The outcome of a run that was killed.
const INTERRUPTED: &str = "interrupted";

impl Journal {
    /// Notes that a run begins.
    pub fn begin_run(&self, run: &NewRun) -> Result<RunId, Error> {
        self.note(Keep::Loose, |journal| insert(journal, run))
    }

    /// Notes how a run ended.
    pub fn end_run(&self, id: RunId, end: &End) -> Result<(), Error> {
        self.note(Keep::Loose, |journal| finish(journal, id, end))
    }

    /// Notes a run that ended before its first operation. One that ended exactly as the one before is only counted.
    pub fn note_run(&self, run: &NewRun, end: &End) -> Result<RunId, Error> {
        let error = end.trouble.as_ref().map(|trouble| &trouble.error);
        self.note(Keep::Loose, |journal| {
            let same: Option<i64> = journal
                .query_row(
                    "SELECT id FROM runs WHERE engine = ?1 AND project = ?2 AND revision = ?3 AND outcome = ?4
                     AND error IS ?5 AND cause = ?6 AND caller = ?7 AND done = 0
                     AND id = (SELECT max(id) FROM runs WHERE engine = ?1 AND project = ?2)",
                    params![
                        run.key.engine.as_str(),
                        run.key.project.as_str(),
                        run.revision.to_string(),
                        end.outcome,
                        error,
                        run.trigger.word(),
                        run.caller
                    ],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(id) = same {
                journal.execute(
                    "UPDATE runs SET repeats = repeats + 1, ended = ?2 WHERE id = ?1",
                    params![id, end.ended],
                )?;
                return Ok(RunId(id));
            }
            let id = insert(journal, run)?;
            finish(journal, id, end)?;
            Ok(id)
        })
    }

    /// Marks the runs that never ended as interrupted. For whoever has the right to act: then none of them still runs.
    pub fn close_interrupted(&self, now: i64) -> Result<usize, Error> {
        let open: i64 = self.ask(|journal| {
            let open = "SELECT count(*) FROM runs WHERE ended IS NULL";
            journal.query_row(open, [], |row| row.get(0))
        })?;
        if open == 0 {
            return Ok(0);
        }
        self.note(Keep::Loose, |journal| {
            journal.execute(
                "UPDATE runs SET ended = ?1, outcome = ?2,
                 done = (SELECT count(*) FROM operations WHERE run = runs.id AND result = 'done')
                 WHERE ended IS NULL",
                params![now, INTERRUPTED],
            )
        })
    }

    /// The runs that are asked for, newest first.
    pub fn runs(&self, selection: &Selection) -> Result<Vec<Run>, Error> {
        self.ask(|journal| {
            let sql = format!(
                "{RUNS} WHERE (:engine IS NULL OR engine = :engine)
                 AND (:stack IS NULL OR project = :stack OR stack = :stack) ORDER BY id DESC LIMIT :limit"
            );
            let stack = selection.stack.as_deref().map(|name| name.trim_end_matches('/'));
            let limit = selection.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1);
            let mut statement = journal.prepare(&sql)?;
            let rows = statement.query_map(
                named_params! {
                    ":engine": selection.engine.as_ref().map(EngineName::as_str),
                    ":stack": stack,
                    ":limit": limit,
                },
                run_of,
            )?;
            rows.collect()
        })
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<Run>, Error> {
        let sql = format!("{RUNS} WHERE id = ?1");
        self.ask(|journal| journal.query_row(&sql, [id.0], run_of).optional())
    }

    /// Of each stack of an engine the last run that came to an end of its own.
    pub fn last_ends(&self, engine: &EngineName) -> Result<Vec<Run>, Error> {
        let sql = format!(
            "{RUNS} WHERE id IN (SELECT max(id) FROM runs WHERE engine = ?1 AND ended IS NOT NULL
             AND outcome NOT IN ('{INTERRUPTED}', 'cancelled', 'superseded') GROUP BY project)"
        );
        self.ask(|journal| journal.prepare(&sql)?.query_map([engine.as_str()], run_of)?.collect())
    }

    /// The last run of a stack.
    pub fn last_run(&self, key: &StackKey) -> Result<Option<Run>, Error> {
        self.ask(|journal| last(journal, key))
    }
}

const RUNS: &str = "SELECT id, engine, project, source, stack, revision, author, subject, committed, cause, caller,
    started, ended, took_ms, outcome, done, undone, error, causes, hint, repeats FROM runs";

fn last(journal: &Connection, key: &StackKey) -> rusqlite::Result<Option<Run>> {
    let sql = format!("{RUNS} WHERE engine = ?1 AND project = ?2 ORDER BY id DESC LIMIT 1");
    journal.query_row(&sql, [key.engine.as_str(), key.project.as_str()], run_of).optional()
}

fn insert(journal: &Transaction<'_>, run: &NewRun) -> rusqlite::Result<RunId> {
    let commit = run.commit.as_ref();
    journal.execute(
        "INSERT INTO runs (engine, project, source, stack, revision, author, subject, committed, cause, caller, started)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            run.key.engine.as_str(),
            run.key.project.as_str(),
            run.source.as_ref().map(SourceName::as_str),
            run.stack.to_string_lossy(),
            run.revision.to_string(),
            commit.map(|commit| &commit.author),
            commit.map(|commit| &commit.subject),
            commit.map(|commit| commit.time),
            run.trigger.word(),
            run.caller,
            run.started,
        ],
    )?;
    Ok(RunId(journal.last_insert_rowid()))
}

fn finish(journal: &Transaction<'_>, id: RunId, end: &End) -> rusqlite::Result<()> {
    let trouble = end.trouble.as_ref();
    journal.execute(
        "UPDATE runs SET ended = ?2, took_ms = ?3, outcome = ?4, done = ?5, undone = ?6, error = ?7, causes = ?8,
         hint = ?9 WHERE id = ?1",
        params![
            id.0,
            end.ended,
            millis(end.took),
            end.outcome,
            number(end.done),
            number(end.undone),
            trouble.map(|trouble| &trouble.error),
            trouble.map(|trouble| Json(&trouble.causes)),
            trouble.and_then(|trouble| trouble.hint.as_ref()),
        ],
    )?;
    Ok(())
}

pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A number of milliseconds as it was kept.
pub(super) fn span(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn run_of(row: &Row<'_>) -> rusqlite::Result<Run> {
    let count = |column| row.get::<_, i64>(column).map(|n| usize::try_from(n).unwrap_or(0));
    let committed: Option<i64> = row.get("committed")?;
    let author: Option<String> = row.get("author")?;
    let subject: Option<String> = row.get("subject")?;
    let error: Option<String> = row.get("error")?;
    let causes: Option<Json<Vec<String>>> = row.get("causes")?;
    let hint: Option<String> = row.get("hint")?;
    Ok(Run {
        id: RunId(row.get("id")?),
        key: StackKey {
            engine: row.get::<_, Parsed<EngineName>>("engine")?.0,
            project: row.get::<_, Parsed<ProjectName>>("project")?.0,
        },
        source: row.get::<_, Option<Parsed<SourceName>>>("source")?.map(|name| name.0),
        stack: PathBuf::from(row.get::<_, String>("stack")?),
        revision: Revision::from(row.get::<_, String>("revision")?),
        commit: committed.map(|time| Commit {
            author: author.unwrap_or_default(),
            subject: subject.unwrap_or_default(),
            time,
        }),
        trigger: row.get("cause")?,
        caller: row.get("caller")?,
        started: row.get("started")?,
        ended: row.get("ended")?,
        took: row.get::<_, Option<i64>>("took_ms")?.map(span),
        outcome: row.get("outcome")?,
        done: count("done")?,
        undone: count("undone")?,
        trouble: error.map(|error| StoredTrouble {
            error,
            causes: causes.map(|list| list.0).unwrap_or_default(),
            hint,
        }),
        repeats: count("repeats")?,
    })
}
