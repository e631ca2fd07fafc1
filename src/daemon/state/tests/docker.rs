//! Docker itself: while it is not well, or is to be left alone, nothing is done.

use std::time::Duration;

use super::made::{hook, project, source, sync};
use super::world::World;
use crate::daemon::command::Scope;
use crate::daemon::effect::Effect;
use crate::daemon::event::{DockerEvent, Event};
use crate::model::snapshot::{Access, DockerNow};

fn docker(state: &'static str, access: Access) -> Event {
    Event::Docker(DockerEvent::Now(Box::new(DockerNow {
        state,
        why: "because".to_owned(),
        since: 0,
        ill: false,
        lasting: state == "stopped",
        remedy: None,
        held: None,
        access,
        remedies: 0,
        live_restore: None,
    })))
}

fn asks_engine(world: &World) -> bool {
    world.work.iter().any(|(effect, _)| matches!(effect, Effect::Observe(_) | Effect::Watch))
}

#[test]
fn a_docker_that_is_to_be_left_alone_is_not_asked_at_all_and_everything_follows_when_it_is_back() {
    let mut world = World::new(&[("home", &["app", "blog"])], Duration::ZERO);
    world.event(docker("stopped", Access::None));
    assert!(!asks_engine(&world));
    world.quiesce();
    world.wait(Duration::from_hours(2));
    assert!(!asks_engine(&world) && world.runs == 0, "{:?}", world.log);
    assert!(world.state.due().is_none(), "it would be woken for nothing");

    world.event(Event::Docker(DockerEvent::Back));
    assert!(!asks_engine(&world));
    world.event(docker("healthy", Access::Open));
    assert!(asks_engine(&world));
    world.quiesce();
    assert_eq!(world.runs, 2, "{:?}", world.log);
}

#[test]
fn what_was_well_before_gets_a_run_when_docker_is_back() {
    let mut world = World::settled(&[("home", &["app", "blog"])], Duration::ZERO);
    world.event(docker("crashed", Access::None));
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.quiesce();
    assert_eq!(world.runs, 0, "{:?}", world.log);
    world.event(Event::Docker(DockerEvent::Back));
    world.event(docker("healthy", Access::Open));
    world.quiesce();
    assert_eq!((world.runs, world.unanswered()), (2, Vec::new()), "{:?}", world.log);
}

#[test]
fn nobody_waits_for_a_docker_that_a_person_stopped() {
    let mut world = World::settled(&[("home", &["app"])], Duration::ZERO);
    world.event(docker("stopped", Access::None));
    world.ask(sync(Scope::All));
    insta::assert_snapshot!(world.story(), @"refused: Docker is stopped: because");
}

fn line(kind: &'static str, text: &str, loud: bool) -> Event {
    Event::Docker(DockerEvent::Line { kind, remedy: None, text: text.to_owned(), loud })
}

#[test]
fn people_hear_of_what_is_loud_in_an_illness_of_docker_and_of_its_end() {
    let mut world = World::settled(&[("home", &["app"])], Duration::ZERO);
    world.told.clear();
    world.event(line("state", "suspect: `/_ping` had no answer in time", false));
    assert!(world.told.is_empty());
    world.event(line("state", "hung: `/_ping` has had no answer for 40 s", true));
    world.event(line("remedy", "kill Docker's main process", true));
    world.event(line("helped", "helped within 5 s", false));
    world.event(line("recovered", "well again after 15 s", true));
    insta::assert_snapshot!(world.told.join("\n"), @r"
    Docker of local: engine
    Docker of local: engine
    Docker of local: recovered
    ");
}
