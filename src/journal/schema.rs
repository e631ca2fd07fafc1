//! The tables, as migrations that only ever add.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

/// One step of the schema. Its place in [`MIGRATIONS`], counted from 1, is the version that it leads to.
pub(super) struct Migration {
    /// The oldest version of this program's schema that may still open the file afterwards.
    oldest_reader: i64,
    sql: &'static str,
}

/// Marks a file as a journal of Conductor (`Cond`).
const APPLICATION_ID: i64 = 0x436f_6e64;

/// Every step so far. Never change one that was released; append.
pub(super) const MIGRATIONS: &[Migration] = &[FIRST, STARTS_AND_IMAGES, INCIDENTS, EVENTS];

const FIRST: Migration = Migration {
    oldest_reader: 1,
    sql: "
        CREATE TABLE meta (
            key TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            source TEXT,
            stack TEXT NOT NULL,
            revision TEXT NOT NULL,
            author TEXT,
            subject TEXT,
            committed INTEGER,
            cause TEXT NOT NULL,        -- what asked for it: a trigger's word
            caller TEXT NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            took_ms INTEGER,
            outcome TEXT,
            done INTEGER NOT NULL DEFAULT 0,
            undone INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            causes TEXT,                -- JSON list
            hint TEXT,
            repeats INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX runs_of_stack ON runs (engine, project, id);
        CREATE INDEX runs_open ON runs (id) WHERE ended IS NULL;

        CREATE TABLE operations (
            run INTEGER NOT NULL,
            place INTEGER NOT NULL,
            verb TEXT NOT NULL,
            subject TEXT NOT NULL,
            service TEXT,
            cause TEXT NOT NULL,
            began INTEGER NOT NULL,
            took_ms INTEGER,
            result TEXT,
            error TEXT,
            PRIMARY KEY (run, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE last_good (
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            source TEXT,
            stack TEXT NOT NULL,
            revision TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            images TEXT NOT NULL,       -- JSON: service to reference and image ID
            inputs TEXT NOT NULL,       -- JSON: service to input to digest
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, project)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE bad_revisions (
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            revision TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            reason TEXT NOT NULL,
            run INTEGER,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, project, revision, fingerprint)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE suspensions (
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            who TEXT NOT NULL,
            reason TEXT,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, project)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE applied_inputs (
            container TEXT NOT NULL PRIMARY KEY,
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            service TEXT NOT NULL,
            inputs TEXT NOT NULL,       -- JSON: input to digest
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE stopped_by_hand (
            container TEXT NOT NULL PRIMARY KEY,
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE prune_confirmations (
            engine TEXT NOT NULL,
            source TEXT NOT NULL,
            revision TEXT NOT NULL,
            who TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, source)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE engine_facts (
            engine TEXT NOT NULL,
            fact TEXT NOT NULL,
            value TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, fact)
        ) STRICT, WITHOUT ROWID;
    ",
};

const STARTS_AND_IMAGES: Migration = Migration {
    oldest_reader: 1,
    sql: "
        CREATE TABLE earlier_good (    -- what was in last_good before
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            source TEXT,
            stack TEXT NOT NULL,
            revision TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            images TEXT NOT NULL,
            inputs TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, project)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE heals (
            engine TEXT NOT NULL,
            project TEXT NOT NULL,
            container TEXT NOT NULL,    -- its name
            at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX heals_of_stack ON heals (engine, project);

        CREATE TABLE pulled_images (
            engine TEXT NOT NULL,
            id TEXT NOT NULL,
            project TEXT NOT NULL,
            reference TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (engine, id)
        ) STRICT, WITHOUT ROWID;
    ",
};

const INCIDENTS: Migration = Migration {
    oldest_reader: 1,
    sql: "
        CREATE TABLE incidents (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            state TEXT NOT NULL,
            began INTEGER NOT NULL,
            ended INTEGER
        ) STRICT;

        CREATE TABLE incident_lines (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            incident INTEGER NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX lines_of_incident ON incident_lines (incident, place);
    ",
};

const EVENTS: Migration = Migration {
    oldest_reader: 1,
    sql: "
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            last INTEGER NOT NULL,
            engine TEXT NOT NULL,
            kind TEXT NOT NULL,
            project TEXT,
            cause TEXT,                 -- what asked: a trigger's word
            caller TEXT,
            text TEXT NOT NULL,
            repeats INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX events_of_stack ON events (engine, project, id);
        CREATE INDEX events_by_age ON events (last);
    ",
};

/// What a file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    /// The version of its schema; 0 for a fresh file.
    pub(super) schema: i64,
    /// The oldest version that may open it.
    pub(super) oldest_reader: i64,
}

/// The version that this program writes.
pub(super) fn ours() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Asks a file for its version. A file that is no database fails here.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<Version> {
    // Also reads the description of every table.
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let schema: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if tables == 0 || schema == 0 {
        return Ok(Version { schema: 0, oldest_reader: 0 });
    }
    let noted: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'oldest_reader'", [], |row| row.get(0))
        .optional()?;
    Ok(Version { schema, oldest_reader: noted.and_then(|text| text.parse().ok()).unwrap_or(1) })
}

/// Carries out the steps that a file lacks, all or none.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if version(connection)?.schema >= ours() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let before = version(&transaction)?.schema;
    for migration in MIGRATIONS.iter().skip(usize::try_from(before).unwrap_or(0)) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO meta VALUES ('oldest_reader', ?1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [migration.oldest_reader.to_string()],
        )?;
    }
    if before < ours() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", ours())?;
    }
    transaction.commit()
}
