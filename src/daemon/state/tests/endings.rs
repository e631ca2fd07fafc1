//! Refusals, and the end.

use std::time::Duration;

use super::made::{hook, project, request, source, sync, trouble};
use super::world::World;
use crate::daemon::command::{Command, Scope};
use crate::daemon::effect::{Ending, Look};
use crate::daemon::event::{EngineEvent, Event, Running, Why};
use crate::model::failure::Disposition;
use crate::model::name::ServiceName;
use crate::model::outcome::Outcome;
use crate::model::snapshot::{HealthNow, ServiceNow};

fn home() -> World {
    World::settled(&[("home", &["app", "blog"])], Duration::ZERO)
}

#[test]
fn what_cannot_be_done_is_refused_at_once() {
    let mut world = home();
    world.ask(hook("work"));
    world.ask(sync(Scope::Stacks(Vec::new())));
    world.ask(request(Command::RollBack { stack: "shop".to_owned(), revision: None }));
    world.ask(request(Command::Resume { stack: "shop".to_owned() }));
    insta::assert_snapshot!(world.story(), @r"
    refused: no source `work`
    refused: no stack is named
    refused: no stack `shop`
    refused: no stack `shop`
    ");
}

#[test]
fn a_flood_is_refused_beyond_what_may_wait_and_what_was_taken_is_answered() {
    let mut world = home();
    for _ in 0..5000 {
        world.ask(hook("home"));
    }
    assert_eq!((world.accepted.len(), world.refused), (1000, 4000));
    world.quiesce();
    assert_eq!(world.unanswered(), []);
    assert_eq!(world.broken, None);
}

#[test]
fn the_end_waits_for_what_goes_on_and_answers_everybody() {
    let mut world = home();
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.push(&source("home"), &[project("blog")]);
    world.ask(hook("home"));
    world.event(Event::Stop(Why::Asked));
    world.ask(hook("home"));
    assert_eq!(world.ended, None);
    let cancelled = Outcome::Cancelled { done: 1, left: Vec::new() };
    world.end_stack(0, cancelled);
    world.end_stack(0, Outcome::InSync);
    world.end_work(0, false);
    assert_eq!(world.ended, Some(Ending::Asked));
    insta::assert_snapshot!(world.story(), @r"
    run app
    cancel
    refused: the daemon is stopping
    answer 1: app cancelled
    answer 2: stopped: 
    ");
}

#[test]
fn a_daemon_that_cannot_go_on_waits_less_than_five_seconds() {
    let mut world = home();
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.event(Event::Stop(Why::Broken("no workers".to_owned())));
    let waited = world.sleep();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert_eq!(world.ended, Some(Ending::Broken));
    assert_eq!(world.unanswered(), []);
}

#[test]
fn settings_that_are_wrong_are_told_and_change_nothing() {
    let mut world = home();
    world.ask(request(Command::Reload));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"answer 1: it does not work");
    let shown = world.state.snapshot();
    assert_eq!(shown.warnings, ["the settings stay as they were: it does not work"]);
    assert_eq!(shown.sources.len(), 1);
}

#[test]
fn people_are_told_of_what_fails_and_of_what_recovers() {
    let mut world = World::settled(&[("home", &["app", "blog"])], Duration::from_mins(1));
    world.told.clear();
    let pushed = |world: &mut World, outcome: Outcome| {
        world.push(&source("home"), &[project("app")]);
        world.ask(hook("home"));
        world.end_work(0, true);
        world.end_stack(0, outcome);
        world.quiesce();
        world.age_runs();
    };
    pushed(&mut world, Outcome::Blocked(trouble(Disposition::WaitForChange)));
    pushed(&mut world, Outcome::Cancelled { done: 0, left: Vec::new() });
    pushed(&mut world, Outcome::Changed { operations: 1 });
    world.ask(hook("home"));
    world.end_work(0, false);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.event(Event::WatchEnded(trouble(Disposition::WaitForChange)));
    world.event(Event::WatchEnded(trouble(Disposition::WaitForChange)));
    world.event(Event::Engine(EngineEvent::Back));
    insta::assert_snapshot!(world.told.join("\n"), @r"
    app: failed
    app: changed
    source home: source
    source home: recovered
    engine local: engine
    engine local: recovered
    ");
}

#[test]
fn people_are_told_once_that_a_stack_went_bad_while_no_run_was_on() {
    let mut world = home();
    world.told.clear();
    let seen = |world: &mut World, health: HealthNow| {
        let service = ServiceNow {
            name: ServiceName::parse("web").unwrap(),
            state: "state".to_owned(),
            health,
            containers: Vec::new(),
        };
        let running = |name| Running {
            project: project(name),
            applied: None,
            services: vec![service.clone()],
        };
        world.event(Event::Observed(
            Look::All,
            Ok(vec![running("app"), running("blog"), running("another")]),
        ));
    };
    for health in [HealthNow::Healthy, HealthNow::Degraded, HealthNow::Progressing] {
        seen(&mut world, health);
        seen(&mut world, health);
    }
    seen(&mut world, HealthNow::Healthy);
    // Who heard from the daemon before that they were ill hears at first that they are not.
    insta::assert_snapshot!(world.told.join("\n"), @r"
    health of app: recovered
    health of blog: recovered
    health of app: unhealthy
    health of blog: unhealthy
    health of app: recovered
    health of blog: recovered
    ");
}
