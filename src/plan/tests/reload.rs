//! Changed inputs that reach a container without replacing it.

use super::super::{overwritten, plan};
use super::change;
use super::shown;
use super::stack::stack;
use super::world::{World, options};
use crate::model::labels;
use crate::model::memory::{Applied, Memory};

#[test]
fn a_service_may_ask_to_be_restarted() {
    insta::assert_snapshot!(change("web change=restart file=x.conf:1", "web change=restart file=x.conf:2"), @r"
        write    file x.conf  content changed (1 line)
        stop     p-web-1      file x.conf changed (1 line)
        start    p-web-1      file x.conf changed (1 line)
        wait     web up       must be up
        ");
    insta::assert_snapshot!(change("web change=restart copy=1", "web change=restart copy=2"), @r"
        stop     p-web-1               config inline changed
        copy     configs into p-web-1  config inline changed
        start    p-web-1               config inline changed
        wait     web up                must be up
        ");
}

#[test]
fn a_service_may_ask_for_a_signal() {
    insta::assert_snapshot!(change("web change=SIGHUP file=x.conf:1 secret=pw:a", "web change=SIGHUP file=x.conf:2 secret=pw:b"), @r"
        write    file secret pw of web  content changed
        write    file x.conf            content changed (1 line)
        signal   p-web-1 with SIGHUP    secret pw changed, file x.conf changed (1 line)
        wait     web up                 must be up
        ");
}

#[test]
fn a_service_may_ask_to_be_left_alone() {
    insta::assert_snapshot!(change("web change=ignore file=x.conf:1", "web change=ignore file=x.conf:2"), @"write    file x.conf  content changed (1 line)");
    insta::assert_snapshot!(change("web change=ignore copy=1", "web change=ignore copy=2"), @"nothing");
}

#[test]
fn another_spec_replaces_a_service_whatever_it_asks_for() {
    let was = "web change=SIGHUP env.A=1 secret=pw:a";
    let plan = change(was, "web change=SIGHUP env.A=2 secret=pw:b");
    insta::assert_snapshot!(plan.lines().nth(1).unwrap(), @"create   000000000002_p-web-1             environment A, secret pw changed");
    assert!(!plan.contains("signal"));
}

#[test]
fn what_was_applied_is_not_applied_again() {
    for change in ["restart", "SIGHUP"] {
        let text = |secret: &str| format!("web change={change} secret=pw:{secret}");
        let mut world = World::with(&stack(&text("a")));
        world.bring(&stack(&text("b")));
        assert_eq!(shown(&world, &text("b")), "nothing\n", "{change}");
        // And back, although the label of the container says that it has these.
        assert_ne!(shown(&world, &text("a")), "nothing\n", "{change}");
        world.bring(&stack(&text("a")));
        assert_eq!(shown(&world, &text("a")), "nothing\n", "{change}");
    }
}

#[test]
fn without_a_memory_it_is_applied_once_more_and_nothing_else() {
    let text = |secret: &str| format!("web change=SIGHUP secret=pw:{secret}\ndb secret=pw:x");
    let mut world = World::with(&stack(&text("a")));
    world.bring(&stack(&text("b")));
    world.observed.memory = Memory::default();
    insta::assert_snapshot!(shown(&world, &text("b")), @r"
        signal   p-web-1 with SIGHUP  secret pw changed
        wait     web up               must be up
        ");
    world.bring(&stack(&text("b")));
    assert_eq!(shown(&world, &text("b")), "nothing\n");
}

#[test]
fn an_adopted_container_has_what_is_there() {
    let mut world = World::with(&stack("web change=restart copy=1"));
    world.container("p-web-1").labels.remove(labels::SPEC);
    world.observed.memory = Memory::default();
    assert_eq!(shown(&world, "web change=restart copy=1"), "nothing\n");
    assert_eq!(shown(&world, "web change=restart copy=2"), "nothing\n");
}

#[test]
fn a_container_that_is_down_gets_its_files_by_starting() {
    let mut world = World::with(&stack("web change=SIGHUP copy=1"));
    world.exit("p-web-1", 1);
    insta::assert_snapshot!(shown(&world, "web change=SIGHUP copy=2"), @r"
        copy     configs into p-web-1  not running (exit code 1)
        start    p-web-1               not running (exit code 1)
        wait     web up                must be up
        ");
}

#[test]
fn a_one_shot_runs_again_or_gets_no_signal() {
    insta::assert_snapshot!(change("job ends change=restart copy=1", "job ends change=restart copy=2"), @r"
        copy     configs into p-job-1  config inline changed
        start    p-job-1               config inline changed
        wait     job up                must be up
        ");
    assert_eq!(
        change("job ends change=SIGHUP copy=1", "job ends change=SIGHUP copy=2"),
        "nothing\n"
    );
}

#[test]
fn inputs_that_come_and_go_are_told_as_such() {
    insta::assert_snapshot!(change("web file=c/a:1", "web file=c/a:1 file=c/b:1").lines().nth(1).unwrap(), @"create   000000000002_p-web-1             file c/b added");
}

#[test]
fn changed_lines_are_counted_and_secrets_are_not() {
    insta::assert_snapshot!(change("web secret=pw:one", "web secret=pw:two").lines().nth(1).unwrap(), @"create   000000000002_p-web-1             secret pw changed");
}

#[test]
fn what_others_made_is_told_from_its_files_also_after_a_run_was_killed_between_the_two() {
    let (was, is) = ("web file=c/a:1", "web file=c/a:2");
    for remembers in [true, false] {
        let mut world = World::with(&stack(was));
        world.container("p-web-1").labels.remove(labels::SPEC);
        world.observed.memory = Memory::default();
        let desired = stack(is);
        let plan = plan(&desired, &world.observed, &options()).unwrap();
        let writes = |operation: &&super::super::Operation| operation.action.verb() == "write";
        for (_service, id, applied) in overwritten(&desired, &world.observed, &plan) {
            assert!(remembers || applied != Applied::default());
            if remembers {
                world.observed.memory.applied.insert(id, applied);
            }
        }
        world.apply(&desired, plan.operations.iter().find(writes).unwrap()).unwrap();
        let next = shown(&world, is);
        assert_eq!(next.contains("file c/a changed"), remembers, "{next}");
    }
}
