//! Services that wait for each other.

use std::collections::BTreeMap;

use crate::model::name::ServiceName;
use crate::model::service::Service;

use super::error::Error;
use super::inconsistency::Inconsistency;
use super::typed::Typed;

/// Fails when services depend on each other in a circle.
pub(super) fn check(typed: &Typed) -> Result<(), Error> {
    let mut done = Vec::new();
    for name in typed.project.services.keys() {
        let mut chain = Vec::new();
        if let Some(circle) = visit(name, &typed.project.services, &mut chain, &mut done) {
            let at =
                typed.location(&["services", circle[0].as_str(), "depends_on", circle[1].as_str()]);
            let names: Vec<&str> = circle.iter().map(|name| name.as_str()).collect();
            let problem = Inconsistency::DependencyCycle { chain: names.join(" → ") };
            return Err(Error::invalid(at, "services", problem));
        }
    }
    Ok(())
}

/// Follows the dependencies of `name`; the circle, if one is found.
fn visit<'s>(
    name: &'s ServiceName,
    services: &'s BTreeMap<ServiceName, Service>,
    chain: &mut Vec<&'s ServiceName>,
    done: &mut Vec<&'s ServiceName>,
) -> Option<Vec<&'s ServiceName>> {
    if let Some(start) = chain.iter().position(|link| *link == name) {
        let mut circle = chain[start..].to_vec();
        circle.push(name);
        return Some(circle);
    }
    if done.contains(&name) {
        return None;
    }
    chain.push(name);
    for dependency in services.get(name).into_iter().flat_map(|service| service.depends_on.keys()) {
        if let Some(circle) = visit(dependency, services, chain, done) {
            return Some(circle);
        }
    }
    chain.pop();
    done.push(name);
    None
}
