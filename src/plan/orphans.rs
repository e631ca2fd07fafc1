//! Containers of the project whose service is gone.

use crate::model::desired::{Desired, Orphans};
use crate::model::labels;
use crate::model::observed::{Container, ContainerState, Observed};

use super::note::Note;

/// The orphans that have to be removed; those that stay are noted.
pub(super) fn orphans<'a>(
    desired: &Desired,
    observed: &'a Observed,
    notes: &mut Vec<Note>,
) -> Vec<&'a Container> {
    let found = observed.containers.iter().filter(|container| is_orphan(desired, container));
    let (removed, staying): (Vec<_>, Vec<_>) = found.partition(|container| {
        desired.orphans == Orphans::Remove && is_of_this_stack(desired, container)
    });
    if !staying.is_empty() {
        notes.push(Note::Orphans(staying.into_iter().map(|orphan| orphan.name.clone()).collect()));
    }
    removed
}

/// A service that a profile switches off is still declared. Containers of `compose run` count once they have ended.
fn is_orphan(desired: &Desired, container: &Container) -> bool {
    let project = &desired.project;
    let service = container.service();
    let is_declared = project.services.contains_key(service) || project.disabled.contains(service);
    let has_ended = matches!(container.state, ContainerState::Exited | ContainerState::Dead);
    !service.is_empty()
        && !is_declared
        && !container.is_wreck()
        && container.labels.contains_key(labels::CONFIG_HASH)
        && (!container.is_oneoff() || has_ended)
}

/// Whether a container was made from this stack, and not from another directory whose project has the same name.
fn is_of_this_stack(desired: &Desired, container: &Container) -> bool {
    let directory = container.label(labels::WORKING_DIR);
    directory.is_empty()
        || desired.project.working_dir.as_os_str() == directory
        || container.label(labels::INSTANCE) == desired.origin.instance.as_str()
}
