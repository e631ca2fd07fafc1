//! Stacks that leave their source, and sources that leave the settings.

use std::time::Duration;

use super::made::{hook, project, source};
use super::world::World;
use crate::daemon::effect::Effect;
use crate::daemon::event::{Change, EngineEvent, Event};
use crate::daemon::terms::Terms;

/// A run of `shop` goes on, and another one waits, at somebody's word.
fn busy() -> World {
    let mut world = World::settled(&[("home", &["app"]), ("work", &["shop"])], Duration::ZERO);
    for _ in 0..2 {
        world.push(&source("work"), &[project("shop")]);
        world.ask(hook("work"));
        world.end_work(0, true);
    }
    world
}

fn is_answered(world: &mut World) {
    world.quiesce();
    assert_eq!(world.unanswered(), []);
    assert_eq!(world.broken, None);
}

/// Where the fetch of `work` stands among what goes on.
fn fetch_of_work(world: &World) -> Option<usize> {
    let is_it = |effect: &Effect| matches!(effect, Effect::Fetch { source, .. } if source.as_str() == "work");
    world.work.iter().position(|(effect, _)| is_it(effect))
}

#[test]
fn who_waits_for_a_stack_that_leaves_its_source_is_answered() {
    let mut world = busy();
    world.stacks.get_mut(&source("work")).unwrap().clear();
    world.push(&source("work"), &[]);
    world.ask(hook("work"));
    is_answered(&mut world);
}

#[test]
fn a_source_that_leaves_the_settings_is_forgotten_with_its_stacks_and_who_waits_is_answered() {
    let mut world = busy();
    let terms = Terms { sources: vec![source("home")], ..world.state.terms.clone() };
    world.event(Event::Reloaded(None, Ok(terms)));
    is_answered(&mut world);
    let shown = world.state.snapshot();
    let names: Vec<&str> = shown.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["home"]);
    // What becomes of its containers is nobody's business any more.
    world.age_runs();
    world.wait(Duration::from_mins(1));
    world.runs = 0;
    let (id, name, change) = ("1".to_owned(), "shop-web-1".to_owned(), Change::Died);
    let (project, at) = (project("shop"), world.now.wall);
    world.event(Event::Engine(EngineEvent::Container { project, id, name, change, at }));
    world.wait(Duration::from_mins(1));
    world.quiesce();
    assert_eq!(world.runs, 0);
}

#[test]
fn a_source_that_leaves_the_settings_while_it_is_fetched_is_forgotten_behind_that_and_nobody_is_alarmed()
 {
    let mut world = World::settled(&[("home", &["app"]), ("work", &["shop"])], Duration::ZERO);
    world.told.clear();
    world.ask(hook("work"));
    world.ask(hook("work"));
    let terms = Terms { sources: vec![source("home")], ..world.state.terms.clone() };
    world.event(Event::Reloaded(None, Ok(terms)));
    // The worker finds no such source.
    while let Some(place) = fetch_of_work(&world) {
        world.end_work(place, false);
    }
    is_answered(&mut world);
    assert_eq!(world.told, [""; 0]);
    assert!(world.state.snapshot().sources.iter().all(|source| source.name.as_str() == "home"));
}
