//! Pushes during a run: its waits are cut, and the next run takes what is newest.

use std::time::Duration;

use super::made::{hook, project, request, source, sync};
use super::runs::{NEVER, done, home};
use super::world::World;
use crate::daemon::command::{Command, Scope};
use crate::model::outcome::Outcome;

#[test]
fn a_newer_revision_cuts_the_waits_of_a_run_once_and_not_at_its_beginning() {
    let mut world = home(NEVER);
    let pushed = |world: &mut World| {
        world.push(&source("home"), &[project("blog")]);
        world.ask(hook("home"));
        end_all_work(world);
    };
    pushed(&mut world);
    pushed(&mut world);
    world.wait(Duration::from_secs(2));
    world.log.push("two seconds".to_owned());
    world.wait(Duration::from_secs(2));
    pushed(&mut world);
    world.wait(Duration::from_secs(2));
    world.end_stack(0, Outcome::Superseded { done: 1, left: Vec::new() });
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    run blog
    two seconds
    cut blog
    answer 1: blog superseded
    run blog
    answer 2: blog changed
    answer 3: blog changed
    ");
    assert_eq!(world.behind(), [""; 0]);
}

fn end_all_work(world: &mut World) {
    while !world.work.is_empty() {
        world.end_work(0, true);
    }
}

#[test]
fn a_push_that_does_not_touch_a_stack_lets_its_run_wait() {
    let mut world = home(NEVER);
    world.push(&source("home"), &[project("blog")]);
    world.ask(hook("home"));
    end_all_work(&mut world);
    world.wait(Duration::from_secs(5));
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    end_all_work(&mut world);
    world.wait(Duration::from_secs(5));
    assert!(!world.story().contains("cut"));
    world.ask(request(Command::RollBack { stack: "blog".to_owned(), revision: None }));
    assert!(world.story().contains("cut blog"));
}

#[test]
fn a_burst_of_pushes_makes_a_few_short_runs() {
    let mut world = home(NEVER);
    let begun = world.now.mono;
    for _ in 0..200 {
        world.push(&source("home"), &[project("blog")]);
        world.ask(hook("home"));
        end_all_work(&mut world);
        while !world.passes.is_empty() {
            world.end_stack(0, done());
        }
        world.wait(Duration::from_millis(25));
    }
    world.quiesce();
    assert_eq!((world.runs, world.behind().len(), world.unanswered().len()), (4, 0, 0));
    assert!(world.now.mono < begun + Duration::from_secs(7));
}

#[test]
fn a_persons_word_begins_at_once_behind_a_push() {
    let mut world = home(NEVER);
    world.push(&source("home"), &[project("blog")]);
    world.ask(hook("home"));
    end_all_work(&mut world);
    while !world.passes.is_empty() {
        world.end_stack(0, done());
    }
    let begun = world.now.mono;
    world.ask(sync(Scope::Stacks(vec!["blog".to_owned()])));
    end_all_work(&mut world);
    assert_eq!((world.passes.len(), world.now.mono), (1, begun));
}

#[test]
fn stacks_of_one_push_begin_together_although_one_of_them_ran_just_now() {
    let mut world = home(NEVER);
    let pushed = |world: &mut World, stacks: &[&str]| {
        let stacks: Vec<_> = stacks.iter().map(|name| project(name)).collect();
        world.push(&source("home"), &stacks);
        world.ask(hook("home"));
        end_all_work(world);
    };
    pushed(&mut world, &["app"]);
    while !world.passes.is_empty() {
        world.end_stack(0, done());
    }
    world.wait(Duration::from_secs(1));
    pushed(&mut world, &["app", "blog"]);
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    run app
    answer 1: app changed
    run app blog
    answer 2: app changed, blog changed
    ");
}
