//! What is waited for beside what a plan has started: the rest of the stack.

use super::stack::stack;
use super::world::{World, options};
use crate::model::observed::{ContainerState, HealthStatus};
use crate::plan::{plan, rest};

const STACK: &str = "web env.A=1\ndb health\njob ends";

/// Brings `STACK` with another variable up on this world, and tells what is waited for behind that.
fn check(before: &World, desired: &str) -> String {
    let desired = stack(desired);
    let plan = plan(&desired, &before.observed, &options()).unwrap();
    let mut now = before.clone();
    now.carry_out(&desired, &plan);
    rest(&desired, (&before.observed, &now.observed), &plan, &options()).to_string()
}

#[test]
fn a_service_that_was_left_alone_has_to_be_well_with_the_new_revision_too() {
    let world = World::with(&stack(STACK));
    insta::assert_snapshot!(check(&world, &STACK.replace("A=1", "A=2")), @"wait     db up  must be up");
}

#[test]
fn what_was_unwell_before_and_was_left_alone_is_not_held_against_the_new_revision() {
    let mut world = World::with(&stack(STACK));
    world.container("p-db-1").health = HealthStatus::Unhealthy;
    assert_eq!(check(&world, &STACK.replace("A=1", "A=2")), "");
}

#[test]
fn where_nothing_is_done_everything_that_runs_has_to_be_well() {
    let mut world = World::with(&stack(STACK));
    world.container("p-db-1").health = HealthStatus::Unhealthy;
    world.container("p-web-1").state = ContainerState::Restarting;
    insta::assert_snapshot!(check(&world, STACK), @r"
    wait     db up   must be up
    wait     web up  must be up
    ");
}
