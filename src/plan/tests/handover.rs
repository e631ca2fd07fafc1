//! Services that are replaced while they run.

use std::collections::BTreeMap;

use super::super::plan;
use super::stack::{service_name, stack};
use super::world::{World, options};
use super::{change, shown};
use crate::model::desired::Desired;
use crate::model::observed::{ContainerState, HealthStatus};
use crate::model::parts::Port;
use crate::plan::Action;

const WAS: &str = "web health update=start-first env.A=1 on=n,m\nclient after=web:healthy";
const IS: &str = "web health update=start-first env.A=2 on=n,m\nclient after=web:healthy";

#[test]
fn the_new_container_is_up_before_the_old_one_goes() {
    insta::assert_snapshot!(change("web update=start-first env.A=1", "web update=start-first env.A=2"), @r"
        create      000000000002_p-web-1                 environment A changed
        start       000000000002_p-web-1                 just created
        wait        web up                               must be up
        disconnect  000000000002_p-web-1 from p_default  takes over from p-web-1
        connect     000000000002_p-web-1 to p_default    takes over from p-web-1
        disconnect  p-web-1 from p_default               environment A changed
        connect     p-web-1 to p_default without names   environment A changed
        drain       p-web-1 for 10s                      environment A changed
        stop        p-web-1                              environment A changed
        remove      p-web-1                              environment A changed
        rename      000000000002_p-web-1 to p-web-1      environment A changed
        ");
}

#[test]
fn replicas_are_replaced_one_at_a_time() {
    let world = World::with(&stack("web update=start-first scale=2 env.A=1"));
    let desired = stack("web update=start-first scale=2 env.A=2");
    let plan = plan(&desired, &world.observed, &options()).unwrap();
    let place = |verb: &str, name: &str| {
        let is = |subject: &str| subject.ends_with(name);
        let mut all = plan.operations.iter().map(|operation| &operation.action);
        all.position(|action| action.verb() == verb && is(&action.subject())).unwrap()
    };
    assert!(place("remove", "p-web-1") < place("start", "_p-web-2"));
}

#[test]
fn somebody_is_found_at_every_moment() {
    for (was, is) in
        [(WAS, IS), ("web update=start-first scale=3", "web update=start-first scale=3 env.A=1")]
    {
        let (mut world, is) = (World::with(&stack(was)), stack(is));
        let plan = plan(&is, &world.observed, &options()).unwrap();
        for operation in &plan.operations {
            world.apply(&is, operation).unwrap();
            assert_served(&world, &is, &operation.to_string());
        }
    }
}

/// Somebody who runs is found by the name of the service on each of its networks.
fn assert_served(world: &World, desired: &Desired, at: &str) {
    let service = &desired.project.services["web"];
    for (key, _) in service.networks.iter().flatten() {
        let network = &desired.project.networks[key].name;
        let mut containers = world.observed.containers.iter();
        let serves = containers.any(|container| {
            let endpoint =
                container.details.as_ref().and_then(|known| known.endpoints.get(network));
            container.service() == "web"
                && container.state == ContainerState::Running
                && container.networks.contains_key(network)
                && endpoint.is_some_and(|endpoint| endpoint.aliases.contains("web"))
        });
        assert!(serves, "nobody serves on {network} after {at}");
    }
}

/// Where a run was cut off anywhere, the next one ends in the same, and serves all the time.
fn check_cuts(was: &str, is: &str, then: &str) {
    let (before, is, then) = (World::with(&stack(was)), stack(is), stack(then));
    let steps = plan(&is, &before.observed, &options()).unwrap().operations;
    let mut world = before.clone();
    for cut in 0..=steps.len() {
        let mut next = world.clone();
        let plan_next = plan(&then, &next.observed, &options()).unwrap();
        for operation in &plan_next.operations {
            next.apply(&then, operation).unwrap_or_else(|error| {
                panic!("cut off after {cut}: {operation}: {error}\n{plan_next}")
            });
            assert_served(&next, &then, &format!("{cut} and {operation}\n{plan_next}"));
        }
        let left = plan(&then, &next.observed, &options()).unwrap();
        assert!(left.is_empty(), "cut off after {cut}:\n{left}");
        assert_eq!(names(&next), names(&before), "cut off after {cut}");
        if let Some(operation) = steps.get(cut) {
            world.apply(&is, operation).unwrap();
        }
    }
}

fn names(world: &World) -> BTreeMap<String, ContainerState> {
    let containers = world.observed.containers.iter();
    containers.map(|container| (container.name.clone(), container.state)).collect()
}

#[test]
fn a_run_cut_off_anywhere_is_finished_by_the_next() {
    check_cuts(WAS, IS, IS);
    check_cuts(
        "web update=start-first scale=2",
        "web update=start-first scale=2 env.A=1",
        "web update=start-first scale=2 env.A=1",
    );
}

#[test]
fn a_run_cut_off_anywhere_can_be_taken_back() {
    check_cuts(WAS, IS, WAS);
}

#[test]
fn a_run_cut_off_anywhere_can_be_followed_by_another_revision() {
    check_cuts(WAS, IS, "web health update=start-first env.A=3 on=n,m\nclient after=web:healthy");
}

#[test]
fn a_new_container_that_is_not_healthy_leaves_the_old_one_in_place() {
    let (was, is) = ("web health update=start-first", "web health update=start-first env.A=1");
    let mut world = World::with(&stack(was));
    let steps = plan(&stack(is), &world.observed, &options()).unwrap().operations;
    for operation in steps.iter().take_while(|next| !matches!(next.action, Action::Wait { .. })) {
        world.apply(&stack(is), operation).unwrap();
    }
    world.container("000000000002_p-web-1").health = HealthStatus::Unhealthy;
    assert_served(&world, &stack(was), "the start");
    insta::assert_snapshot!(shown(&world, was), @r"
        stop     000000000002_p-web-1  left over from an interrupted recreate
        remove   000000000002_p-web-1  left over from an interrupted recreate
        ");
    assert!(shown(&world, is).starts_with("wait "));
}

fn web(desired: &mut Desired) -> &mut crate::model::service::Service {
    desired.project.services.get_mut(&service_name("web")).unwrap()
}

#[test]
fn a_service_of_which_there_cannot_be_two_is_refused() {
    let check = |alter: &dyn Fn(&mut Desired)| {
        let mut desired = stack("web update=start-first\nother");
        alter(&mut desired);
        plan(&desired, &World::new().observed, &options()).unwrap_err().to_string()
    };
    insta::assert_snapshot!(check(&|desired| web(desired).container_name = "web".into()), @"service `web` cannot be replaced start-first: it has a `container_name`, which only one container can have");
    insta::assert_snapshot!(check(&|desired| {
        web(desired).ports = vec![Port { target: 80, published: "8080".into(), ..Port::default() }];
    }), @"service `web` cannot be replaced start-first: it publishes port 8080 of the host");
    insta::assert_snapshot!(check(&|desired| {
        let service = web(desired);
        service.network_mode = "host".into();
        service.networks = None;
    }), @"service `web` cannot be replaced start-first: `network_mode: host` gives it the ports of another");
    insta::assert_snapshot!(check(&|desired| {
        let other = desired.project.services.get_mut(&service_name("other")).unwrap();
        other.networks = None;
        other.network_mode = "service:web".into();
    }), @"service `web` cannot be replaced start-first: `other` shares its namespaces or volumes");
}

#[test]
fn a_network_that_is_made_anew_stops_everything_on_it() {
    let plan = change(
        "web update=start-first on=n\nnet n mtu=1",
        "web update=start-first on=n\nnet n mtu=2",
    );
    assert!(plan.contains("note: `web` is stopped before it is replaced this time, because network `n` is made anew"), "{plan}");
    assert!(!plan.contains("drain"), "{plan}");
}

#[test]
fn the_first_container_is_found_from_the_beginning() {
    let world = World::with(&stack("web update=start-first"));
    assert_served(&world, &stack("web update=start-first"), "the first start");
}
