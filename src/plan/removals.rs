//! Stops, removals and renames: the second half of the changes.

use std::collections::BTreeMap;

use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};

use super::cause::Cause;
use super::changes::Changes;
use super::hooks::{Hooks, has_own_hooks};
use super::operation::{Action, OpId, Phase};
use super::order::before;
use super::replicas::{Fate, Staff};
use super::resources::{NetworkFate, is_on, is_running};
use super::wrecks;

impl<'a> Changes<'a, '_> {
    /// Stops whatever is replaced, leaves, or restarts with a dependency; dependents before what they depend on.
    pub(super) fn stops(&mut self) {
        let decision = self.decision;
        // What each service stops; for one that stops nothing, what its dependents stop.
        let mut by_service: BTreeMap<&ServiceName, Vec<OpId>> = BTreeMap::new();
        for (name, staff) in decision.in_order().rev() {
            let going = to_stop(staff);
            let dependents = decision.in_order().filter(|(other, _)| {
                let services = &decision.desired.project.services;
                services.get(*other).is_some_and(|service| {
                    before(&decision.desired.project, service).contains(name)
                })
            });
            let dependents = dependents.filter_map(|(other, _)| by_service.get(other)).flatten();
            let dependents: Vec<OpId> = dependents.copied().collect();
            if going.is_empty() {
                by_service.insert(name, dependents);
                continue;
            }
            let after: Vec<OpId> = dependents.iter().chain(&self.gate).copied().collect();
            let mut stops = Vec::new();
            for (container, cause) in going {
                let after = self.pre_stop(name, container, &cause, after.clone());
                stops.push(self.stop(container, Some(name), cause, after));
            }
            by_service.insert(name, stops);
        }
    }

    /// The hooks that run in a container before it is stopped. Answers what the stop has to wait for.
    fn pre_stop(
        &mut self,
        name: &ServiceName,
        container: &Container,
        cause: &Cause,
        after: Vec<OpId>,
    ) -> Vec<OpId> {
        let decision = self.decision;
        match decision.desired.project.services.get(name) {
            Some(service) if has_own_hooks(cause) && container.state == ContainerState::Running => {
                let hooks = Hooks { service: (name, service), phase: Phase::PreStop };
                hooks.add(self.draft, &container.name, cause, after)
            }
            Some(_) | None => after,
        }
    }

    /// Networks whose options differ are removed once nothing runs on them, and made anew.
    pub(super) fn replaced_networks(&mut self) {
        let decision = self.decision;
        for (key, fate) in &decision.networks {
            let (NetworkFate::Replace { id }, Some(network)) =
                (fate, decision.desired.project.networks.get(key))
            else {
                continue;
            };
            let on = decision.observed.containers.iter().filter(|container| is_on(container, id));
            let stops = on.filter_map(|container| self.stopped.get(container.name.as_str()));
            let after = stops.chain(&self.gate).copied().collect();
            let name = network.name.clone();
            let cause = Cause::NetworkChanged(key.clone());
            let action = Action::RemoveNetwork { id: id.clone(), name: name.clone() };
            let removal = self.draft.add(action, None, cause.clone(), after);
            let action = Action::CreateNetwork { key: key.clone(), name };
            self.draft.add(action, None, cause, vec![removal]);
        }
    }

    /// Removes what was replaced and what leaves.
    pub(super) fn removals(&mut self) {
        let decision = self.decision;
        for (name, staff) in decision.in_order() {
            let leaving = staff.leaving.iter().map(|(container, cause)| (*container, cause));
            let replaced = staff.replicas.iter().filter_map(|replica| match &replica.fate {
                Fate::Replace { old, cause, handover: false, .. } => Some((*old, cause)),
                Fate::Replace { .. } | Fate::Keep(_) | Fate::New => None,
            });
            for (container, cause) in leaving.chain(replaced) {
                let stop = self.stopped.get(container.name.as_str()).copied();
                let after = stop.map_or_else(|| self.gate.clone(), |stop| vec![stop]);
                self.remove(container, Some(name), cause.clone(), after);
            }
        }
    }

    /// Gives their names to the containers that were made, or left over, under temporary ones.
    pub(super) fn renames(&mut self) {
        let decision = self.decision;
        for (name, staff) in decision.in_order() {
            for replica in &staff.replicas {
                let (cause, old) = match &replica.fate {
                    Fate::Replace { old, cause, handover: false, .. } => (cause, old.name.as_str()),
                    Fate::Keep(kept) if kept.container.name != replica.name => {
                        (&Cause::Interrupted, "")
                    }
                    Fate::Replace { .. } | Fate::Keep(_) | Fate::New => continue,
                };
                let freed = [old, replica.name.as_str()];
                let freed = freed.iter().filter_map(|name| self.freed.get(name)).copied();
                let after = freed.collect::<Vec<_>>();
                let after = if after.is_empty() { self.gate.clone() } else { after };
                let action = Action::RenameContainer {
                    from: replica.first_name(),
                    to: replica.name.clone(),
                };
                self.draft.add(action, Some(name), cause.clone(), after);
            }
        }
    }

    pub(super) fn stop(
        &mut self,
        container: &'a Container,
        service: Option<&ServiceName>,
        cause: Cause,
        after: Vec<OpId>,
    ) -> OpId {
        let (name, timeout) = (container.name.clone(), self.decision.options.stop_timeout);
        let id = self.draft.add(Action::StopContainer { name, timeout }, service, cause, after);
        self.stopped.insert(&container.name, id);
        id
    }

    /// Removes a container, or sets it aside where that was begun before and did not end.
    pub(super) fn remove(
        &mut self,
        container: &'a Container,
        service: Option<&ServiceName>,
        cause: Cause,
        after: Vec<OpId>,
    ) -> OpId {
        let id = self.draft.add(wrecks::away(container), service, cause, after);
        self.freed.insert(&container.name, id);
        id
    }
}

/// The running containers of a service that have to be stopped, and why.
fn to_stop<'a>(staff: &Staff<'a>) -> Vec<(&'a Container, Cause)> {
    let leaving = staff.leaving.iter().cloned();
    let staying = staff.replicas.iter().rev().filter_map(|replica| match &replica.fate {
        Fate::Replace { old, cause, handover: false, .. } => Some((*old, cause.clone())),
        Fate::Keep(kept) => kept.stop.clone().map(|cause| (kept.container, cause)),
        Fate::Replace { .. } | Fate::New => None,
    });
    leaving.chain(staying).filter(|(container, _)| is_running(container)).collect()
}
