//! What is done about a stack that its source no longer holds: its containers, networks and files go. Volumes stay.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::labels;
use crate::model::name::InstanceName;
use crate::model::observed::{Container, Observed};

use super::cause::Cause;
use super::draft::Draft;
use super::operation::{Action, OpId, Plan};
use super::resources::{is_on, is_running};

/// Removes what this instance made for a project. Whatever carries no label of it stays, and so does a network that
/// anything else is on.
pub fn gone(observed: &Observed, instance: &InstanceName) -> Plan {
    let is_ours = |labels: &BTreeMap<String, String>| {
        labels.get(labels::INSTANCE).is_some_and(|label| label == instance.as_str())
    };
    let (ours, others): (Vec<&Container>, Vec<&Container>) =
        observed.containers.iter().partition(|container| is_ours(&container.labels));
    let mut draft = Draft::default();
    let stops = stops(&ours, &mut draft);
    let mut removals = Vec::new();
    for container in &ours {
        let after = stops.get(container.name.as_str()).into_iter().copied().collect();
        let (name, broken) = (container.name.clone(), container.is_broken());
        let action = Action::RemoveContainer { name, broken };
        removals.push(draft.add(action, None, Cause::StackGone, after));
    }
    let networks = observed.networks.values().filter(|network| is_ours(&network.labels));
    let free = networks.filter(|network| {
        let is_used = |container: &&Container| is_on(container, &network.id);
        network.users.is_empty() && !others.iter().any(is_used)
    });
    for network in free {
        let action = Action::RemoveNetwork { id: network.id.clone(), name: network.name.clone() };
        draft.add(action, None, Cause::StackGone, removals.clone());
    }
    for path in observed.files.keys() {
        let action = Action::RemoveFile { path: path.clone() };
        draft.add(action, None, Cause::StackGone, removals.clone());
    }
    Plan { operations: draft.operations, notes: Vec::new() }
}

/// Stops, dependents before what they depend on, as the labels tell it.
fn stops<'c>(ours: &[&'c Container], draft: &mut Draft) -> BTreeMap<&'c str, OpId> {
    let mut waiting: Vec<&Container> =
        ours.iter().copied().filter(|container| is_running(container)).collect();
    let mut stops: BTreeMap<&str, OpId> = BTreeMap::new();
    while !waiting.is_empty() {
        let needed: BTreeSet<String> =
            waiting.iter().flat_map(|container| dependencies(container)).collect();
        let is_needed = |container: &&Container| needed.contains(container.service());
        let (mut later, mut next): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_needed);
        if next.is_empty() {
            // Labels that go in a circle tell no order.
            std::mem::swap(&mut later, &mut next);
        }
        for container in next {
            let dependents = ours
                .iter()
                .filter(|other| dependencies(other).any(|service| service == container.service()));
            let after = dependents.filter_map(|other| stops.get(other.name.as_str()).copied());
            let after = after.collect();
            let action = Action::StopContainer { name: container.name.clone(), timeout: None };
            let id = draft.add(action, None, Cause::StackGone, after);
            stops.insert(&container.name, id);
        }
        waiting = later;
    }
    stops
}

/// The services that a container depends on, by its label: `service:condition:restart`, joined by commas.
fn dependencies(container: &Container) -> impl Iterator<Item = String> + '_ {
    let own = container.service();
    let all = container.label(labels::DEPENDS_ON).split(',');
    let names = all.filter_map(|entry| entry.split(':').next());
    names.filter(move |name| !name.is_empty() && *name != own).map(str::to_owned)
}

/// Whether what a source no longer holds may only go when a person says so: it holds nothing any more, or has lost more
/// than half.
pub fn needs_confirmation(known: usize, lost: usize, held: usize) -> bool {
    lost > 0 && (held == 0 || lost.saturating_mul(2) > known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observed::{ContainerState, ObservedNetwork};

    fn container(name: &str, depends_on: &str, instance: &str) -> Container {
        let labels = [
            (labels::SERVICE, name),
            (labels::DEPENDS_ON, depends_on),
            (labels::INSTANCE, instance),
        ];
        Container {
            id: name.to_owned(),
            name: format!("p-{name}-1"),
            labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            state: ContainerState::Running,
            networks: BTreeMap::from([("p_default".to_owned(), "net".to_owned())]),
            ..Container::default()
        }
    }

    fn check(containers: Vec<Container>) -> String {
        let labels = BTreeMap::from([(labels::INSTANCE.to_owned(), "mine".to_owned())]);
        let name = "p_default".to_owned();
        let network =
            ObservedNetwork { id: "net".into(), name: name.clone(), labels, users: Vec::new() };
        let foreign = ObservedNetwork { name: "other".to_owned(), ..ObservedNetwork::default() };
        let observed = Observed {
            containers,
            networks: BTreeMap::from([(name, network), ("other".to_owned(), foreign)]),
            ..Observed::default()
        };
        gone(&observed, &InstanceName::parse("mine").unwrap()).to_string()
    }

    #[test]
    fn dependents_stop_first_and_everything_of_this_instance_goes() {
        let web = container("web", "db:service_healthy:false", "mine");
        insta::assert_snapshot!(check(vec![container("db", "", "mine"), web]), @r"
        stop     p-web-1            the stack is no longer in its source
        stop     p-db-1             the stack is no longer in its source
        remove   p-db-1             the stack is no longer in its source
        remove   p-web-1            the stack is no longer in its source
        remove   network p_default  the stack is no longer in its source
        ");
    }

    #[test]
    fn what_another_instance_or_nobody_made_stays_and_so_does_its_network() {
        insta::assert_snapshot!(check(vec![container("web", "", "mine"), container("x", "", "other")]), @r"
        stop     p-web-1  the stack is no longer in its source
        remove   p-web-1  the stack is no longer in its source
        ");
    }

    #[test]
    fn labels_in_a_circle_tell_no_order() {
        let both = vec![container("a", "b:x:false", "mine"), container("b", "a:x:false", "mine")];
        assert_eq!(check(both).matches("stop").count(), 2);
    }

    #[test]
    fn a_source_that_loses_much_needs_a_word() {
        assert!(!needs_confirmation(3, 0, 0));
        assert!(!needs_confirmation(4, 2, 2));
        assert!(!needs_confirmation(3, 1, 2));
        assert!(needs_confirmation(4, 3, 1));
        assert!(needs_confirmation(1, 1, 0));
        assert!(needs_confirmation(1, 1, 5));
        assert!(needs_confirmation(4, 1, 0));
    }
}
