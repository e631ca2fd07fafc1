//! An engine that ends, once or again and again.

use super::scene::Scene;
use crate::heal::{Active, Blocker, Canary, Remedy, State};

fn check(prepare: impl FnOnce(&mut Scene), seconds: u64) -> String {
    let mut scene = Scene::well();
    prepare(&mut scene);
    scene.watch(seconds)
}

fn looped(blocker: Blocker) -> String {
    check(|scene| scene.looped(Some(blocker)), 5)
}

#[test]
fn a_clean_end_that_nobody_asked_for_is_started_after_ten_seconds() {
    let ended = |scene: &mut Scene| scene.down(Active::Inactive, "success");
    insta::assert_snapshot!(check(ended, 20), @r"
    0 crashed
    10: start Docker
    ");
}

#[test]
fn what_the_manager_starts_again_is_left_to_it() {
    let restarting = |scene: &mut Scene| {
        scene.down(Active::Activating, "signal");
        scene.docker().restarting = true;
    };
    insta::assert_snapshot!(check(restarting, 100), @"0 crashed");
}

#[test]
fn a_start_that_helps_ends_it() {
    let mut scene = Scene::well();
    scene.down(Active::Failed, "signal");
    let watched = scene.watch_with(60, |scene, verdict| {
        if verdict.remedy.is_some() {
            scene.up();
        }
    });
    insta::assert_snapshot!(watched, @r"
    0 crashed
    10: start Docker
    15 starting
    20 healthy
    ");
}

#[test]
fn starts_that_do_not_help_come_to_an_end() {
    let ended = |scene: &mut Scene| scene.down(Active::Failed, "signal");
    insta::assert_snapshot!(check(ended, 600), @r"
    0 crashed
    10: start Docker
    40: start Docker
    70: start Docker
    80 gave-up
    ");
}

#[test]
fn what_was_given_up_is_tried_again_each_hour_as_far_as_the_days_budget_reaches() {
    let mut scene = Scene::well();
    scene.down(Active::Failed, "signal");
    let _given_up = scene.watch(600);
    insta::assert_snapshot!(scene.watch(3000), @"");
    let day = scene.watch(77_000);
    assert_eq!(day.matches("start Docker").count(), 9, "{day}"); // Three before, twelve in a day.
}

#[test]
fn each_damaged_file_is_moved_aside_after_evidence() {
    insta::assert_snapshot!(looped(Blocker::NetworkDatabase), @r"
    0 crash-loop
    0: collect evidence
    5: move the database of networks aside and start Docker
    ");
    insta::assert_snapshot!(looped(Blocker::VolumeDatabase), @r"
    0 crash-loop
    0: collect evidence
    5: move the database of volumes aside and start Docker
    ");
    insta::assert_snapshot!(looped(Blocker::ImageNames), @r"
    0 crash-loop
    0: collect evidence
    5: move the list of image names aside and start Docker
    ");
    insta::assert_snapshot!(looped(Blocker::ContainerdDatabase), @r"
    0 crash-loop
    0: collect evidence
    5: move containerd's database aside and start Docker
    ");
}

#[test]
fn a_stale_pid_file_is_removed() {
    insta::assert_snapshot!(looped(Blocker::StalePid), @r"
    0 crash-loop
    0: remove the stale pid file and start Docker
    ");
}

#[test]
fn what_only_a_person_can_mend_is_told_and_left() {
    for blocker in [Blocker::Configuration, Blocker::AlreadyRunning] {
        let mut scene = Scene::well();
        scene.looped(Some(blocker.clone()));
        let watched = scene.watch(90_000);
        assert!(!watched.contains(':'), "{blocker:?}: {watched}");
        assert_eq!(scene.look().state, State::CrashLoop);
        assert!(scene.look().held.is_some());
    }
}

#[test]
fn a_disk_that_keeps_it_from_starting_is_the_machines_trouble() {
    for blocker in [Blocker::NoSpace, Blocker::ReadOnly, Blocker::StorageDriver] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(looped(blocker), @"0 host-bad");
        }
    }
}

#[test]
fn no_remedy_is_used_on_a_full_or_failing_disk() {
    for canary in [Canary::NoSpace, Canary::ReadOnly, Canary::Failed, Canary::Blocked] {
        for blocker in [None, Some(Blocker::NetworkDatabase), Some(Blocker::StalePid)] {
            let broken = |scene: &mut Scene| {
                scene.looped(blocker);
                scene.facts.host.disk.as_mut().unwrap().canary = canary;
            };
            insta::allow_duplicates! {
                insta::assert_snapshot!(check(broken, 5000), @"0 host-bad");
            }
        }
    }
}

#[test]
fn every_way_in_which_a_disk_is_bad_holds_the_remedies() {
    let bad: [fn(&mut crate::heal::Disk); 5] = [
        |disk| disk.free = 100 << 20,
        |disk| disk.inodes_free = 2,
        |disk| disk.errors = true,
        |disk| disk.mounted = false,
        |disk| (disk.free, disk.size) = (900 << 20, 1 << 40),
    ];
    for make in bad {
        let broken = |scene: &mut Scene| {
            scene.down(Active::Failed, "exit-code");
            make(scene.facts.host.disk.as_mut().unwrap());
        };
        insta::allow_duplicates! {
            insta::assert_snapshot!(check(broken, 1000), @"0 host-bad");
        }
    }
}

#[test]
fn cgroups_that_take_no_writes_are_the_machines_trouble_though_everything_answers() {
    let closed = |scene: &mut Scene| {
        scene.facts.host.closed_cgroups = Some("/sys/fs/cgroup/memory".to_owned());
    };
    insta::assert_snapshot!(check(closed, 1000), @"0 host-bad");
}

#[test]
fn before_the_disk_was_looked_at_nothing_is_done() {
    let unknown = |scene: &mut Scene| {
        scene.down(Active::Failed, "signal");
        scene.facts.host.disk = None;
    };
    insta::assert_snapshot!(check(unknown, 1000), @"0 crashed");
}

#[test]
fn a_rebuild_is_for_those_who_allow_it_and_comes_last() {
    let unknown = Blocker::Unknown("failed to start daemon: something new".into());
    let without = check(|scene| scene.looped(Some(unknown.clone())), 400);
    assert!(!without.contains("rebuild"), "{without}");
    let allowed = |scene: &mut Scene| {
        scene.policy.allow_rebuild = true;
        scene.looped(Some(unknown));
    };
    insta::assert_snapshot!(check(allowed, 400), @r"
    0 crash-loop
    0: start Docker
    30: start Docker
    35: collect evidence
    40: rebuild Docker's data from git and registries
    50 gave-up
    ");
}

#[test]
fn a_damaged_file_that_is_back_leads_on_to_the_rebuild_and_not_in_circles() {
    let allowed = |scene: &mut Scene| {
        scene.policy.allow_rebuild = true;
        scene.looped(Some(Blocker::NetworkDatabase));
    };
    let watched = check(allowed, 3000);
    assert!(watched.ends_with("gave-up\n"), "{watched}");
    assert_eq!(watched.matches("aside").count(), 1, "{watched}");
    assert_eq!(watched.matches("rebuild").count(), 1, "{watched}");
}

#[test]
fn an_engine_that_the_kernel_holds_is_rebooted_only_by_leave() {
    let held = |scene: &mut Scene| {
        scene.facts.host.unkillable = Some(std::time::Duration::from_mins(2));
    };
    insta::assert_snapshot!(check(held, 1000), @"0 host-bad");
    let allowed = |scene: &mut Scene| {
        scene.policy.allow_reboot = true;
        held(scene);
    };
    insta::assert_snapshot!(check(allowed, 1000), @r"
    0 host-bad
    0: collect evidence
    5: restart the machine
    ");
}

#[test]
fn a_reboot_is_no_remedy_right_after_a_boot() {
    let mut scene = Scene::well();
    scene.policy.allow_reboot = true;
    scene.facts.host.unkillable = Some(std::time::Duration::from_mins(2));
    scene.facts.now.boot = "two".into();
    scene.facts.now.up = crate::heal::Up::seconds(300);
    let watched = scene.watch(500);
    assert!(!watched.contains("restart the machine"), "{watched}");
}

#[test]
fn while_docker_is_down_its_socket_is_not_touched() {
    for active in [Active::Inactive, Active::Failed, Active::Activating, Active::Deactivating] {
        let mut scene = Scene::well();
        scene.down(active, "success");
        assert!(!scene.look().may_connect, "{active:?}");
        assert!(scene.look().hold_runs, "{active:?}");
    }
}

#[test]
fn observing_says_what_it_would_do_and_does_nothing() {
    let mut scene = Scene::well();
    scene.policy.mode = crate::heal::Mode::Observe;
    scene.down(Active::Failed, "signal");
    for _look in 0..100 {
        scene.ask_after(5);
        let verdict = scene.look();
        assert_eq!(verdict.remedy, None);
    }
    assert_eq!(scene.look().would, Some(Remedy::Start));
    assert!(scene.memory.ledger().entries().is_empty());
}

#[test]
fn a_crash_that_is_over_before_anybody_looks_is_an_incident_all_the_same() {
    let mut scene = Scene::well();
    scene.up();
    scene.docker().restarts = 1;
    scene.ask_after(5);
    let mut notes = Vec::new();
    let _well = scene.watch_with(30, |_scene, verdict| {
        notes.extend(verdict.notes.iter().map(|note| note.text.clone()));
    });
    insta::assert_snapshot!(notes.join("\n"), @r"
    crashed: it ended, and is started again by its manager
    well again after 0 s
    ");
}
