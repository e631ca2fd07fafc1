//! Triggers, runs, and the answers to those who asked.

use std::time::Duration;

use super::made::{hook, project, request, revision, source, sync, trouble};
use super::world::World;
use crate::daemon::command::{Command, Scope};
use crate::daemon::effect::{Effect, Look};
use crate::daemon::event::{Change, EngineEvent, Event, Running};
use crate::model::failure::Disposition;
use crate::model::name::ServiceName;
use crate::model::outcome::Outcome;
use crate::model::snapshot::{HealthNow, ServiceNow};

pub(super) const NEVER: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_mins(1);

pub(super) fn home(poll: Duration) -> World {
    World::settled(&[("home", &["app", "blog"])], poll)
}

pub(super) fn done() -> Outcome {
    Outcome::Changed { operations: 1 }
}

#[test]
fn everything_runs_once_when_the_daemon_begins() {
    let mut world = World::new(&[("home", &["app", "blog"])], NEVER);
    world.event(Event::Tick);
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"run app blog");
    assert_eq!(world.behind(), [""; 0]);
}

#[test]
fn a_hook_runs_what_the_push_changed_and_nothing_else() {
    let mut world = home(NEVER);
    world.push(&source("home"), &[project("blog")]);
    world.ask(hook("home"));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    run blog
    answer 1: blog changed
    ");
}

#[test]
fn a_hook_that_brings_nothing_new_runs_nothing() {
    let mut world = home(NEVER);
    world.ask(hook("home"));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"answer 1:");
}

#[test]
fn triggers_during_a_run_collapse_into_one_more_run() {
    let mut world = home(NEVER);
    let name = source("home");
    for _ in 0..50 {
        world.push(&name, &[project("blog")]);
        world.ask(hook("home"));
        // Fetches end at once, the run does not.
        while !world.work.is_empty() {
            world.end_work(0, true);
        }
    }
    assert_eq!(world.passes.len(), 1);
    world.quiesce();
    assert_eq!((world.runs, world.unanswered().len()), (2, 0));
    assert_eq!(world.deployed[&project("blog")], 51);
}

#[test]
fn who_asks_while_a_fetch_goes_on_is_answered_by_the_next_one() {
    let mut world = home(NEVER);
    let name = source("home");
    world.push(&name, &[project("app")]);
    world.ask(hook("home"));
    world.push(&name, &[project("blog")]);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.quiesce();
    assert_eq!(world.behind(), [""; 0]);
    assert_eq!(world.unanswered(), []);
}

#[test]
fn a_poll_comes_by_itself_and_comes_later_while_the_remote_is_away() {
    let mut world = home(MINUTE);
    let waited = world.until_something().as_secs();
    assert!((54..=66).contains(&waited), "{waited}");
    let mut pauses = Vec::new();
    for _ in 0..6 {
        world.end_work(0, false);
        pauses.push(world.until_something());
    }
    assert!(pauses.windows(2).take(3).all(|two| two[0] * 3 / 2 < two[1]), "{pauses:?}");
    let shown = world.state.snapshot();
    assert_eq!(shown.sources[0].error.as_ref().unwrap().error, "it does not work");
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_mins(17)), "{pauses:?}");
}

#[test]
fn an_unknown_stack_is_told_when_no_source_has_it() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::Stacks(vec!["shop".to_owned()])));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"answer 1: no stack `shop`");
}

#[test]
fn stacks_are_named_by_project_or_by_path() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::Stacks(vec!["app/".to_owned(), "blog".to_owned()])));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    run app blog
    answer 1: app changed, blog changed
    ");
}

#[test]
fn a_suspended_stack_has_no_run_until_it_is_resumed() {
    let mut world = home(NEVER);
    let stack = "blog".to_owned();
    world.ask(request(Command::Suspend { stack: stack.clone(), reason: None }));
    world.quiesce();
    world.push(&source("home"), &[project("blog"), project("app")]);
    world.ask(sync(Scope::Stacks(vec![stack.clone()])));
    world.quiesce();
    world.ask(request(Command::Resume { stack }));
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    answer 1: 
    answer 2: blog suspended by alice
    run app
    answer 3: 
    run blog
    ");
}

#[test]
fn one_failed_stack_is_one_failed_stack_and_is_tried_again_later_and_later() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::All));
    world.end_work(0, true);
    let failed = Outcome::Failed {
        trouble: trouble(Disposition::RetryAfter(Duration::from_secs(5))),
        done: 0,
        left: Vec::new(),
    };
    world.end_stack(0, failed.clone());
    world.end_stack(0, done());
    world.end_stack(0, done());
    insta::assert_snapshot!(world.story(), @r"
    run app blog
    answer 1: app failed, blog changed
    ");
    for _ in 0..3 {
        world.until_something();
        world.end_stack(0, failed.clone());
        world.end_stack(0, failed.clone());
    }
    insta::assert_snapshot!(world.story(), @r"
    run app
    run app
    run app
    ");
    let waited = world.now.mono.as_secs();
    assert!((31..=40).contains(&waited), "{waited}");
}

#[test]
fn a_pass_that_breaks_frees_its_stacks_and_answers_who_waits() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::Stacks(vec!["app".to_owned()])));
    world.end_work(0, true);
    world.break_pass(0);
    insta::assert_snapshot!(world.story(), @r"
    run app
    answer 1: it does not work
    ");
    world.until_something();
    insta::assert_snapshot!(world.story(), @"run app");
}

#[test]
fn a_way_back_comes_before_the_next_run_of_its_stack() {
    let mut world = home(NEVER);
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.ask(request(Command::RollBack { stack: "app".to_owned(), revision: None }));
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.end_work(0, true);
    world.quiesce();
    insta::assert_snapshot!(world.story(), @r"
    run app
    answer 1: app changed
    run app
    answer 2: app changed
    run app
    answer 3: app changed
    ");
}

#[test]
fn sources_take_turns() {
    let mut world = World::settled(&[("home", &["a1"]), ("work", &["b1"])], NEVER);
    for _ in 0..3 {
        for name in ["home", "work"] {
            world.push(&source(name), &[project(if name == "home" { "a1" } else { "b1" })]);
            world.ask(hook(name));
        }
        world.quiesce();
    }
    let story = world.story();
    let runs: Vec<&str> = story.lines().filter(|line| line.starts_with("run")).collect();
    assert_eq!(runs, ["run a1", "run b1", "run a1", "run b1", "run a1", "run b1"]);
}

fn container(change: Change, at: i64) -> Event {
    let (id, name) = ("c1".to_owned(), "blog-web-1".to_owned());
    Event::Engine(EngineEvent::Container { project: project("blog"), id, name, change, at })
}

#[test]
fn a_container_that_dies_gets_its_stack_a_run_soon_after() {
    let mut world = home(NEVER);
    let at = world.now.wall + 1;
    world.event(container(Change::Died, at));
    world.event(container(Change::Died, at));
    for _ in 0..4 {
        while !world.work.is_empty() {
            world.end_work(0, true);
        }
        world.wait(Duration::from_millis(500));
    }
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"run blog");
}

#[test]
fn what_our_own_runs_did_to_containers_is_no_drift() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::Stacks(vec!["blog".to_owned()])));
    world.end_work(0, true);
    let during = world.now.wall;
    world.event(container(Change::Died, during));
    world.quiesce();
    // Told late.
    world.event(container(Change::Died, during));
    for _ in 0..10 {
        world.wait(Duration::from_secs(1));
        world.quiesce();
    }
    insta::assert_snapshot!(world.story(), @r"
    run blog
    answer 1: blog changed
    ");
}

#[test]
fn what_a_run_starts_again_was_not_stopped_by_a_person_any_more() {
    let mut world = home(NEVER);
    let at = world.now.wall + 1;
    world.event(container(Change::Stopped, at));
    world.event(container(Change::Died, at));
    world.ask(sync(Scope::Stacks(vec!["blog".to_owned()])));
    world.end_work(0, true);
    world.event(container(Change::Started, world.now.wall));
    world.quiesce();
    for _ in 0..20 {
        world.wait(Duration::from_secs(1));
        let is_fact = |effect: &Effect| matches!(effect, Effect::Note(_));
        assert!(!world.work.iter().any(|(effect, _)| is_fact(effect)), "{world:?}");
        world.quiesce();
    }
    insta::assert_snapshot!(world.story(), @r"
    run blog
    answer 1: blog changed
    ");
    world.event(container(Change::Died, world.now.wall));
    for _ in 0..4 {
        world.wait(Duration::from_millis(500));
    }
    world.quiesce();
    insta::assert_snapshot!(world.story(), @"run blog");
}

#[test]
fn the_first_push_behind_the_start_of_the_daemon_does_not_wait_and_the_next_one_does() {
    let mut world = home(NEVER);
    world.ask(sync(Scope::All));
    world.quiesce();
    for waits in [false, true] {
        world.push(&source("home"), &[project("app")]);
        world.ask(hook("home"));
        world.end_work(0, true);
        assert_eq!(world.pause().is_some(), waits, "{world:?}");
        world.quiesce();
    }
}

#[test]
fn containers_are_listed_behind_a_run_and_not_within_it() {
    let mut world = home(NEVER);
    world.wait(Duration::from_secs(1));
    world.quiesce();
    world.ask(sync(Scope::Stacks(vec!["blog".to_owned()])));
    world.end_work(0, true);
    let during = world.now.wall;
    world.event(container(Change::Started, during));
    world.wait(Duration::from_secs(5));
    assert!(!world.work.iter().any(|(work, _)| matches!(work, Effect::Observe(_))), "{world:?}");
    world.end_stack(0, Outcome::InSync);
    world.wait(Duration::from_secs(1));
    assert!(world.work.iter().any(|(work, _)| matches!(work, Effect::Observe(_))), "{world:?}");
}

fn running(name: &str, health: HealthNow) -> Running {
    let service = ServiceNow {
        name: ServiceName::parse("web").unwrap(),
        state: "?".to_owned(),
        health,
        containers: Vec::new(),
    };
    Running { project: project(name), applied: None, services: vec![service] }
}

#[test]
fn only_containers_of_stacks_where_something_happened_are_listed_again() {
    let mut world = home(NEVER);
    world.wait(Duration::from_secs(1));
    world.quiesce();
    let well = vec![running("app", HealthNow::Healthy), running("blog", HealthNow::Healthy)];
    world.event(Event::Observed(Look::All, Ok(well)));
    let later = world.now.wall + 1;
    world.event(container(Change::Health, later));
    world.wait(Duration::from_secs(1));
    let mut blog = Look::none();
    blog.add(&project("blog"));
    assert!(
        world.work.iter().any(|(work, _)| matches!(work, Effect::Observe(look) if *look == blog)),
        "{world:?}"
    );
    world.event(Event::Observed(blog, Ok(vec![running("blog", HealthNow::Degraded)])));
    let shown = world.state.snapshot().stacks.into_iter();
    let shown: Vec<_> = shown.map(|stack| (stack.project.to_string(), stack.health)).collect();
    let wanted = [("app", HealthNow::Healthy), ("blog", HealthNow::Degraded)];
    assert_eq!(shown, wanted.map(|(name, health)| (name.to_owned(), health)));
}

#[test]
fn behind_a_gap_in_the_engines_events_stacks_that_are_unwell_now_get_a_run() {
    let mut world = home(NEVER);
    world.event(Event::Engine(EngineEvent::Back));
    world.work.clear();
    let well = vec![running("app", HealthNow::Healthy), running("blog", HealthNow::Healthy)];
    world.event(Event::Observed(Look::All, Ok(well)));
    world.event(Event::WatchEnded(trouble(Disposition::WaitForChange)));
    assert!(world.state.snapshot().engine.error.is_some());
    world.event(Event::Engine(EngineEvent::Back));
    world.work.clear();
    let unwell = vec![running("app", HealthNow::Healthy), running("blog", HealthNow::Degraded)];
    world.event(Event::Observed(Look::All, Ok(unwell)));
    insta::assert_snapshot!(world.story(), @"run blog");
    let shown = world.state.snapshot();
    assert_eq!((shown.engine.error, shown.runs[0].trigger.as_str()), (None, "engine back"));
}

#[test]
fn a_clock_that_jumps_changes_nothing_but_words() {
    for years in [-30, 30] {
        let mut world = home(MINUTE);
        world.now.wall += years * 365 * 24 * 60 * 60 * 1000;
        let waited = world.until_something().as_secs();
        assert!((54..=66).contains(&waited), "{waited}");
        world.push(&source("home"), &[project("app")]);
        world.ask(hook("home"));
        world.quiesce();
        assert_eq!(world.behind(), [""; 0]);
    }
}

#[test]
fn a_stack_shows_what_its_last_run_ended_in() {
    let mut world = home(NEVER);
    world.push(&source("home"), &[project("app")]);
    world.ask(hook("home"));
    world.quiesce();
    let shown = world.state.snapshot();
    let app = &shown.stacks[0];
    let last = app.last_run.as_ref().unwrap();
    assert_eq!((last.outcome.as_str(), last.caller.as_str()), ("changed", "github"));
    assert_eq!(app.applied, Some(revision(2)));
    assert!(shown.queue.is_empty() && shown.runs.is_empty() && shown.requests.is_empty());
}
