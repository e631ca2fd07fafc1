//! What interrupted runs leave behind.

use super::super::{Action, plan};
use super::shown;
use super::stack::stack;
use super::world::{World, options};

/// The world after a run to `is` was cut off before its first operation with this verb.
fn cut_before(was: &str, is: &str, verb: &str) -> World {
    let (mut world, is) = (World::with(&stack(was)), stack(is));
    let plan = plan(&is, &world.observed, &options()).unwrap();
    for operation in plan.operations.iter().take_while(|next| next.action.verb() != verb) {
        world.apply(&is, operation).unwrap();
    }
    world
}

#[test]
fn a_container_that_was_made_to_replace_another_is_used() {
    let world = cut_before("web env.A=1", "web env.A=2", "stop");
    insta::assert_snapshot!(shown(&world, "web env.A=2"), @r"
        stop     p-web-1                          environment A changed
        remove   p-web-1                          environment A changed
        rename   000000000002_p-web-1 to p-web-1  environment A changed
        start    p-web-1                          just created
        wait     web up                           must be up
        ");
    let world = cut_before("web env.A=1", "web env.A=2", "rename");
    insta::assert_snapshot!(shown(&world, "web env.A=2"), @r"
        rename   000000000002_p-web-1 to p-web-1  left over from an interrupted recreate
        start    p-web-1                          never started
        wait     web up                           must be up
        ");
}

#[test]
fn a_container_that_was_made_for_another_revision_is_not_used() {
    let world = cut_before("web env.A=1", "web env.A=2", "stop");
    insta::assert_snapshot!(shown(&world, "web env.A=3"), @r"
        remove   000000000002_p-web-1             left over from an interrupted recreate
        create   000000000002_p-web-1             environment A changed
        stop     p-web-1                          environment A changed
        remove   p-web-1                          environment A changed
        rename   000000000002_p-web-1 to p-web-1  environment A changed
        start    p-web-1                          just created
        wait     web up                           must be up
        ");
}

#[test]
fn a_container_that_was_stopped_by_a_run_is_started_before_the_evidence_goes() {
    let world = cut_before("web once env.A=1", "web once env.A=2", "remove");
    insta::assert_snapshot!(shown(&world, "web once env.A=1"), @r"
        start    p-web-1               not running (exit code 0)
        remove   000000000002_p-web-1  left over from an interrupted recreate
        wait     web up                must be up
        ");
}

#[test]
fn a_dependent_that_was_stopped_by_a_run_is_no_one_shot() {
    let was = "app once after=db:restart\ndb";
    let is = "app once after=db:restart\ndb env.A=1";
    let world = cut_before(was, is, "start");
    insta::assert_snapshot!(shown(&world, is), @r"
        start    p-db-1   never started
        start    p-app-1  not running (exit code 0)
        wait     db up    must be up
        wait     app up   must be up
        ");
}

#[test]
fn volumes_survive_a_run_that_is_cut_off_anywhere() {
    let (was, is) = (stack("web anon=/a env.A=1"), stack("web anon=/a env.A=2"));
    let mut before = World::with(&was);
    let volumes = before.container("p-web-1").mounts.clone();
    let steps = plan(&is, &before.observed, &options()).unwrap().operations;
    for cut in 0..=steps.len() {
        let mut world = before.clone();
        for operation in &steps[..cut] {
            world.apply(&is, operation).unwrap();
        }
        world.bring(&is);
        assert_eq!(world.container("p-web-1").mounts, volumes, "cut off after {cut}");
    }
}

#[test]
fn a_container_is_never_removed_with_what_it_runs() {
    let world = World::with(&stack("web scale=2\nold"));
    let plan = plan(&stack("web env.A=1\nprune"), &world.observed, &options()).unwrap();
    for operation in &plan.operations {
        if let Action::RemoveContainer { name, .. } = &operation.action {
            let stops = operation.after.iter().filter_map(|id| plan.get(*id));
            let stopped = stops.map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(stopped, [format!("stop {name}")]);
        }
    }
}
