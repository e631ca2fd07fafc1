//! Containers that the engine could not remove.

use crate::model::observed::ContainerState;

use super::super::{Action, plan};
use super::shown;
use super::stack::stack;
use super::world::{World, options};

/// A project whose containers of this name are dead.
fn dead(text: &str, name: &str) -> World {
    let mut world = World::with(&stack(text));
    world.container(name).state = ContainerState::Dead;
    world
}

/// The same after a run in which the engine did not remove it.
fn set_aside(text: &str, name: &str) -> World {
    let (mut world, desired) = (dead(text, name), stack(text));
    let plan = plan(&desired, &world.observed, &options()).unwrap();
    let is_optional =
        |action: &Action| matches!(action, Action::RemoveContainer { broken: true, .. });
    for operation in plan.operations.iter().filter(|next| !is_optional(&next.action)) {
        world.apply(&desired, operation).unwrap();
    }
    world
}

#[test]
fn a_dead_container_gives_its_name_away_and_is_removed_behind_everything_else() {
    insta::assert_snapshot!(shown(&dead("web", "p-web-1"), "web"), @r"
        create   000000000002_p-web-1                  broken
        rename   p-web-1 to p-web-1_dead_000000000002  broken
        rename   000000000002_p-web-1 to p-web-1       broken
        start    p-web-1                               just created
        remove   p-web-1_dead_000000000002             broken
        wait     web up                                must be up
        ");
}

#[test]
fn one_that_cannot_be_removed_counts_as_nobodys_and_is_tried_again_now_and_then() {
    let mut world = set_aside("web", "p-web-1");
    insta::assert_snapshot!(shown(&world, "web"), @"remove   p-web-1_dead_000000000002  broken");
    let wreck = world.container("p-web-1_dead_000000000002");
    wreck.details.get_or_insert_default().error = "device or resource busy".to_owned();
    let now = options().now;
    let tries = |seconds: i64| [("p-web-1_dead_000000000002".to_owned(), vec![now - seconds])];
    world.observed.memory.heals = tries(60).into();
    insta::assert_snapshot!(shown(&world, "web"), @"note: container `p-web-1_dead_000000000002` cannot be removed, and was set aside; it is tried again: device or resource busy");
    world.observed.memory.heals = tries(3_600).into();
    insta::assert_snapshot!(shown(&world, "web"), @"remove   p-web-1_dead_000000000002  broken");
}

#[test]
fn a_dead_container_whose_service_is_gone_stands_in_nobodys_way() {
    let world = dead("web\nold", "p-old-1");
    insta::assert_snapshot!(shown(&world, "web\nprune"), @r"
        rename   p-old-1 to p-old-1_dead_000000000002  no longer declared
        remove   p-old-1_dead_000000000002             broken
        ");
    let mut world = set_aside("web\nold", "p-old-1");
    world.container("p-old-1").state = ContainerState::Dead;
    assert!(world.container("p-old-1_dead_000000000002").is_wreck());
    insta::assert_snapshot!(shown(&world, "web\nprune"), @r"
        rename   p-old-1 to p-old-1_dead_000000000006  no longer declared
        remove   p-old-1_dead_000000000002             broken
        remove   p-old-1_dead_000000000006             broken
        ");
}

#[test]
fn one_that_was_set_aside_does_not_keep_new_ones_from_its_place() {
    let mut world = set_aside("web anon=/a", "p-web-1");
    let volumes = |world: &mut World, name: &str| world.container(name).mounts.clone();
    let kept = volumes(&mut world, "p-web-1_dead_000000000002");
    assert_eq!(volumes(&mut world, "p-web-1"), kept, "volumes without a name are taken over");
    let (desired, number) = (stack("web anon=/a"), world.observed.containers.len());
    let next = plan(&desired, &world.observed, &options()).unwrap();
    world.carry_out(&desired, &next);
    assert_eq!(world.observed.containers.len(), number - 1, "it is gone once it can be");
    assert_eq!(shown(&world, "web anon=/a"), "nothing\n");
}
