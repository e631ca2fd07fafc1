use super::*;
use crate::model::failure::Disposition;
use crate::model::name::ServiceName;
use crate::plan::{Cause, Change, Note, OpId};

fn plan() -> Plan {
    let service = || ServiceName::parse("web").unwrap();
    let operation = |id: usize, action, cause, after: &[usize]| Operation {
        id: OpId(id),
        action,
        service: Some(service()),
        cause,
        after: after.iter().map(|id| OpId(*id)).collect(),
    };
    let stop = Action::StopContainer { name: "blog-web-1".to_owned(), timeout: None };
    let start = Action::StartContainer { name: "blog-web-1".to_owned() };
    Plan {
        operations: vec![
            operation(
                0,
                stop,
                Cause::Changed(vec![Change::Environment(vec!["TZ".to_owned()])]),
                &[],
            ),
            operation(1, start, Cause::Created, &[0]),
        ],
        notes: vec![Note::Orphans(vec!["blog-old-1".to_owned()])],
    }
}

fn trouble() -> Trouble {
    Trouble {
        error: "cannot start `blog-web-1`".to_owned(),
        causes: vec!["port 80 is taken".to_owned()],
        excerpt: None,
        hint: None,
        disposition: Disposition::WaitForChange,
    }
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
}

/// Hands three stacks to `tell`: out of sync, in sync, failed.
fn with_runs<T>(outcome: &Outcome, tell: impl Fn(&[RunView<'_>]) -> T) -> T {
    let revision = Revision::Commit("3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a".to_owned());
    let (plan, empty) = (plan(), Plan::default());
    let failed =
        Outcome::Failed { trouble: trouble(), done: 1, left: vec!["start blog-web-1".to_owned()] };
    let blog = RunView {
        project: Some("blog"),
        source: Some("home"),
        path: Path::new("stacks/blog"),
        revision: &revision,
        plan: Some(&plan),
        diff: &[],
        outcome,
        warnings: &[],
    };
    let app =
        RunView { project: Some("app"), plan: Some(&empty), outcome: &Outcome::InSync, ..blog };
    let here = RunView {
        project: Some("here"),
        source: None,
        path: Path::new("/srv/here"),
        revision: &Revision::Directory,
        plan: None,
        diff: &[],
        outcome: &failed,
        ..blog
    };
    tell(&[blog, app, here])
}

#[test]
fn a_plan_names_each_operation_and_its_cause() {
    let plan = with_runs(&Outcome::InSync, |runs| text(&plan_text(runs)));
    insta::assert_snapshot!(plan, @r"
    blog is out of sync: 2 operations (home: stacks/blog at 3f2a1b0c9d8e)
       stop   blog-web-1  environment TZ changed
       start  blog-web-1  just created
       note: no longer declared, but not removed: blog-old-1

    app is in sync (home: stacks/blog at 3f2a1b0c9d8e)

    here is failed (/srv/here)
    ");
}

#[test]
fn outcomes_are_a_table() {
    let table = with_runs(&Outcome::Changed { operations: 2 }, |runs| text(&runs_text(runs)));
    insta::assert_snapshot!(table, @r"
    STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
    blog   changed  2           3f2a1b0c9d8e  home: stacks/blog
    app    in sync  -           3f2a1b0c9d8e  home: stacks/blog
    here   failed   1           directory     /srv/here
    ");
}

#[test]
fn programs_get_operations_and_the_schema_number() {
    let first = |runs: &[RunView<'_>]| plan_json(&runs[..1], Beside::default());
    insta::assert_snapshot!(with_runs(&Outcome::InSync, first), @r#"
    {
      "schema": 1,
      "in_sync": false,
      "stacks": [
        {
          "project": "blog",
          "source": "home",
          "path": "stacks/blog",
          "revision": "3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a",
          "outcome": {
            "kind": "out of sync"
          },
          "plan": {
            "operations": [
              {
                "id": 0,
                "verb": "stop",
                "subject": "blog-web-1",
                "service": "web",
                "cause": "environment TZ changed",
                "after": []
              },
              {
                "id": 1,
                "verb": "start",
                "subject": "blog-web-1",
                "service": "web",
                "cause": "just created",
                "after": [
                  0
                ]
              }
            ],
            "notes": [
              "no longer declared, but not removed: blog-old-1"
            ]
          },
          "warnings": []
        }
      ],
      "failed_sources": [],
      "suspended": []
    }
    "#);
}

#[test]
fn programs_get_outcomes_with_what_went_wrong() {
    insta::assert_snapshot!(with_runs(&Outcome::InSync, |runs| runs_json(&runs[2..], Beside::default())), @r#"
    {
      "schema": 1,
      "stacks": [
        {
          "project": "here",
          "source": null,
          "path": "/srv/here",
          "revision": "directory",
          "outcome": {
            "kind": "failed",
            "trouble": {
              "error": "cannot start `blog-web-1`",
              "causes": [
                "port 80 is taken"
              ],
              "excerpt": null,
              "hint": null,
              "next": "wait for change",
              "retry_after_seconds": null
            },
            "done": 1,
            "left": [
              "start blog-web-1"
            ]
          },
          "plan": null,
          "warnings": []
        }
      ],
      "failed_sources": [],
      "suspended": []
    }
    "#);
}
