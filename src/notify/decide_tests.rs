use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;
use crate::model::channel::{Address, ChannelKind};
use crate::model::name::{EngineName, ProjectName};
use crate::model::secret::Secret;
use crate::model::snapshot::ProblemNow;

fn channel(events: &[Event], stacks: &[&str]) -> Channel {
    Channel {
        name: "phone".to_owned(),
        kind: ChannelKind::Webhook,
        address: Address::Url(Secret::new(Vec::new())),
        secret_file: None,
        template: None,
        content_type: "application/json".to_owned(),
        events: events.iter().copied().collect::<BTreeSet<_>>(),
        stacks: stacks.iter().map(|name| ProjectName::parse(*name).unwrap()).collect(),
    }
}

/// A notice from its second, its stack, a word, and a revision or an error.
fn notice(line: &str) -> Notice {
    let mut words = line.split_whitespace();
    let at: i64 = words.next().unwrap().parse().unwrap();
    let about = match words.next().unwrap() {
        "DOCKER" => About::Docker(EngineName::parse("local").unwrap()),
        stack => About::Stack(ProjectName::parse(stack).unwrap()),
    };
    let word = words.next().unwrap();
    let event = Event::ALL.into_iter().find(|event| event.word() == word).unwrap();
    let rest = words.next().map(str::to_owned);
    let error = rest.clone().filter(|_| event == Event::Failed);
    let problem = error.map(|error| ProblemNow { error, causes: Vec::new(), hint: None });
    let revision = rest.filter(|_| event != Event::Failed).map(Revision::Commit);
    Notice { at, about, event, run: None, revision, words: String::new(), problem }
}

/// The messages that come of notices, each with its second.
fn told(channel: &Channel, script: &str) -> String {
    told_after(channel, None, script)
}

/// The same, where people heard of something before.
fn told_after(channel: &Channel, before: Option<&str>, script: &str) -> String {
    let mut memory = Memory::new(Duration::from_secs(10));
    if let Some(before) = before {
        memory.remember(channel, &notice(before));
    }
    let mut out = String::new();
    let mut notices: Vec<Notice> = script.lines().map(notice).collect();
    notices.reverse();
    for second in 0..20_000 {
        let now = Duration::from_secs(second);
        while notices.last().is_some_and(|next| next.at == i64::try_from(second).unwrap()) {
            memory.hear(channel, now, notices.pop().unwrap());
        }
        if let Some(message) = memory.take(now) {
            let items = message.items.iter().map(|item| {
                let ill = item.ill.map(|(since, times)| format!(" ({times} since {since})"));
                format!("{} {}{}", item.notice.about, item.event.word(), ill.unwrap_or_default())
            });
            let items: Vec<_> = items.collect();
            let more = if message.more > 0 { format!(" +{}", message.more) } else { String::new() };
            writeln!(out, "{second}: {}{more}", items.join(", ")).unwrap();
        }
    }
    out
}

fn all(script: &str) -> String {
    told(&channel(&Event::ALL, &[]), script)
}

#[test]
fn what_happens_together_is_one_message() {
    insta::assert_snapshot!(all("0 shop failed e\n3 blog changed\n9 wiki changed\n40 wiki changed"), @"
    10: shop failed (1 since 0), blog changed, wiki changed
    50: wiki changed
    ");
}

#[test]
fn a_failure_is_told_once_until_it_is_another_one() {
    insta::assert_snapshot!(all("0 shop failed e\n60 shop failed e\n900 shop failed e\n1800 shop failed f\n2000 shop failed f"), @"
    10: shop failed (1 since 0)
    1810: shop failed (4 since 0)
    ");
}

#[test]
fn a_revision_that_is_held_back_is_told_once() {
    insta::assert_snapshot!(all("0 shop rolled-back abc\n60 shop rolled-back abc\n900 shop rolled-back def"), @"
    10: shop rolled-back (1 since 0)
    910: shop rolled-back (3 since 0)
    ");
}

#[test]
fn who_heard_of_a_failure_hears_that_it_is_over() {
    insta::assert_snapshot!(all("0 shop failed e\n300 shop failed e\n900 shop recovered\n960 shop recovered"), @"
    10: shop failed (1 since 0)
    910: shop recovered (2 since 0)
    ");
    insta::assert_snapshot!(all("0 shop failed e\n900 shop changed\n1900 shop changed"), @"
    10: shop failed (1 since 0)
    910: shop recovered (1 since 0)
    1910: shop changed
    ");
}

#[test]
fn what_is_over_before_anybody_heard_of_it_is_not_told() {
    insta::assert_snapshot!(all("0 shop failed e\n5 shop recovered"), @"");
    insta::assert_snapshot!(all("0 shop failed e\n5 shop changed"), @"10: shop changed");
    insta::assert_snapshot!(all("0 shop recovered"), @"");
}

#[test]
fn people_are_never_left_with_a_wrong_belief() {
    // The second failure was never told; that the first is over, is.
    insta::assert_snapshot!(all("0 shop failed e\n100 shop failed f\n105 shop recovered"), @"
    10: shop failed (1 since 0)
    110: shop recovered (2 since 0)
    ");
    // Well and ill again before the recovery was told.
    insta::assert_snapshot!(all("0 shop failed e\n100 shop recovered\n102 shop failed e\n105 shop recovered"), @"
    10: shop failed (1 since 0)
    110: shop recovered (1 since 102)
    ");
}

#[test]
fn what_people_heard_before_a_restart_is_not_told_again_and_that_it_is_over_is() {
    let check = |script| told_after(&channel(&Event::ALL, &[]), Some("0 shop failed e"), script);
    insta::assert_snapshot!(check("5 shop failed e"), @"");
    insta::assert_snapshot!(check("5 shop failed f"), @"15: shop failed (2 since 0)");
    insta::assert_snapshot!(check("5 shop failed e\n50 shop recovered"), @"60: shop recovered (2 since 0)");
    let deaf = channel(&[Event::Recovered], &[]);
    insta::assert_snapshot!(told_after(&deaf, Some("0 shop failed e"), "5 shop recovered"), @"");
}

#[test]
fn a_channel_hears_only_what_it_wants_to() {
    let quiet = channel(&[Event::Failed], &[]);
    insta::assert_snapshot!(told(&quiet, "0 shop changed\n100 shop failed e\n300 shop recovered"), @"110: shop failed (1 since 100)");
    let one = channel(&Event::ALL, &["blog"]);
    insta::assert_snapshot!(told(&one, "0 shop failed e\n100 blog failed e"), @"110: blog failed (1 since 100)");
    let mostly = channel(&[Event::Failed, Event::Recovered], &[]);
    insta::assert_snapshot!(told(&mostly, "0 shop rolled-back a\n100 shop recovered"), @"");
}

#[test]
fn where_message_follows_message_the_time_of_collecting_grows() {
    let flapping: Vec<String> = (0..400)
        .map(|minute| {
            let word = if minute % 2 == 0 { "failed e" } else { "recovered" };
            format!("{} shop {word}", minute * 30)
        })
        .collect();
    let told = all(&flapping.join("\n"));
    // Four hundred notices.
    let messages = told.lines().count();
    assert!((3..60).contains(&messages), "{told}");
}

#[test]
fn a_message_does_not_grow_without_end() {
    let many: Vec<String> = (0..80).map(|number| format!("0 s{number} failed e")).collect();
    let told = all(&many.join("\n"));
    assert!(told.lines().count() == 1 && told.trim_end().ends_with(" +30"), "{told}");
}

#[test]
fn an_illness_of_docker_that_was_over_soon_is_told_with_its_recovery() {
    let script = "1 DOCKER engine\n2 DOCKER engine\n5 DOCKER recovered";
    insta::assert_snapshot!(told(&channel(&Event::ALL, &[]), script), @"11: Docker of local recovered (2 since 1)");
    let script = "1 shop failed error\n5 shop recovered";
    insta::assert_snapshot!(told(&channel(&Event::ALL, &[]), script), @"");
}
