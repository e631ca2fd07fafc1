//! What stacks of one host take from each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::parts::Port;

use super::finding::Finding;
use super::rule::RuleId;
use super::stack::{Checked, Look};

/// Where the ports and names of a stack stand, so that a collision can be told after the stack is gone.
pub(super) fn places(look: &Look<'_>, stack: &Path) -> BTreeMap<Vec<String>, Finding> {
    let mut places = BTreeMap::new();
    for (name, service) in &look.loaded.project.services {
        let mut note = |rule, path: Vec<String>| {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let finding = Finding { stack: Some(stack.to_owned()), ..look.at(rule, &parts, "") };
            places.insert(path, finding);
        };
        let path = |rest: &[&str]| {
            let whole = [&["services", name.as_str()], rest].concat();
            whole.into_iter().map(str::to_owned).collect::<Vec<String>>()
        };
        for index in 0..service.ports.len() {
            note(RuleId::PortTwice, path(&["ports", &index.to_string()]));
        }
        if !service.container_name.is_empty() {
            note(RuleId::NameTwice, path(&["container_name"]));
        }
    }
    places
}

/// Who takes something of the host.
struct Taker<'c> {
    stack: usize,
    who: String,
    place: &'c Finding,
}

/// Holds stacks against each other; `together` tells whether two of them run on one host.
pub(super) fn check(
    stacks: &[Checked],
    together: &dyn Fn(usize, usize) -> bool,
    findings: &mut BTreeSet<Finding>,
) {
    let mut names: BTreeMap<&str, Vec<Taker<'_>>> = BTreeMap::new();
    let mut ports: BTreeMap<(String, u16), Vec<(&str, Taker<'_>)>> = BTreeMap::new();
    for (stack, checked) in stacks.iter().enumerate() {
        for (name, service) in &checked.project.services {
            let path =
                |rest: &[String]| [&["services".to_owned(), name.to_string()], rest].concat();
            let who = format!("service `{name}` of `{}`", checked.project.name);
            if let Some(place) = checked.places.get(&path(&["container_name".to_owned()])) {
                let taker = Taker { stack, who: who.clone(), place };
                names.entry(&service.container_name).or_default().push(taker);
            }
            for (index, port) in service.ports.iter().enumerate() {
                let at = path(&["ports".to_owned(), index.to_string()]);
                let Some(place) = checked.places.get(&at) else { continue };
                for number in single(port) {
                    let taker = Taker { stack, who: who.clone(), place };
                    let key = (protocol(port).to_owned(), number);
                    ports.entry(key).or_default().push((port.host_ip.as_str(), taker));
                }
            }
        }
    }
    for (name, takers) in &names {
        for (index, taker) in takers.iter().enumerate() {
            let first = takers[..index].iter().find(|other| together(other.stack, taker.stack));
            if let Some(first) = first {
                let message = format!("{} and {} are both named `{name}`", first.who, taker.who);
                findings.insert(Finding { message, ..taker.place.clone() });
            }
        }
    }
    for ((protocol, number), takers) in &ports {
        for (index, (address, taker)) in takers.iter().enumerate() {
            let first = takers[..index].iter().find(|(other, first)| {
                overlap(other, address) && together(first.stack, taker.stack)
            });
            if let Some((_, first)) = first {
                let message = format!(
                    "{} and {} both publish port {number}/{protocol}",
                    first.who, taker.who
                );
                findings.insert(Finding { message, ..taker.place.clone() });
            }
        }
    }
}

/// The ports that are surely taken: a range for one container port takes any one of its ports.
fn single(port: &Port) -> impl Iterator<Item = u16> {
    port.published.parse().ok().filter(|number| *number > 0).into_iter()
}

fn protocol(port: &Port) -> &str {
    if port.protocol.is_empty() { "tcp" } else { &port.protocol }
}

/// Whether two addresses are, or may be, the same.
fn overlap(one: &str, other: &str) -> bool {
    let any = |address: &str| matches!(address, "" | "0.0.0.0" | "::" | "[::]");
    any(one) || any(other) || one == other
}
