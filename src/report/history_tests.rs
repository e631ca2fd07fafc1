//! History in words.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::journal::{NewOperation, RunId, StackKey, StoredTrouble};
use crate::model::name::{EngineName, ProjectName, ServiceName, SourceName};
use crate::model::revision::Commit;

pub(in crate::report) fn run() -> Run {
    Run {
        id: RunId(12),
        key: StackKey {
            engine: EngineName::parse("local").unwrap(),
            project: ProjectName::parse("blog").unwrap(),
        },
        source: SourceName::parse("home").ok(),
        stack: PathBuf::from("stacks/blog"),
        revision: Revision::Commit("3f2a1b0c9d8e7f6a5b4c".to_owned()),
        commit: Some(Commit {
            author: "Alice".to_owned(),
            subject: "web: a newer one".to_owned(),
            time: 1_795_268_400,
        }),
        trigger: "command".to_owned(),
        caller: "alice".to_owned(),
        started: 1_795_268_700,
        ended: Some(1_795_268_704),
        took: Some(Duration::from_millis(3_210)),
        outcome: Some("changed".to_owned()),
        done: 2,
        undone: 0,
        trouble: None,
        repeats: 0,
    }
}

pub(in crate::report) fn operations() -> Vec<OperationRecord> {
    let record = |place, verb: &str, cause: &str, verdict| OperationRecord {
        run: RunId(12),
        place,
        operation: NewOperation {
            verb: verb.to_owned(),
            subject: "blog-web-1".to_owned(),
            service: ServiceName::parse("web").ok(),
            cause: cause.to_owned(),
        },
        began: 1_795_268_700,
        took: Some(Duration::from_millis(420)),
        verdict,
        error: None,
    };
    vec![
        record(0, "create", "image digest changed", Some(Verdict::Done)),
        record(1, "start", "just created", None),
    ]
}

fn lines(lines: &[Line]) -> String {
    lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
}

#[test]
fn history_is_a_row_per_run() {
    let trouble =
        StoredTrouble { error: "cannot render".to_owned(), causes: Vec::new(), hint: None };
    let blocked = Run {
        id: RunId(13),
        outcome: Some("blocked".to_owned()),
        done: 0,
        took: Some(Duration::from_millis(9)),
        trouble: Some(trouble),
        repeats: 4,
        ..run()
    };
    let open = Run { id: RunId(14), ended: None, took: None, outcome: None, done: 0, ..run() };
    let runs = [open, blocked, run()];
    insta::assert_snapshot!(lines(&history_text(&runs, Open::Killed)), @"
    RUN  WHEN                  STACK  OUTCOME            OPERATIONS  TOOK   REVISION      BY
    14   2026-11-21 13:45:00Z  blog   interrupted        -           -      3f2a1b0c9d8e  alice (command)
    13   2026-11-21 13:45:00Z  blog   blocked (5 times)  -           9 ms   3f2a1b0c9d8e  alice (command)
    12   2026-11-21 13:45:00Z  blog   changed            2           3.2 s  3f2a1b0c9d8e  alice (command)
    ");
    assert!(lines(&history_text(&runs, Open::Running)).contains("running"));
}

#[test]
fn a_run_is_told_with_its_operations_and_their_causes() {
    insta::assert_snapshot!(lines(&run_text(&run(), &operations(), Open::Killed)), @r#"
    run 12: blog changed
       when      2026-11-21 13:45:00Z, took 3.2 s
       asked by  alice (command)
       stack     home: stacks/blog
       revision  3f2a1b0c9d8e "web: a newer one" by Alice, 2026-11-21 13:40:00Z

       create  blog-web-1  image digest changed  420 ms  done
       start   blog-web-1  just created          420 ms  unfinished
    "#);
}

#[test]
fn programs_get_the_same() {
    insta::assert_snapshot!(run_json(&run(), &operations()[..1], Open::Killed), @r#"
    {
      "schema": 1,
      "run": {
        "id": 12,
        "engine": "local",
        "project": "blog",
        "source": "home",
        "path": "stacks/blog",
        "revision": "3f2a1b0c9d8e7f6a5b4c",
        "commit": {
          "author": "Alice",
          "subject": "web: a newer one",
          "time": 1795268400
        },
        "trigger": "command",
        "caller": "alice",
        "started": 1795268700,
        "ended": 1795268704,
        "took_ms": 3210,
        "outcome": "changed",
        "done": 2,
        "undone": 0,
        "repeats": 0,
        "trouble": null,
        "operations": [
          {
            "verb": "create",
            "subject": "blog-web-1",
            "service": "web",
            "cause": "image digest changed",
            "began": 1795268700,
            "took_ms": 420,
            "result": "done",
            "error": null
          }
        ]
      }
    }
    "#);
}
