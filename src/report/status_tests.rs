//! Statuses in words.

use super::*;
use crate::model::observed::Details;
use crate::model::revision::Revision;

fn container(project: &str, service: &str, number: u32, state: ContainerState) -> Container {
    let labels = [
        (labels::PROJECT, project),
        (labels::SERVICE, service),
        (labels::INSTANCE, "default"),
        (labels::SOURCE, "home"),
        (labels::STACK, "stacks/app"),
        (labels::REVISION, "3f2a1b0c9d8e7f6a5b4c"),
    ];
    Container {
        name: format!("{project}-{service}-{number}"),
        labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        state,
        ..Container::default()
    }
}

fn sample() -> Vec<StackStatus> {
    let exited = |code| Container {
        details: Some(Details { exit_code: code, ..Details::default() }),
        ..container("app", "migrate", 1, ContainerState::Exited)
    };
    let starting = Container {
        health: HealthStatus::Starting,
        ..container("app", "db", 1, ContainerState::Running)
    };
    let foreign = Container {
        labels: [(labels::PROJECT.to_owned(), "foreign".to_owned())].into(),
        ..Container::default()
    };
    let applied = [("blog".to_owned(), "ffffffffffffffffffff".to_owned())].into();
    let containers = [
        container("app", "web", 1, ContainerState::Running),
        container("app", "web", 2, ContainerState::Restarting),
        starting,
        exited(0),
        container("blog", "web", 1, ContainerState::Running),
        container("blog", "web", 2, ContainerState::Running),
        foreign,
    ];
    of_containers(&containers, "default", &applied)
}

#[test]
fn people_see_a_row_per_service_of_ours() {
    let text: Vec<String> = status_text(&sample()).iter().map(Line::text).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    STACK  SERVICE  STATE                    HEALTH       REVISION      SOURCE
    app    db       running                  progressing  3f2a1b0c9d8e  home: stacks/app
    app    migrate  exited (0)               healthy      3f2a1b0c9d8e  home: stacks/app
    app    web      1 running, 1 restarting  degraded     3f2a1b0c9d8e  home: stacks/app
    blog   web      2 running                healthy      ffffffffffff  home: stacks/app
    ");
}

#[test]
fn a_stack_is_as_well_as_its_least_well_service() {
    let health: Vec<&str> = sample().iter().map(|stack| stack.health().word()).collect();
    assert_eq!(health, ["degraded", "healthy"]);
    let docker = serde_json::json!({"state": "healthy"});
    insta::assert_snapshot!(status_json(&sample()[1..], &docker), @r#"
    {
      "schema": 1,
      "docker": {
        "state": "healthy"
      },
      "stacks": [
        {
          "project": "blog",
          "source": "home",
          "path": "stacks/app",
          "revision": "ffffffffffffffffffff",
          "health": "healthy",
          "services": [
            {
              "service": "web",
              "state": "2 running",
              "health": "healthy",
              "containers": [
                "blog-web-1",
                "blog-web-2"
              ]
            }
          ],
          "suspended": null,
          "last_run": null,
          "last_good": null,
          "bad": [],
          "stopped_by_hand": []
        }
      ]
    }
    "#);
}

#[test]
fn what_the_journal_knows_is_told_where_it_is_not_well() {
    let revision = |letter: &str| Revision::Commit(letter.repeat(40));
    let mut stacks = sample();
    stacks[0].suspended = Some("suspended by alice: moving house".to_owned());
    let run = super::super::history::tests::run();
    stacks[1].kept.last_run = Some(Run { outcome: Some("rolled back".to_owned()), ..run });
    stacks[1].kept.bad = vec![BadRevision {
        revision: revision("b"),
        fingerprint: String::new(),
        reason: "`web` did not become healthy".to_owned(),
        run: None,
        at: 0,
    }];
    stacks[1].kept.stopped = vec![StoppedByHand { name: "blog-web-1".to_owned(), at: 0 }];
    let text: Vec<String> = status_text(&stacks).iter().skip(5).map(Line::text).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    note: app is suspended by alice: moving house
    note: blog rolled back on 2026-11-21 13:45:00Z at 3f2a1b0c9d8e (run 12)
    note: blog has `blog-web-1`, stopped by hand on 1970-01-01 00:00:00Z; a sync or a new revision starts it
    note: blog is not brought to bbbbbbbbbbbb again: `web` did not become healthy; last good: none
    ");
}

#[test]
fn a_suspended_stack_that_is_not_there_is_not_missing() {
    let stack = |suspended: Option<&str>| StackStatus {
        project: "app".to_owned(),
        source: None,
        path: String::new(),
        revision: None,
        services: Vec::new(),
        suspended: suspended.map(str::to_owned),
        kept: Kept::default(),
    };
    assert_eq!(stack(Some("suspended by alice")).health(), Health::Suspended);
    assert_eq!(stack(None).health(), Health::Missing);
}
