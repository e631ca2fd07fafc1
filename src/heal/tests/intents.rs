//! What is down on purpose stays down.

use super::scene::Scene;
use crate::heal::{Active, Enabled, Mode, Pause, Restarts, Sight, System, Up};

/// What happens in twenty minutes to a Docker that is down cleanly.
fn down(prepare: impl FnOnce(&mut Scene)) -> String {
    let mut scene = Scene::well();
    scene.down(Active::Inactive, "success");
    prepare(&mut scene);
    scene.watch(1200)
}

#[test]
fn a_docker_that_a_person_stopped_stays_stopped() {
    insta::assert_snapshot!(down(|scene| scene.stop(false)), @"0 stopped");
}

#[test]
fn also_when_the_stop_took_so_long_that_it_was_killed() {
    let mut scene = Scene::well();
    scene.stop(false);
    scene.down(Active::Failed, "timeout");
    insta::assert_snapshot!(scene.watch(1200), @"0 stopped");
}

#[test]
fn a_stop_that_somebody_took_back_no_longer_counts() {
    let mut scene = Scene::well();
    scene.stop(false);
    scene.down(Active::Inactive, "success");
    scene.pass(30);
    scene.up();
    scene.pass(30);
    scene.down(Active::Failed, "signal");
    insta::assert_snapshot!(scene.watch(12), @r"
    0 crashed
    10: start Docker
    ");
}

#[test]
fn a_masked_unit_is_left_alone_even_if_it_failed() {
    for active in [Active::Inactive, Active::Failed] {
        let mut scene = Scene::well();
        scene.down(active, "exit-code");
        scene.docker().enabled = Enabled::Masked;
        insta::allow_duplicates! {
            insta::assert_snapshot!(scene.watch(1200), @"0 stopped");
        }
    }
}

#[test]
fn a_unit_that_starts_again_after_any_end_was_stopped_by_somebody() {
    insta::assert_snapshot!(down(|scene| scene.docker().policy = Restarts::Always), @"0 stopped");
}

#[test]
fn what_was_down_before_anybody_watched_may_be_meant_so() {
    let before = |scene: &mut Scene| scene.units().seen_since = Up::seconds(4000);
    insta::assert_snapshot!(down(before), @"0 stopped");
}

#[test]
fn soon_after_boot_an_enabled_unit_is_started_and_one_that_only_its_socket_starts() {
    let booted = |enabled: Enabled, socket: Enabled| {
        down(|scene| {
            scene.units().seen_since = Up::seconds(4000);
            scene.units().socket.as_mut().unwrap().enabled = socket;
            scene.facts.host.booted = std::time::Duration::from_mins(5);
            scene.docker().enabled = enabled;
        })
    };
    for (enabled, socket) in
        [(Enabled::Enabled, Enabled::Disabled), (Enabled::Disabled, Enabled::Enabled)]
    {
        insta::allow_duplicates! {
            insta::assert_snapshot!(booted(enabled, socket).lines().take(2).collect::<Vec<_>>().join("\n"), @r"
            0 crashed
            10: start Docker
            ");
        }
    }
    insta::assert_snapshot!(booted(Enabled::Disabled, Enabled::Disabled), @"0 stopped");
}

#[test]
fn a_queued_start_is_waited_for() {
    insta::assert_snapshot!(down(|scene| scene.docker().queued = true), @"0 starting");
}

#[test]
fn an_upgrade_has_ten_minutes_and_then_docker_is_started() {
    let upgraded = |scene: &mut Scene| scene.stop(true);
    insta::assert_snapshot!(down(upgraded).lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    0 upgrading
    600 crashed
    600: start Docker
    ");
    let unwanted = |scene: &mut Scene| {
        scene.stop(true);
        scene.policy.start_after_upgrade = false;
    };
    insta::assert_snapshot!(down(unwanted), @r"
    0 upgrading
    600 stopped
    ");
}

#[test]
fn while_packages_are_upgraded_nothing_is_started() {
    let upgrading = |scene: &mut Scene| {
        scene.stop(false);
        scene.facts.host.upgrading = true;
    };
    insta::assert_snapshot!(down(upgrading), @"0 upgrading");
    insta::assert_snapshot!(down(|scene| scene.facts.host.upgrading = true), @"0 upgrading");
}

#[test]
fn a_pause_holds_everything_until_it_ends() {
    let paused = |scene: &mut Scene| {
        scene.facts.host.pause = Some(Pause { by: "ann".into(), until: None });
    };
    insta::assert_snapshot!(down(paused), @"0 paused");
    let for_a_while = |scene: &mut Scene| {
        let until = Some(scene.facts.now.wall + 300);
        scene.facts.host.pause = Some(Pause { by: "ann".into(), until });
    };
    insta::assert_snapshot!(down(for_a_while).lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    0 paused
    300 crashed
    300: start Docker
    ");
}

#[test]
fn a_machine_that_goes_down_is_left_to_go_down() {
    insta::assert_snapshot!(down(|scene| scene.units().system = System::Stopping), @"0 shutting-down");
}

#[test]
fn without_the_bus_nothing_is_concluded() {
    insta::assert_snapshot!(down(|scene| scene.facts.sight = Sight::Blind), @"0 unknown");
    insta::assert_snapshot!(down(|scene| scene.units().docker = None), @"0 unknown");
    insta::assert_snapshot!(down(|scene| scene.units().system = System::Maintenance), @"0 unknown");
}

#[test]
fn who_does_not_want_to_be_watched_is_not() {
    insta::assert_snapshot!(down(|scene| scene.policy.mode = Mode::Off), @"0 unwatched");
}

#[test]
fn a_stop_by_a_remedy_that_was_cut_short_is_not_a_persons() {
    let mut scene = Scene::well();
    scene.looped(Some(crate::heal::Blocker::NetworkDatabase));
    while scene.memory.begun().is_none_or(|begun| !begun.remedy.stops()) {
        scene.ask_after(5);
        if scene.look().remedy == Some(crate::heal::Remedy::Evidence) {
            let now = scene.facts.now.clone();
            scene.memory.ended(&now);
        }
    }
    scene.stop(false);
    scene.down(Active::Inactive, "success");
    let now = scene.facts.now.clone();
    scene.memory.resume(&now);
    let watched = scene.watch(100);
    assert!(watched.contains("start Docker") && !watched.contains("stopped"), "{watched}");
}

#[test]
fn a_stop_long_after_a_remedy_of_ours_is_a_persons() {
    let mut scene = Scene::well();
    scene.looped(Some(crate::heal::Blocker::NetworkDatabase));
    let _moved = scene.watch(120);
    scene.up();
    let _well = scene.watch(60);
    scene.stop(false);
    scene.down(Active::Inactive, "success");
    insta::assert_snapshot!(scene.watch(600), @"0 stopped");
}
