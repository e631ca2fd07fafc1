//! The journal, against real files.

mod damage;
mod events;
mod history;
mod incidents;
mod memory;
mod versions;

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::model::failure::Disposition;
use crate::model::name::{EngineName, ProjectName, ServiceName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::{Commit, Revision};

/// A Saturday in November 2026.
const NOW: i64 = 1_795_268_700;

fn fresh() -> (tempfile::TempDir, PathBuf, Journal) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state/journal.db");
    let journal = open(&path);
    (directory, path, journal)
}

/// Opens without anything to be told.
fn open(path: &std::path::Path) -> Journal {
    let opened = Journal::open(path, NOW).unwrap();
    assert_eq!(opened.warnings, Vec::<String>::new());
    assert!(!opened.journal.is_absent());
    opened.journal
}

fn key(project: &str) -> StackKey {
    StackKey {
        engine: EngineName::parse("local").unwrap(),
        project: ProjectName::parse(project).unwrap(),
    }
}

fn web() -> ServiceName {
    ServiceName::parse("web").unwrap()
}

fn commit(letter: char) -> Revision {
    Revision::Commit(letter.to_string().repeat(40))
}

fn new_run(project: &str, revision: &Revision, started: i64) -> NewRun {
    NewRun {
        key: key(project),
        source: SourceName::parse("home").ok(),
        stack: PathBuf::from("stacks").join(project),
        revision: revision.clone(),
        commit: Some(Commit {
            author: "Alice".to_owned(),
            subject: "web: a newer one".to_owned(),
            time: started - 60,
        }),
        trigger: Trigger::Command,
        caller: "alice".to_owned(),
        started,
    }
}

fn end(outcome: &'static str, ended: i64) -> End {
    let took = Duration::from_millis(1500);
    End { outcome, done: 1, undone: 0, trouble: None, ended, took }
}

fn trouble(error: &str) -> Trouble {
    Trouble {
        error: error.to_owned(),
        causes: vec!["the registry says no".to_owned()],
        excerpt: Some("PASSWORD=hunter2".to_owned()),
        hint: Some("ask it again".to_owned()),
        disposition: Disposition::WaitForChange,
    }
}

fn create(service: &str, cause: &str) -> NewOperation {
    NewOperation {
        verb: "create".to_owned(),
        subject: format!("blog-{service}-1"),
        service: ServiceName::parse(service).ok(),
        cause: cause.to_owned(),
    }
}

fn done(millis: u64) -> Ended {
    Ended { verdict: Verdict::Done, took: Duration::from_millis(millis), error: None }
}

/// One run with one operation.
fn run_once(journal: &Journal, project: &str, letter: char, at: i64) -> RunId {
    let run = journal.begin_run(&new_run(project, &commit(letter), at)).unwrap();
    journal.begin_operation((run, 0), &create("web", "image digest changed"), at).unwrap();
    journal.end_operation((run, 0), &done(420)).unwrap();
    journal.end_run(run, &end("changed", at + 2)).unwrap();
    run
}

/// Runs as lines.
fn told(runs: &[Run]) -> String {
    let lines = runs.iter().map(|run| {
        let outcome = run.outcome.as_deref().unwrap_or("-");
        let error = run.trouble.as_ref().map_or("", |trouble| trouble.error.as_str());
        let (id, project, repeats) = (run.id, &run.key.project, run.repeats);
        format!("{id} {project} {} {outcome} +{repeats} {error}", run.revision.short())
    });
    lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Everything, for one stack.
fn all(stack: &str) -> Selection {
    Selection { stack: Some(stack.to_owned()), ..Selection::default() }
}
