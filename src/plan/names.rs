//! Whether the names that containers are to have can be had.

use std::collections::BTreeSet;

use crate::model::name::ServiceName;
use crate::model::observed::Container;

use super::error::Error;
use super::planner::Decision;
use super::replicas::{Fate, Replica};

/// Whether every name that is needed is free, or will be.
pub(super) fn check(decision: &Decision) -> Result<(), Error> {
    let mut leaving = decision.leaving();
    for staff in decision.staffs.values() {
        let renamed = staff.replicas.iter().filter_map(|replica| {
            replica.container().filter(|container| container.name != replica.name)
        });
        leaving.extend(renamed.map(|container| container.id.as_str()));
    }
    let mut claimed = BTreeSet::new();
    for (service, staff) in &decision.staffs {
        for replica in &staff.replicas {
            let taken_twice = !claimed.insert(replica.name.as_str());
            if taken_twice || stays(decision, replica, &leaving) {
                let (name, service) = (replica.name.clone(), (*service).clone());
                return Err(Error::NameStays { name, service });
            }
            if needs_name(replica) {
                check_foreign(decision, service, &replica.name)?;
            }
        }
    }
    Ok(())
}

/// Whether a container gets a name that it does not have yet.
fn needs_name(replica: &Replica) -> bool {
    match &replica.fate {
        Fate::Keep(kept) => kept.container.name != replica.name,
        Fate::Replace { old, .. } => old.name != replica.name,
        Fate::New => true,
    }
}

fn stays(decision: &Decision, replica: &Replica, leaving: &BTreeSet<&str>) -> bool {
    let is_own =
        |holder: &Container| replica.container().is_some_and(|container| container.id == holder.id);
    let mut holders =
        decision.observed.containers.iter().filter(|holder| holder.name == replica.name);
    holders.any(|holder| !is_own(holder) && !leaving.contains(holder.id.as_str()))
}

fn check_foreign(decision: &Decision, service: &ServiceName, name: &str) -> Result<(), Error> {
    match decision.observed.foreign.get(name) {
        Some(project) => Err(Error::NameTaken {
            name: name.to_owned(),
            service: service.clone(),
            project: project.clone(),
        }),
        None => Ok(()),
    }
}
