//! What services want around starts and stops.

use super::stack::stack;
use super::world::World;
use super::{change, first, shown};
use crate::plan::{Options, Wait, plan};

#[test]
fn hooks_run_one_after_the_other_around_a_start() {
    insta::assert_snapshot!(first("app after=db\ndb scale=2 hook=pre_start hook=post_start hook=post_start"), @r"
        create   network p_default        not there
        create   p-db-1                   no container
        create   p-db-2                   no container
        create   p-app-1                  no container
        run      pre_start[0] for p-db-1  just created
        start    p-db-1                   just created
        run      post_start[0] in p-db-1  just created
        run      post_start[1] in p-db-1  just created
        start    p-db-2                   just created
        run      post_start[0] in p-db-2  just created
        run      post_start[1] in p-db-2  just created
        start    p-app-1                  just created
        wait     db up                    must be up
        wait     app up                   must be up
        ");
}

#[test]
fn a_service_of_which_something_runs_needs_no_preparation() {
    insta::assert_snapshot!(change("db hook=pre_start", "db scale=2 hook=pre_start"), @r"
        create   p-db-2  no container
        start    p-db-2  just created
        wait     db up   must be up
        ");
}

#[test]
fn a_container_that_leaves_is_prepared_for_its_stop_and_one_that_is_replaced_is_not() {
    insta::assert_snapshot!(change("db scale=2 hook=pre_stop", "db hook=pre_stop"), @r"
        run      pre_stop[0] in p-db-2  scaled down
        stop     p-db-2                 scaled down
        remove   p-db-2                 scaled down
        ");
    assert!(!change("db hook=pre_stop env.A=1", "db hook=pre_stop env.A=2").contains("run "));
}

#[test]
fn a_plan_that_waits_for_nothing_leaves_what_has_to_be_prepared() {
    let (world, desired) =
        (World::with(&stack("web")), stack("web\ndb hook=pre_start\napp after=db"));
    let options = Options { wait: Wait::NoWait, ..Options::at(0) };
    let plan = plan(&desired, &world.observed, &options).unwrap();
    insta::assert_snapshot!(plan, @r"
        create   p-db-1   no container
        create   p-app-1  no container
        note: `db` is not started yet: a `pre_start` has to end before, and `--no-wait` waits for none
        note: `app` is not started yet: a `pre_start` has to end before, and `--no-wait` waits for none
        ");
}

#[test]
fn a_hook_for_each_replica_is_refused_before_anything_is_touched() {
    let world = World::with(&stack("web"));
    insta::assert_snapshot!(shown(&world, "web\ndb hook=each"), @"error: `pre_start` of service `db` says `per_replica: true`, which nobody carries out");
}
