//! An engine that is well, with a container that is not; networks; another engine in its place.

use super::scene::{Scene, identity};
use crate::heal::{Ailment, State};

fn check(prepare: impl FnOnce(&mut Scene), seconds: u64) -> String {
    let mut scene = Scene::well();
    prepare(&mut scene);
    scene.ask_after(5);
    scene.watch(seconds)
}

#[test]
fn one_odd_look_is_not_enough() {
    let mut scene = Scene::well();
    scene.ails("web", Ailment::Ghost);
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::Suspect);
    scene.facts.ailing.clear();
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::Healthy);
}

#[test]
fn each_ailment_has_its_treatment() {
    insta::assert_snapshot!(check(|scene| scene.ails("web", Ailment::Ghost), 10), @r"
    0 suspect
    5 container-bad
    5: restart container `web`, whose process is gone
    ");
    insta::assert_snapshot!(check(|scene| scene.ails("web", Ailment::Orphan), 10), @r"
    0 suspect
    5 container-bad
    5: end the process of container `web`, which Docker forgot
    ");
    insta::assert_snapshot!(check(|scene| scene.ails("web", Ailment::Stuck), 10), @r"
    0 suspect
    5 container-bad
    5: collect evidence
    10: kill the parent of container `web`, which does not answer
    ");
}

#[test]
fn what_docker_forgot_ends_before_anything_else_is_touched() {
    let both = |scene: &mut Scene| {
        scene.ails("web", Ailment::Ghost);
        scene.ails("db", Ailment::Orphan);
    };
    insta::assert_snapshot!(check(both, 40), @r"
    0 suspect
    5 container-bad
    5: end the process of container `db`, which Docker forgot
    35: restart container `web`, whose process is gone
    ");
}

#[test]
fn runs_wait_while_a_forgotten_process_is_there() {
    let mut scene = Scene::well();
    assert!(!scene.look().hold_runs);
    scene.ails("db", Ailment::Orphan);
    scene.ask_after(5);
    assert!(scene.look().hold_runs);
}

#[test]
fn a_container_that_stays_ill_is_treated_five_times_an_hour_and_docker_not_at_all() {
    let hour = check(|scene| scene.ails("web", Ailment::Ghost), 3500);
    assert_eq!(hour.matches("restart container").count(), 5, "{hour}");
    assert!(!hour.contains("gave-up"), "{hour}");
}

#[test]
fn lost_networks_take_an_orderly_restart() {
    let lost = |scene: &mut Scene| {
        scene.facts.survey.as_mut().unwrap().network_lost = vec!["docker0".into()];
    };
    insta::assert_snapshot!(check(lost, 10), @r"
    0 suspect
    5 network-lost
    5: restart Docker
    ");
}

#[test]
fn who_hears_of_a_remedy_hears_of_the_recovery() {
    let mut scene = Scene::well();
    let lost = |scene: &mut Scene, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        scene.facts.survey.as_mut().unwrap().network_lost = names;
    };
    lost(&mut scene, &["docker0"]);
    scene.ask_after(5);
    let mut told = Vec::new();
    scene.watch_with(60, |scene, verdict| {
        let loud = verdict.notes.iter().filter(|note| note.loud);
        told.extend(loud.map(|note| note.text.clone()));
        if verdict.remedy.is_some() {
            lost(scene, &[]);
            scene.up();
        }
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    restart Docker
    well again after 5 s
    ");
}

#[test]
fn another_engine_in_its_place_holds_everything() {
    let changes: [fn(&mut crate::heal::Identity); 4] = [
        |identity| identity.driver = "vfs".into(),
        |identity| identity.root = "/mnt/docker".into(),
        |identity| identity.mount = "/ 0:30".into(),
        |identity| identity.id = "NEW".into(),
    ];
    for change in changes {
        let mut scene = Scene::well();
        let mut other = identity();
        change(&mut other);
        scene.facts.survey.as_mut().unwrap().identity = Some(other);
        scene.ask_after(5);
        let verdict = scene.look();
        assert_eq!((verdict.state, verdict.hold_runs), (State::HostBad, true), "{}", verdict.why);
        assert!(!scene.watch(1000).contains(':'));
        scene.memory.accept_engine();
        scene.ask_after(5);
        assert_eq!(scene.look().state, State::Healthy);
    }
}

#[test]
fn the_engine_that_comes_back_is_known_again() {
    let mut scene = Scene::well();
    let mut other = identity();
    other.mount = "none".into();
    scene.facts.survey.as_mut().unwrap().identity = Some(other);
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::HostBad);
    scene.facts.survey.as_mut().unwrap().identity = Some(identity());
    scene.ask_after(5);
    assert_eq!(scene.look().state, State::Healthy);
}
