use super::*;
use crate::model::failure::Disposition;
use crate::model::name::EngineName;
use crate::model::notice::Notice;
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;

/// Where messages of these tests come from.
pub(in crate::notify) const FROM: From<'static> =
    From { host: Some("nas"), instance: "default", channel: "phone" };

fn item(notice: Notice, event: Event, ill: Option<(i64, usize)>) -> Item {
    Item { notice, event, ill }
}

/// A message of a stack that failed, of one that recovered, and of an engine.
pub(in crate::notify) fn message() -> Message {
    let trouble = Trouble {
        error: "cannot pull `db:17`".to_owned(),
        causes: vec!["no \"such\" tag".to_owned()],
        excerpt: None,
        hint: Some("check the name".to_owned()),
        disposition: Disposition::WaitForChange,
    };
    let failed = Outcome::Failed { trouble, done: 1, left: Vec::new() };
    let revision = Revision::Commit("0123456789abcdef0123456789abcdef01234567".to_owned());
    let of_run = |name: &str, outcome: &Outcome| {
        let stack = ProjectName::parse(name).unwrap();
        Notice::of_run(1_700_000_000, &stack, (Some(7), Some(revision.clone())), outcome).unwrap()
    };
    let engine = Notice {
        at: 1_700_000_100,
        about: About::Engine(EngineName::parse("local").unwrap()),
        event: Event::Engine,
        run: None,
        revision: None,
        words: "was restarted: it did not answer for 60 s".to_owned(),
        problem: None,
    };
    Message {
        items: vec![
            item(of_run("shop", &failed), Event::Failed, Some((1_699_990_000, 3))),
            item(
                of_run("blog", &Outcome::Changed { operations: 2 }),
                Event::Recovered,
                Some((1_699_990_000, 1)),
            ),
            item(engine, Event::Engine, Some((1_700_000_100, 1))),
        ],
        more: 0,
    }
}

#[test]
fn a_message_is_short_words_and_a_value_with_everything() {
    let value = value(&FROM, &message());
    insta::assert_snapshot!(value["title"].as_str().unwrap(), @"nas: 1 failed, 1 in trouble, 1 recovered");
    insta::assert_snapshot!(value["text"].as_str().unwrap(), @r#"
    shop: failed after 1 operation: cannot pull `db:17`: no "such" tag (check the name) [3 times since 2023-11-14T19:26:40Z]
    blog: recovered, changed, 2 operations
    engine local: was restarted: it did not answer for 60 s
    "#);
    insta::assert_snapshot!(format!("{:#}", value["notices"][0]), @r#"
    {
      "event": "failed",
      "about": "shop",
      "stack": "shop",
      "source": null,
      "engine": null,
      "at": 1700000000,
      "time": "2023-11-14T22:13:20Z",
      "run": 7,
      "revision": "0123456789abcdef0123456789abcdef01234567",
      "words": "failed after 1 operation",
      "error": "cannot pull `db:17`",
      "causes": [
        "no \"such\" tag"
      ],
      "hint": "check the name",
      "ill_since": "2023-11-14T19:26:40Z",
      "times": 3
    }
    "#);
    assert_eq!(value["severity"], "failure");
}

#[test]
fn a_message_of_one_thing_names_it_in_its_title() {
    let mut one = message();
    one.items.truncate(1);
    assert_eq!(value(&FROM, &one)["title"], "nas: shop failed");
    assert_eq!(value(&From { host: None, ..FROM }, &one)["title"], "shop failed");
    one.more = 3;
    assert_eq!(value(&FROM, &one)["title"], "nas: 1 failed, 3 more");
}

#[test]
fn a_run_that_a_person_stopped_is_not_told() {
    let stack = ProjectName::parse("shop").unwrap();
    let outcome = Outcome::Cancelled { done: 1, left: Vec::new() };
    assert_eq!(Notice::of_run(0, &stack, (None, None), &outcome), None);
}
