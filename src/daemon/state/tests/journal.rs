//! What the journal hears of requests, and what is told of the journal.

use std::time::Duration;

use super::made::{request, sync};
use super::world::World;
use crate::daemon::command::{Command, RequestId, Scope};
use crate::daemon::effect::Effect;
use crate::daemon::event::Event;
use crate::daemon::happening::What;
use crate::journal::Condition;

/// What is told of a request, or of its refusal.
fn told(command: Command) -> Vec<String> {
    let mut world = World::settled(&[("home", &["app"])], Duration::ZERO);
    let effects = world.state.handle(world.now, Event::Command(RequestId(7), request(command)));
    let line = |effect| {
        if let Effect::Tell(What::Accepted { trigger, caller, wants, stack, .. }) = effect {
            Some(format!("{wants} by {caller} ({trigger}) for {stack:?}"))
        } else if let Effect::Tell(What::Refused { caller, wants, why, .. }) = effect {
            Some(format!("{wants} by {caller}: {why}"))
        } else {
            None
        }
    };
    effects.into_iter().filter_map(line).collect()
}

#[test]
fn every_request_is_told_with_its_caller_whether_it_is_taken_or_not() {
    let stack = || "app".to_owned();
    let reason = Some("moving house".to_owned());
    let asked = [
        Command::Suspend { stack: stack(), reason },
        Command::Resume { stack: stack() },
        Command::RollBack { stack: "none".to_owned(), revision: None },
        Command::Plan(Scope::All),
        Command::Reload,
    ];
    let mut lines: Vec<String> = asked.into_iter().flat_map(told).collect();
    lines.extend(told(sync(Scope::Stacks(vec![stack()])).command));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    suspend app: moving house by alice (api) for Some(ProjectName("app"))
    resume app by alice (api) for Some(ProjectName("app"))
    rollback of none by alice: no stack `none`
    plan of everything by alice (api) for None
    reload by alice (api) for None
    sync of app by alice (api) for Some(ProjectName("app"))
    "#);
}

#[test]
fn people_hear_once_of_a_full_disk_once_of_room_and_of_each_journal_that_is_lost() {
    let mut world = World::settled(&[("home", &["app"])], Duration::ZERO);
    world.told.clear();
    let full =
        Condition { trouble: Some("no space".to_owned()), failures: 1, ..Condition::default() };
    world.event(Event::Journal(full.clone()));
    world.event(Event::Journal(Condition { failures: 9, ..full }));
    assert_eq!(world.state.snapshot().journal.as_deref(), Some("no space"));
    world.event(Event::Journal(Condition { failures: 9, ..Condition::default() }));
    let last_word = Some("a fresh one begins".to_owned());
    world.event(Event::Journal(Condition { set_aside: 1, failures: 10, last_word, trouble: None }));
    insta::assert_snapshot!(world.told.join("\n"), @r"
    journal: journal
    journal: recovered
    journal: journal
    ");
    let shown = world.state.snapshot();
    assert_eq!((shown.journal, shown.warnings.join("")), (None, "a fresh one begins".to_owned()));
    assert_eq!((shown.counters.journal_failures, shown.counters.journal_set_aside), (10, 1));
}
