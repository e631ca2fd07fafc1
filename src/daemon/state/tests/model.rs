//! Every interleaving of a few requests and pushes, and of the ends of the work that they begin.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use stateright::{Checker as _, Model, Property};

use super::made::{hook, project, source, sync};
use super::world::World;
use crate::daemon::command::Scope;
use crate::daemon::event::{Event, Why};
use crate::model::outcome::Outcome;

/// How often somebody may do something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Left {
    pushes: u8,
    hooks: u8,
    syncs: u8,
    failures: u8,
    stops: u8,
}

#[derive(Debug, Clone)]
struct Seen {
    world: World,
    left: Left,
    /// What counts of all that, so that equal moments are one.
    print: String,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Hash for Seen {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.print.hash(hasher);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Act {
    Push,
    Hook,
    Sync,
    EndWork(usize, bool),
    EndStack(usize),
    Break(usize),
    Wait,
    Stop,
}

struct Bounded(Left);

impl Model for Bounded {
    type State = Seen;
    type Action = Act;

    fn init_states(&self) -> Vec<Seen> {
        let mut world = World::settled(&[("home", &["a", "b"])], Duration::ZERO);
        world.log.clear();
        vec![seen(world, self.0.clone())]
    }

    fn actions(&self, seen: &Seen, actions: &mut Vec<Act>) {
        let Seen { world, left, .. } = seen;
        if world.ended.is_some() {
            return;
        }
        let mut may = |count: u8, act: Act| {
            if count > 0 {
                actions.push(act);
            }
        };
        may(left.pushes, Act::Push);
        may(left.hooks, Act::Hook);
        may(left.syncs, Act::Sync);
        may(left.stops, Act::Stop);
        may(u8::from(world.pause().is_some()), Act::Wait);
        for place in 0..world.work.len() {
            may(1, Act::EndWork(place, true));
            may(left.failures, Act::EndWork(place, false));
        }
        for place in 0..world.passes.len() {
            may(1, Act::EndStack(place));
            may(left.failures, Act::Break(place));
        }
    }

    fn next_state(&self, last: &Seen, act: Act) -> Option<Seen> {
        let Seen { mut world, mut left, .. } = last.clone();
        match act {
            Act::Push => {
                left.pushes -= 1;
                let changed = project(if left.pushes % 2 == 0 { "a" } else { "b" });
                world.push(&source("home"), &[changed]);
            }
            Act::Hook => {
                left.hooks -= 1;
                world.ask(hook("home"));
            }
            Act::Sync => {
                left.syncs -= 1;
                world.ask(sync(Scope::Stacks(vec!["a".to_owned()])));
            }
            Act::Wait => world.wait(world.pause()?),
            Act::Stop => {
                left.stops -= 1;
                world.event(Event::Stop(Why::Asked));
            }
            Act::EndWork(place, well) => {
                left.failures -= u8::from(!well);
                world.end_work(place, well);
            }
            Act::EndStack(place) => world.end_stack(place, Outcome::Changed { operations: 1 }),
            Act::Break(place) => {
                left.failures -= 1;
                world.break_pass(place);
            }
        }
        Some(seen(world, left))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "runs of one stack never overlap, answers come once",
                |_, seen: &Seen| seen.world.broken.is_none(),
            ),
            Property::always("who is accepted is answered once all is quiet", |_, seen: &Seen| {
                !is_quiet(&seen.world) || seen.world.unanswered().is_empty()
            }),
            Property::always(
                "a hook behind the last push brings the newest revision",
                |_, seen: &Seen| {
                    let all_told = seen.left.pushes == 0 && seen.left.failures == FAILURES;
                    let told = seen.left.hooks == 0 && seen.world.told_last;
                    let goes_on = seen.world.ended.is_none() && seen.left.stops == STOPS;
                    !(all_told && told && goes_on && is_quiet(&seen.world))
                        || seen.world.behind().is_empty()
                },
            ),
            Property::sometimes("something comes to its end", |_, seen: &Seen| {
                is_quiet(&seen.world) && seen.left.hooks == 0 && seen.left.pushes == 0
            }),
        ]
    }
}

const FAILURES: u8 = 1;
const STOPS: u8 = 1;

fn is_quiet(world: &World) -> bool {
    let goes_on = world.ended.is_none() && world.pause().is_some();
    world.work.is_empty() && world.passes.is_empty() && !goes_on
}

fn seen(mut world: World, left: Left) -> Seen {
    world.log.clear();
    let mut print = format!("{left:?}");
    let shown = world.state.snapshot();
    let World { passes, work, deployed, answered, head, .. } = &world;
    for stack in &shown.stacks {
        write!(print, "{:?}{:?}", stack.applied, stack.sync).unwrap();
    }
    let (sources, queue, runs) = (&shown.sources, &shown.queue, &shown.runs);
    write!(print, "{sources:?}{queue:?}{runs:?}{:?}{:?}", shown.requests, shown.phase).unwrap();
    write!(print, "{passes:?}{work:?}{deployed:?}{answered:?}{head:?}").unwrap();
    let (state, told) = (&world.state, world.told_last);
    write!(print, "{:?}{:?}{}{told}", state.requests, state.whole, state.at_work).unwrap();
    for source in state.sources.values() {
        write!(print, "{:?}{:?}", source.wanted, source.fetching).unwrap();
    }
    for stack in state.stacks.values() {
        write!(print, "{:?}{:?}{:?}", stack.pending, stack.busy, stack.back).unwrap();
        write!(print, "{:?}", stack.ready_at().map(|at| at > world.now.mono)).unwrap();
    }
    Seen { world, left, print }
}

#[test]
fn the_promises_hold_in_every_order_of_events() {
    let left = Left { pushes: 2, hooks: 2, syncs: 1, failures: FAILURES, stops: STOPS };
    let checker = Bounded(left.clone()).checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let (all, different) = (checker.state_count(), checker.unique_state_count());
    let model = Bounded(left);
    let mut known = HashMap::new();
    let orders: u128 =
        model.init_states().iter().map(|first| orders(&model, first, &mut known)).sum();
    #[expect(clippy::print_stdout, reason = "how much was explored is what the test tells")]
    {
        println!(
            "{orders} interleavings of events, over {all} states, {different} of them different"
        );
    }
    assert!(different > 1000 && orders > 1_000_000);
}

/// In how many orders things may happen from here on until nothing more may.
fn orders(model: &Bounded, from: &Seen, known: &mut HashMap<String, u128>) -> u128 {
    if let Some(orders) = known.get(&from.print) {
        return *orders;
    }
    let mut acts = Vec::new();
    model.actions(from, &mut acts);
    let next = acts.into_iter().filter_map(|act| model.next_state(from, act));
    let count = next.map(|next| orders(model, &next, known)).sum::<u128>().max(1);
    known.insert(from.print.clone(), count);
    count
}
