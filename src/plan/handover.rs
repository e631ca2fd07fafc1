//! A container is replaced while it runs: its successor comes up beside it, takes its names over, and then it goes.

use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};
use crate::model::service::Service;

use super::cause::Cause;
use super::hooks::Hooks;
use super::operation::{Action, OpId, Phase, Place, Unmet, Until};
use super::replicas::{Fate, Replica};
use super::resources::is_running;
use super::startfirst::{may_be_found, named_networks, to_restore};
use super::starts::Starts;
use super::wrecks;

/// The operations of one service, each behind the one before.
struct Chain<'s, 'a, 'd> {
    starts: &'s mut Starts<'a, 'd>,
    service: &'a ServiceName,
    after: Vec<OpId>,
}

impl Chain<'_, '_, '_> {
    fn add(&mut self, action: Action, cause: &Cause) {
        let after = std::mem::take(&mut self.after);
        let id = self.starts.draft.add(action, Some(self.service), cause.clone(), after);
        self.after = vec![id];
    }
}

impl<'a> Starts<'a, '_> {
    /// Replaces one container start-first, behind `after`; answers the last operation.
    pub(super) fn hand_over(
        &mut self,
        (name, service): (&'a ServiceName, &Service),
        (replica, leftovers): (&Replica<'a>, &[&Container]),
        after: Vec<OpId>,
    ) -> Vec<OpId> {
        let Fate::Replace { old, cause, successor, .. } = &replica.fate else { return after };
        let until = Until::Up { settle: self.decision.options.settle, may_end: false };
        let timeout = Some(self.longest(service));
        let drain = self.decision.desired.behaviour(name).drain;
        let drain = drain.unwrap_or(self.decision.options.drain);
        let has_copies = self.has_copies(name);
        let freed = self.freed_name(replica, old);
        let desired = self.decision.desired;
        let restored = to_restore(desired, (name, service), old, leftovers);
        let mut chain = Chain { starts: self, service: name, after };
        chain.after.extend(freed);
        let made = replica.first_name();
        if successor.is_none_or(|made| made.state != ContainerState::Running) {
            if has_copies {
                chain.add(Action::CopyFiles { name: made.clone() }, &Cause::Created);
            }
            chain.add(Action::StartContainer { name: made.clone() }, &Cause::Created);
            let hooks = Hooks { service: (name, service), phase: Phase::PostStart };
            let after = std::mem::take(&mut chain.after);
            chain.after = hooks.add(chain.starts.draft, &made, &Cause::Created, after);
        }
        let containers = vec![made.clone()];
        let wait =
            Action::Wait { service: name.clone(), containers, until, timeout, unmet: Unmet::Fail };
        chain.add(wait, &Cause::MustBeUp);
        chain.take_names((name, service), replica);
        chain.lose_names((name, service), replica, (old, &restored));
        let name = old.name.clone();
        if is_running(old) {
            chain.add(Action::DrainContainer { name: name.clone(), time: drain }, cause);
            let timeout = chain.starts.decision.options.stop_timeout;
            chain.add(Action::StopContainer { name: name.clone(), timeout }, cause);
        }
        chain.add(wrecks::away(old), cause);
        chain.add(Action::RenameContainer { from: made, to: replica.name.clone() }, cause);
        chain.after
    }

    /// What has to be gone before a container gets its name in the end, when that is not the one it replaces.
    fn freed_name(&self, replica: &Replica, old: &Container) -> Vec<OpId> {
        if old.name == replica.name {
            return Vec::new();
        }
        let frees = |action: &Action| matches!(action, Action::RemoveContainer { name, .. } | Action::RenameContainer { from: name, .. } if *name == replica.name);
        let operations = self.draft.operations.iter();
        operations.filter(|operation| frees(&operation.action)).map(|found| found.id).collect()
    }
}

impl Chain<'_, '_, '_> {
    /// The new container joins its networks again, with the names of its service.
    fn take_names(&mut self, (name, service): (&ServiceName, &Service), replica: &Replica) {
        let Fate::Replace { old, successor, .. } = &replica.fate else { return };
        let desired = self.starts.decision.desired;
        let cause = Cause::TakesOver(old.name.clone());
        let made = replica.first_name();
        for (_, network) in named_networks(desired, service) {
            let known = successor.filter(|made| made.details.is_some());
            if known.is_some_and(|made| may_be_found(made, name, network)) {
                continue;
            }
            let is_out = known.is_some_and(|made| !made.networks.contains_key(network));
            if !is_out {
                self.leave(&made, network, &cause);
            }
            self.join(&made, network, (replica, Place::Found), &cause);
        }
    }

    /// The old one loses them: it joins again under its own name alone, so that what is connected to it may end.
    fn lose_names(
        &mut self,
        (name, service): (&ServiceName, &Service),
        replica: &Replica,
        (old, restored): (&Container, &[&String]),
    ) {
        let Fate::Replace { cause, .. } = &replica.fate else { return };
        if !is_running(old) {
            return;
        }
        let desired = self.starts.decision.desired;
        for (key, network) in named_networks(desired, service) {
            if !may_be_found(old, name, network) && !restored.contains(&network) {
                continue;
            }
            let declared = desired.project.networks.get(key);
            let may_ask = declared
                .is_some_and(|known| known.ipam.config.iter().any(|pool| !pool.subnet.is_empty()));
            let endpoint = old.details.as_ref().and_then(|known| known.endpoints.get(network));
            let address = endpoint.map(|found| found.address.clone());
            let address = address.filter(|address| may_ask && !address.is_empty());
            let place = Place::Hidden { address };
            self.leave(&old.name, network, cause);
            self.join(&old.name, network, (replica, place), cause);
        }
    }

    fn leave(&mut self, name: &str, network: &str, cause: &Cause) {
        let (name, network) = (name.to_owned(), network.to_owned());
        self.add(Action::DisconnectContainer { name, network }, cause);
    }

    fn join(
        &mut self,
        name: &str,
        network: &str,
        (replica, place): (&Replica, Place),
        cause: &Cause,
    ) {
        let action = Action::ConnectContainer {
            name: name.to_owned(),
            final_name: replica.name.clone(),
            service: self.service.clone(),
            number: replica.number,
            network: network.to_owned(),
            place,
        };
        self.add(action, cause);
    }
}
