//! Random interleavings of everything that can happen.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::made::{hook, project, request, source, sync, trouble};
use super::world::World;
use crate::daemon::command::{Command, Scope};
use crate::daemon::event::{Change, EngineEvent, Event, Why};
use crate::model::failure::Disposition;
use crate::model::outcome::Outcome;

#[derive(Debug, Clone)]
enum Step {
    Push(usize, usize),
    Hook(usize),
    SyncAll,
    SyncOne(usize),
    Suspend(usize),
    Resume(usize),
    RollBack(usize),
    Plan,
    Reload,
    EndWork(usize, bool),
    EndStack(usize, bool),
    BreakPass(usize),
    Died(usize, bool),
    Gap,
    Wait(u64),
    Jump(i64),
}

const STACKS: [&str; 5] = ["a1", "a2", "a3", "b1", "b2"];
const SOURCES: [&str; 2] = ["home", "work"];

fn step() -> impl Strategy<Value = Step> {
    let stack = 0..STACKS.len();
    prop_oneof![
        3 => (0..2usize, stack.clone()).prop_map(|(at, stack)| Step::Push(at, stack)),
        4 => (0..2usize).prop_map(Step::Hook),
        1 => Just(Step::SyncAll),
        2 => stack.clone().prop_map(Step::SyncOne),
        1 => stack.clone().prop_map(Step::Suspend),
        1 => stack.clone().prop_map(Step::Resume),
        1 => stack.clone().prop_map(Step::RollBack),
        1 => Just(Step::Plan),
        1 => Just(Step::Reload),
        8 => (0..6usize, prop::bool::weighted(0.85)).prop_map(|(at, well)| Step::EndWork(at, well)),
        8 => (0..4usize, prop::bool::weighted(0.8)).prop_map(|(at, well)| Step::EndStack(at, well)),
        1 => (0..4usize).prop_map(Step::BreakPass),
        2 => (stack, any::<bool>()).prop_map(|(stack, by_hand)| Step::Died(stack, by_hand)),
        1 => Just(Step::Gap),
        3 => (1..120u64).prop_map(Step::Wait),
        1 => (-40..40i64).prop_map(Step::Jump),
    ]
}

fn stack_of(place: usize) -> String {
    STACKS[place].to_owned()
}

fn carry_out(world: &mut World, step: &Step) {
    match *step {
        Step::Push(at, stack) => {
            let name = source(SOURCES[at]);
            let mine: Vec<_> = world.stacks[&name].iter().cloned().collect();
            let changed = mine[stack % mine.len()].clone();
            world.push(&name, &[changed]);
        }
        Step::Hook(at) => drop(world.ask(hook(SOURCES[at]))),
        Step::SyncAll => drop(world.ask(sync(Scope::All))),
        Step::SyncOne(stack) => drop(world.ask(sync(Scope::Stacks(vec![stack_of(stack)])))),
        Step::Suspend(stack) => {
            let stack = stack_of(stack);
            world.ask(request(Command::Suspend { stack, reason: None }));
        }
        Step::Resume(stack) => {
            world.ask(request(Command::Resume { stack: stack_of(stack) }));
        }
        Step::RollBack(stack) => {
            let stack = stack_of(stack);
            world.ask(request(Command::RollBack { stack, revision: None }));
        }
        Step::Plan => drop(world.ask(request(Command::Plan(Scope::All)))),
        Step::Reload => drop(world.ask(request(Command::Reload))),
        Step::EndWork(at, well) => world.end_work(at, well),
        Step::EndStack(at, true) => world.end_stack(at, Outcome::Changed { operations: 1 }),
        Step::EndStack(at, false) => {
            let trouble = trouble(Disposition::RetryAfter(Duration::from_secs(1)));
            world.end_stack(at, Outcome::Failed { trouble, done: 0, left: Vec::new() });
        }
        Step::BreakPass(at) => world.break_pass(at),
        Step::Died(stack, by_hand) => {
            let (project, at) = (project(STACKS[stack]), world.now.wall);
            let (id, name) = (format!("id-{stack}"), "web".to_owned());
            let change = if by_hand { Change::Stopped } else { Change::Died };
            world.event(Event::Engine(EngineEvent::Container { project, id, name, change, at }));
        }
        Step::Gap => {
            world.event(Event::WatchEnded(trouble(Disposition::WaitForChange)));
            world.event(Event::Engine(EngineEvent::Back));
        }
        Step::Wait(seconds) => world.wait(Duration::from_secs(seconds)),
        Step::Jump(years) => world.now.wall += years * 365 * 24 * 60 * 60 * 1000,
    }
}

fn fresh() -> World {
    World::new(&[("home", &["a1", "a2", "a3"]), ("work", &["b1", "b2"])], Duration::from_mins(1))
}

/// How many interleavings are tried.
const CASES: u32 = 400;

/// How many were, and of how many events.
static ALL: (AtomicU32, AtomicUsize) = (AtomicU32::new(0), AtomicUsize::new(0));
static ENDS: (AtomicU32, AtomicUsize) = (AtomicU32::new(0), AtomicUsize::new(0));

/// Says how much was tried, once all is.
fn count((seen, steps): &(AtomicU32, AtomicUsize), more: usize) {
    let steps = steps.fetch_add(more, Ordering::Relaxed) + more;
    if seen.fetch_add(1, Ordering::Relaxed) + 1 == CASES {
        #[expect(clippy::print_stdout, reason = "how much was explored is what the test tells")]
        {
            println!("{CASES} random interleavings of {steps} events in all");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_is_answered_once_runs_never_overlap_and_the_newest_revision_wins(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut world = fresh();
        world.event(Event::Tick);
        for step in &steps {
            carry_out(&mut world, step);
            prop_assert_eq!(&world.broken, &None);
        }
        // From here on everything works.
        world.quiesce();
        for stack in STACKS {
            world.ask(request(Command::Resume { stack: stack.to_owned() }));
        }
        for _ in 0..40 {
            world.quiesce();
            world.wait(Duration::from_mins(1));
        }
        world.ask(sync(Scope::All));
        world.quiesce();
        prop_assert_eq!(&world.broken, &None);
        prop_assert_eq!(world.unanswered(), []);
        prop_assert_eq!(world.behind(), Vec::<String>::new());
        count(&ALL, steps.len());
    }

    #[test]
    fn an_end_at_any_moment_answers_everybody(
        steps in prop::collection::vec(step(), 1..80),
        broken in any::<bool>(),
    ) {
        let mut world = fresh();
        world.event(Event::Tick);
        for step in &steps {
            carry_out(&mut world, step);
        }
        let why = if broken { Why::Broken("no workers".to_owned()) } else { Why::Asked };
        world.event(Event::Stop(why));
        world.ask(hook("home"));
        if world.ended.is_none() {
            let waited = world.sleep();
            let limit = Duration::from_secs(if broken { 5 } else { 30 });
            prop_assert!(waited <= limit);
        }
        prop_assert!(world.ended.is_some());
        count(&ENDS, steps.len());
        prop_assert_eq!(world.unanswered(), []);
        prop_assert_eq!(&world.broken, &None);
    }
}
