//! Limits, and what of them outlives a restart.

use std::time::Duration;

use super::scene::Scene;
use crate::heal::{Active, Ledger, Memory, Now, Remedy, Reply, Up};

fn at(boot: &str, up: u64, wall: i64) -> Now {
    Now { up: Up::seconds(up), wall, boot: boot.into() }
}

#[test]
fn a_restart_of_conductor_does_not_renew_the_budget() {
    let mut scene = Scene::well();
    scene.down(Active::Failed, "signal");
    let _used = scene.watch(600);
    let kept = serde_json::to_string(&scene.memory).unwrap();
    scene.memory = serde_json::from_str::<Memory>(&kept).unwrap();
    let now = scene.facts.now.clone();
    scene.memory.resume(&now);
    assert_eq!(scene.watch(600), "");
    assert_eq!(scene.memory.ledger().of_engine(Duration::from_hours(1), &now), 3);
}

#[test]
fn a_conductor_that_was_killed_in_the_middle_awaits_the_effect_before_the_next_remedy() {
    let mut scene = Scene::well();
    scene.replies = [Reply::TimedOut; 3];
    let mut begun = None;
    while begun != Some(Remedy::Kill) {
        scene.ask_after(5);
        begun = scene.look().remedy;
        let now = scene.facts.now.clone();
        if begun == Some(Remedy::Evidence) {
            scene.memory.ended(&now);
        }
    }
    assert_eq!(scene.watch(60), "", "nothing else while one is under way");
    let kept = serde_json::to_string(&scene.memory).unwrap();
    scene.memory = serde_json::from_str::<Memory>(&kept).unwrap();
    let now = scene.facts.now.clone();
    scene.memory.resume(&now);
    assert_eq!(scene.watch(175), "");
    insta::assert_snapshot!(scene.watch(10), @"0: kill Docker's main process");
}

#[test]
fn a_reboot_of_the_machine_does_not_renew_the_budget() {
    let mut ledger = Ledger::default();
    for minute in 0..6 {
        ledger.note(Remedy::Start, &at("one", 3600 + minute * 60, 1_000_000));
    }
    assert!(ledger.allows(&Remedy::Kill, &at("two", 60, 1_000_300)).is_err());
    assert!(ledger.allows(&Remedy::Kill, &at("two", 60, 1_010_000)).is_ok());
}

#[test]
fn a_clock_that_went_back_gives_no_new_budget() {
    let mut ledger = Ledger::default();
    for minute in 0..6 {
        ledger.note(Remedy::Start, &at("one", 3600 + minute * 60, 1_000_000));
    }
    assert!(ledger.allows(&Remedy::Kill, &at("two", 60, 0)).is_err(), "1970");
    assert!(ledger.allows(&Remedy::Kill, &at("one", 4000, 9_000_000)).is_err(), "years later");
    assert!(ledger.allows(&Remedy::Kill, &at("two", 4000, 0)).is_ok(), "up for more than an hour");
}

#[test]
fn every_step_has_its_limit_within_an_hour() {
    let remedies = [
        (Remedy::Start, 6),
        (Remedy::Restart, 3),
        (Remedy::Kill, 3),
        (Remedy::KillContainerd, 2),
        (Remedy::RemovePidFile, 2),
        (Remedy::Rebuild, 1),
    ];
    for (remedy, limit) in remedies {
        let mut ledger = Ledger::default();
        for second in 0..3500 {
            let now = at("one", 10_000 + second, 0);
            if ledger.allows(&remedy, &now).is_ok() {
                ledger.note(remedy.clone(), &now);
            }
        }
        assert_eq!(ledger.entries().len(), limit, "{remedy:?}");
    }
}

#[test]
fn a_person_can_let_it_begin_anew() {
    let mut scene = Scene::well();
    scene.down(Active::Failed, "signal");
    let _used = scene.watch(600);
    scene.memory.forgive();
    assert!(scene.watch(20).contains("crashed"));
}

#[test]
fn an_unreadable_or_older_memory_is_filled_up() {
    let memory: Memory = serde_json::from_str(r#"{"ledger": {"entries": []}}"#).unwrap();
    assert_eq!(memory, Memory::default());
}

#[test]
fn ten_minutes_of_health_forget_what_was_given_up() {
    let mut scene = Scene::well();
    scene.down(Active::Failed, "signal");
    let _used = scene.watch(600);
    scene.up();
    let _well = scene.watch(700);
    assert_eq!(scene.memory.gave_up, None);
}
