//! What changed at the engine without a new revision.

use super::super::{Budget, plan};
use super::shown;
use super::stack::stack;
use super::world::{World, options};

#[test]
fn a_container_that_was_removed_is_made_again() {
    let mut world = World::with(&stack("web\ndb"));
    world.observed.containers.retain(|container| container.name != "p-db-1");
    insta::assert_snapshot!(shown(&world, "web\ndb"), @r"
        create   p-db-1  no container
        start    p-db-1  just created
        wait     db up   must be up
        ");
}

#[test]
fn a_container_that_ended_is_started_whatever_its_restart_policy_says() {
    for policy in ["web", "web once"] {
        let mut world = World::with(&stack(policy));
        world.exit("p-web-1", 137);
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&world, policy), @r"
            start    p-web-1  not running (exit code 137)
            wait     web up   must be up
            ");
        }
    }
}

#[test]
fn a_container_that_was_taken_out_of_a_network_joins_it_again() {
    let mut world = World::with(&stack("web on=a,b"));
    world.container("p-web-1").networks.remove("p_a");
    insta::assert_snapshot!(shown(&world, "web on=a,b"), @r"
        connect  p-web-1 to p_a  no longer on network a
        wait     web up          must be up
        ");
    world.bring(&stack("web on=a,b"));
    assert_eq!(shown(&world, "web on=a,b"), "nothing\n");
}

#[test]
fn what_a_person_stopped_stays_stopped() {
    let text = "web health\napp after=web:healthy";
    let mut world = World::with(&stack(text));
    world.exit("p-web-1", 0);
    world.exit("p-app-1", 1);
    let id = world.container("p-web-1").id.clone();
    world.observed.memory.stopped.insert(id);
    // Nobody waits for it either.
    insta::assert_snapshot!(shown(&world, text), @r"
        start    p-app-1  not running (exit code 1)
        wait     app up   must be up
        note: container `p-web-1` was stopped by a person; it stays so until the next revision or `conductor sync`
        ");
    world.observed.memory.stopped.clear();
    assert!(shown(&world, text).starts_with("start    p-web-1"));
}

#[test]
fn a_new_revision_replaces_what_a_person_stopped() {
    let mut world = World::with(&stack("web env.A=1"));
    world.exit("p-web-1", 0);
    let id = world.container("p-web-1").id.clone();
    world.observed.memory.stopped.insert(id);
    assert!(shown(&world, "web env.A=2").contains("start    p-web-1"));
}

#[test]
fn what_ends_again_and_again_is_left_alone_for_a_while() {
    let mut world = World::with(&stack("web"));
    world.exit("p-web-1", 1);
    let now = options().now;
    let times = (1..=5).map(|number| now - 10 * number).collect();
    world.observed.memory.heals.insert("p-web-1".to_owned(), times);
    insta::assert_snapshot!(shown(&world, "web"), @"note: container `p-web-1` ended again and again; it is left alone for another 550 s");
    let generous =
        super::super::Options { budget: Budget { starts: 6, ..Budget::default() }, ..options() };
    let plan = plan(&stack("web"), &world.observed, &generous).unwrap();
    assert!(plan.to_string().starts_with("start    p-web-1"));
}

#[test]
fn a_service_says_whether_it_is_a_one_shot() {
    let mut world = World::with(&stack("web once one_shot=false"));
    world.exit("p-web-1", 0);
    assert!(shown(&world, "web once one_shot=false").starts_with("start    p-web-1"));
    assert_eq!(shown(&world, "web once"), "nothing\n");
    let mut world = World::with(&stack("web one_shot=true"));
    world.exit("p-web-1", 0);
    assert_eq!(shown(&world, "web one_shot=true"), "nothing\n");
}

#[test]
fn a_one_shot_that_the_engine_ended_has_not_done_its_work() {
    let text = "web once";
    let mut world = World::with(&stack(text));
    world.exit("p-web-1", 0);
    assert_eq!(shown(&world, text), "nothing\n");
    let finished = world.container("p-web-1").details.clone().unwrap().finished_at;
    let finished: jiff::Timestamp = finished.parse().unwrap();
    for (later, expected) in [(-1, false), (0, true), (60, true), (300, true), (301, false)] {
        world.observed.engine_started = Some(finished.as_second() + later);
        let starts = shown(&world, text).starts_with("start    p-web-1");
        assert_eq!(starts, expected, "the engine started {later} s later");
    }
}
