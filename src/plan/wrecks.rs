//! Containers that the engine began to remove and could not: a file of theirs is in use, or must not be removed.
//!
//! Such a one still has its name. It is renamed, so that another one gets the name, and removed behind everything else; where
//! that still fails it stays, and is tried again now and then. Nothing waits for it.

use std::time::Duration;

use crate::model::name::ServiceName;
use crate::model::observed::{Container, Observed};

use super::budget::Budget;
use super::cause::Cause;
use super::note::Note;
use super::operation::{Action, OpId};
use super::options::Options;
use super::starts::Starts;

/// How often the removal of one that was set aside is tried.
const TRIES: Budget = Budget { starts: 1, within: Duration::from_hours(1) };

/// What frees the name of a container.
pub(super) fn away(container: &Container) -> Action {
    let name = container.name.clone();
    if container.is_broken() {
        Action::RenameContainer { from: name, to: container.name_aside() }
    } else {
        Action::RemoveContainer { name, broken: false }
    }
}

/// Those that were set aside before, and are left for now.
pub(super) fn left(observed: &Observed, options: &Options) -> Vec<Note> {
    let wrecks = observed.containers.iter().filter(|container| container.is_wreck());
    let left = wrecks.filter(|wreck| !is_due(observed, options, wreck));
    left.map(|wreck| Note::Unremovable {
        name: wreck.name.clone(),
        reason: wreck.details.as_ref().map(|details| details.error.clone()).unwrap_or_default(),
    })
    .collect()
}

fn is_due(observed: &Observed, options: &Options, wreck: &Container) -> bool {
    let earlier = observed.memory.heals.get(&wreck.name).map_or(&[][..], Vec::as_slice);
    TRIES.allows(earlier, options.now).is_ok()
}

impl Starts<'_, '_> {
    /// Removes what this plan has set aside, and what earlier ones have.
    pub(super) fn remove_wrecks(&mut self) {
        let decision = self.decision;
        for container in decision.observed.containers.iter().filter(|one| one.is_broken()) {
            let renaming = self.renaming(container);
            let is_due =
                container.is_wreck() && is_due(decision.observed, decision.options, container);
            if renaming.is_none() && !is_due {
                continue;
            }
            let service = ServiceName::parse(container.service()).ok();
            let started = service.as_ref().and_then(|service| self.started.get(service));
            let after = started.unwrap_or(&self.barrier).iter().chain(&renaming).copied().collect();
            let action = Action::RemoveContainer { name: container.name_aside(), broken: true };
            self.draft.add(action, service.as_ref(), Cause::Broken, after);
        }
    }

    /// The operation that sets a container aside.
    fn renaming(&self, container: &Container) -> Option<OpId> {
        let aside = container.name_aside();
        let is =
            |action: &Action| matches!(action, Action::RenameContainer { to, .. } if *to == aside);
        let mut operations = self.draft.operations.iter();
        operations.find(|operation| is(&operation.action)).map(|found| found.id)
    }
}
