//! A plan carried out leaves nothing to plan, wherever it was cut off on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{OpId, Plan, plan};
use super::stack::stack;
use super::world::{World, options};
use crate::model::desired::Desired;
use crate::model::observed::Observed;

/// Changes of all kinds, each with a restart policy that makes it hard to tell who stopped a container.
const CHANGES: &[(&str, &str)] = &[
    ("", "web"),
    ("web once env.A=1", "web once env.A=2"),
    ("web once scale=1 anon=/a", "web once scale=3 anon=/a env.A=1"),
    (
        "app once after=db:healthy:restart\ndb once health",
        "app once after=db:healthy:restart\ndb once health env.A=1",
    ),
    ("app once share=vpn\nvpn once", "app once share=vpn\nvpn once env.A=1"),
    ("vpn once", "vpn once env.A=1\napp once from=vpn\nside once share=vpn"),
    ("app once on=n,m\ndb once on=n\nnet n mtu=1", "app once on=n,m\ndb once on=n\nnet n mtu=2"),
    ("app once after=job:completed\njob ends", "app once after=job:completed env.A=1\njob ends"),
    ("app once after=job:completed\njob ends", "app once after=job:completed\njob ends env.A=1"),
    ("app once vol=a:/data", "app once vol=b:/data"),
    ("app once file=x:1", "app once file=x:2"),
    ("a once name=x\nb once name=y", "a once name=y\nb once name=x"),
    ("a once name=x", "a once name=y"),
    (
        "a once on=n after=b:restart\nb once on=n\nnet n mtu=1",
        "a once on=n after=b:restart\nb once on=n env.A=1\nnet n mtu=2",
    ),
];

/// Changes that let containers go. Between the stop of one and its removal nothing tells that a run has stopped it; so
/// these are only taken back with a restart policy.
const REMOVALS: &[(&str, &str)] = &[
    ("web once scale=3", "web once scale=1"),
    ("web once scale=3 env.A=1", "web once scale=2 env.A=2"),
    ("web once", "web once scale=0"),
    ("web once\nold once", "web once env.A=1\nprune"),
    ("a once name=x", "b once name=x\nprune"),
];

#[test]
fn a_plan_carried_out_leaves_nothing_to_do() {
    for (was, is) in CHANGES.iter().chain(REMOVALS) {
        let (mut world, is) = (World::with(&stack(was)), stack(is));
        world.bring(&is);
        assert_settled(&world, &is, was);
    }
}

#[test]
fn any_order_that_keeps_to_the_predecessors_will_do() {
    for (was, is) in CHANGES.iter().chain(REMOVALS) {
        let (mut world, is) = (World::with(&stack(was)), stack(is));
        let plan = plan(&is, &world.observed, &options()).unwrap();
        for id in last_first(&plan) {
            let operation = plan.get(id).unwrap();
            let done = world.apply(&is, operation);
            assert_eq!(done, Ok(()), "{operation}, from `{was}`\n{plan}");
        }
        assert_settled(&world, &is, was);
    }
}

#[test]
fn a_run_cut_off_anywhere_is_finished_by_the_next() {
    for (was, is) in CHANGES.iter().chain(REMOVALS) {
        let (before, is) = (World::with(&stack(was)), stack(is));
        let wanted = end(&before, &is);
        for (cut, world) in cut_off(&before, &is) {
            assert_eq!(end(&world, &is), wanted, "cut off after {cut}, from `{was}`");
            for (again, world) in cut_off(&world, &is) {
                assert_eq!(
                    end(&world, &is),
                    wanted,
                    "cut off after {cut} and {again}, from `{was}`"
                );
            }
        }
    }
}

#[test]
fn a_run_cut_off_anywhere_can_be_taken_back() {
    for (was, is) in taken_back() {
        let (was_text, was) = (&was, stack(&format!("{was}\nprune")));
        let (before, is) = (World::with(&was), stack(&is));
        let wanted = unnumbered(end(&before, &was));
        for (cut, world) in cut_off(&before, &is) {
            assert_eq!(
                unnumbered(end(&world, &was)),
                wanted,
                "cut off after {cut}, from `{was_text}`"
            );
        }
    }
}

/// Gaps between the numbers of replicas are not filled, so what is taken back may have other numbers.
fn unnumbered(summary: BTreeMap<String, String>) -> Vec<(String, String)> {
    let digits = |c: char| c.is_ascii_digit();
    let plain = summary.into_iter();
    plain.map(|(name, what)| (name.trim_end_matches(digits).to_owned(), what)).collect()
}

fn taken_back() -> impl Iterator<Item = (String, String)> {
    let restarted = |text: &str| text.replace(" once", "");
    let changes = CHANGES.iter().map(|(was, is)| ((*was).to_owned(), (*is).to_owned()));
    changes.chain(REMOVALS.iter().map(move |(was, is)| (restarted(was), restarted(is))))
}

/// The worlds that are left when a run is cut off after each of its operations.
fn cut_off(before: &World, desired: &Desired) -> Vec<(usize, World)> {
    let plan = plan(desired, &before.observed, &options()).unwrap();
    let mut world = before.clone();
    let mut worlds = vec![(0, world.clone())];
    for (done, operation) in plan.operations.iter().enumerate() {
        world.apply(desired, operation).unwrap();
        worlds.push((done + 1, world.clone()));
    }
    worlds
}

/// What there is after a run: names, and what matters of each.
fn end(before: &World, desired: &Desired) -> BTreeMap<String, String> {
    let mut world = before.clone();
    world.bring(desired);
    let left = plan(desired, &world.observed, &options()).unwrap();
    assert!(left.is_empty(), "left to do:\n{left}");
    summary(desired, &world.observed)
}

fn summary(desired: &Desired, observed: &Observed) -> BTreeMap<String, String> {
    let containers = observed.containers.iter().map(|container| {
        let state = container.state;
        let volumes: Vec<&str> = container
            .mounts
            .iter()
            .map(
                |mount| if mount.name.starts_with("anonymous") { "anonymous" } else { &mount.name },
            )
            .collect();
        let networks: Vec<&String> = container.networks.keys().collect();
        // The spec of a container that shares namespaces holds an ID, and IDs are never the same twice.
        (container.name.clone(), format!("{state:?} {volumes:?} {networks:?}"))
    });
    let declared = desired.project.networks.values();
    let networks = declared.filter_map(|network| observed.networks.get(&network.name));
    let networks = networks
        .map(|network| (format!("network {}", network.name), format!("{:?}", network.labels)));
    containers.chain(networks).collect()
}

fn assert_settled(world: &World, desired: &Desired, was: &str) {
    let left = plan(desired, &world.observed, &options()).unwrap();
    assert!(left.is_empty(), "from `{was}`:\n{left}");
}

/// The operations, always taking the last one that may be done.
fn last_first(plan: &Plan) -> Vec<OpId> {
    let (mut done, mut order) = (BTreeSet::new(), Vec::new());
    while let Some(next) = plan.operations.iter().rev().find(|operation| {
        !done.contains(&operation.id) && operation.after.iter().all(|id| done.contains(id))
    }) {
        done.insert(next.id);
        order.push(next.id);
    }
    assert_eq!(order.len(), plan.operations.len());
    order
}
