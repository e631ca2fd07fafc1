//! An engine that runs and does not answer, and one that lost containerd.

use super::scene::{Scene, running};
use crate::heal::{Active, Reply, State};

use Reply::{Good, NoContainerd, TimedOut};

fn check(replies: [Reply; 3], prepare: impl FnOnce(&mut Scene), seconds: u64) -> String {
    let mut scene = Scene::well();
    scene.replies = replies;
    prepare(&mut scene);
    scene.ask_after(5);
    scene.watch(seconds)
}

#[test]
fn an_engine_that_does_not_answer_for_a_while_is_killed_after_evidence_was_kept() {
    insta::assert_snapshot!(check([TimedOut; 3], |_| (), 70), @r"
    0 suspect
    40 hung
    40: collect evidence
    45: kill Docker's main process
    ");
}

#[test]
fn a_listing_that_hangs_is_a_hang_too() {
    insta::assert_snapshot!(check([Good, TimedOut, Good], |_| (), 65), @r"
    0 suspect
    40 hung
    40: collect evidence
    45: kill Docker's main process
    ");
}

#[test]
fn a_busy_engine_has_three_minutes() {
    let busy = |scene: &mut Scene| scene.facts.host.pressure = 90;
    insta::assert_snapshot!(check([TimedOut; 3], busy, 175), @"0 suspect");
    insta::assert_snapshot!(check([TimedOut; 3], busy, 185), @r"
    0 suspect
    180 hung
    180: collect evidence
    185: kill Docker's main process
    ");
}

#[test]
fn patience_grows_with_the_pressure() {
    let patience = crate::heal::Patience::default();
    let under = |pressure| patience.under(pressure, patience.hung).as_secs();
    assert_eq!([0, 20, 50, 80, 100].map(under), [40, 40, 110, 180, 180]);
}

#[test]
fn an_engine_that_answers_now_and_then_is_not_hung() {
    let mut scene = Scene::well();
    for round in 0..200 {
        scene.replies = if round % 4 == 3 { [Good; 3] } else { [TimedOut; 3] };
        scene.ask_after(5);
        let verdict = scene.look();
        assert_eq!(verdict.remedy, None, "in round {round}");
    }
}

#[test]
fn nothing_is_killed_that_began_two_minutes_ago_and_was_not_well_since() {
    let young = |scene: &mut Scene| {
        let now = scene.facts.now.up;
        scene.docker().began = Some(now);
    };
    insta::assert_snapshot!(check([TimedOut; 3], young, 125), @r"
    0 starting
    40 hung
    115: collect evidence
    120: kill Docker's main process
    ");
}

#[test]
fn what_began_two_minutes_ago_and_was_well_since_is_no_start_any_more() {
    let young = |scene: &mut Scene| {
        let now = scene.facts.now.up;
        scene.docker().began = Some(now);
        scene.replies = [Good; 3];
        scene.pass(20);
        scene.replies = [TimedOut; 3];
    };
    insta::assert_snapshot!(check([TimedOut; 3], young, 60), @r"
    0 suspect
    40 hung
    40: collect evidence
    45: kill Docker's main process
    ");
}

#[test]
fn an_engine_that_the_kernel_holds_is_not_killed() {
    let mut scene = Scene::well();
    scene.replies = [TimedOut; 3];
    scene.ask_after(5);
    let mut held = 0;
    let watched = scene.watch_with(90, |scene, _verdict| {
        held += 5;
        scene.facts.host.unkillable = Some(std::time::Duration::from_secs(held));
    });
    insta::assert_snapshot!(watched, @r"
    0 suspect
    40 hung
    60 host-bad
    ");
}

#[test]
fn an_engine_that_stays_hung_is_killed_twice_and_then_given_up() {
    insta::assert_snapshot!(check([TimedOut; 3], |_| (), 1200), @r"
    0 suspect
    40 hung
    40: collect evidence
    45: kill Docker's main process
    225: kill Docker's main process
    410 gave-up
    ");
}

#[test]
fn a_containerd_that_hangs_is_killed_though_the_engine_answers() {
    insta::assert_snapshot!(check([Good, Good, TimedOut], |_| (), 60), @r"
    0 suspect
    30 runtime-bad
    30: collect evidence
    35: kill containerd's main process
    ");
}

#[test]
fn if_killing_containerd_does_not_help_docker_is_killed() {
    insta::assert_snapshot!(check([Good, Good, NoContainerd], |_| (), 400), @r"
    0 suspect
    30 runtime-bad
    30: collect evidence
    35: kill containerd's main process
    95: kill Docker's main process
    280 gave-up
    ");
}

#[test]
fn a_containerd_that_is_down_is_started() {
    let down = |scene: &mut Scene| {
        let containerd = scene.units().containerd.as_mut().unwrap();
        containerd.active = Active::Inactive;
    };
    insta::assert_snapshot!(check([Good, Good, NoContainerd], down, 50), @r"
    0 suspect
    30 runtime-bad
    30: start containerd
    ");
}

#[test]
fn an_engine_with_a_containerd_of_its_own_is_killed_for_it() {
    let own = |scene: &mut Scene| scene.units().containerd = None;
    insta::assert_snapshot!(check([Good, Good, NoContainerd], own, 50), @r"
    0 suspect
    30 runtime-bad
    30: collect evidence
    35: kill Docker's main process
    ");
}

#[test]
fn a_lost_socket_file_takes_a_restart_of_its_unit() {
    insta::assert_snapshot!(check([Reply::Missing; 3], |_| (), 10), @r"
    0 suspect
    5 socket-gone
    5: restart the unit of Docker's socket
    ");
    let own = |scene: &mut Scene| scene.units().socket = None;
    insta::assert_snapshot!(check([Reply::Missing; 3], own, 10), @r"
    0 suspect
    5 socket-gone
    5: restart Docker
    ");
}

#[test]
fn a_start_that_does_not_end_is_killed() {
    let mut scene = Scene::well();
    let now = scene.facts.now.up;
    scene.docker().active = Active::Activating;
    scene.docker().began = Some(now);
    insta::assert_snapshot!(scene.watch(610), @r"
    0 starting
    600 hung
    600: collect evidence
    605: kill Docker's main process
    ");
}

#[test]
fn an_answer_from_before_the_last_start_does_not_count() {
    let mut scene = Scene::well();
    scene.replies = [TimedOut; 3];
    scene.pass(55);
    scene.up();
    scene.replies = [Good; 3];
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::Starting);
    assert!(scene.watch(20).contains("healthy"));
}

#[test]
fn recovery_closes_the_incident() {
    let mut scene = Scene::well();
    scene.replies = [TimedOut; 3];
    scene.ask_after(5);
    let mut notes = Vec::new();
    let watched = scene.watch_with(120, |scene, verdict| {
        notes.extend(verdict.notes.iter().map(|note| note.text.clone()));
        if verdict.remedy == Some(crate::heal::Remedy::Kill) {
            scene.replies = [Good; 3];
            scene.up();
        }
    });
    assert!(watched.ends_with("healthy\n"), "{watched}");
    insta::assert_snapshot!(notes.join("\n"), @r"
    hung: `/_ping` has had no answer for 40 s
    collect evidence
    kill Docker's main process
    starting: it runs, and is being looked at
    helped within 5 s: kill Docker's main process
    healthy: everything answers
    well again after 15 s
    ");
    assert!(scene.memory.episode().is_none());
    assert!(running().is_active());
}
