//! What an interrupted recreate leaves behind: `<12 digits of the old ID>_<name>`.

use crate::model::observed::{Container, ContainerState, Observed};

/// The name that a container has until the one that it replaces is gone.
pub(super) fn temporary_name(replaced: &Container, name: &str) -> String {
    format!("{}_{name}", replaced.id.get(..12).unwrap_or(&replaced.id))
}

/// The digits of the ID that a temporary name begins with.
fn replaced_id(name: &str) -> Option<&str> {
    let (digits, rest) = name.split_once('_')?;
    let is_id = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !rest.is_empty()).then_some(digits)
}

/// Whether a container still has the temporary name of a recreate.
pub(super) fn has_temporary_name(container: &Container) -> bool {
    replaced_id(&container.name).is_some()
}

/// The container that was made to replace this one, and never started.
pub(super) fn successor<'a>(
    observed: &'a Observed,
    container: &Container,
) -> Option<&'a Container> {
    observed.containers.iter().find(|other| succeeds(other, container))
}

/// Whether `container` was made to replace another one that is still there, and was never started.
pub(super) fn is_successor(observed: &Observed, container: &Container) -> bool {
    container.state == ContainerState::Created
        && has_temporary_name(container)
        && observed.containers.iter().any(|other| succeeds(container, other))
}

/// The container that runs in place of this one, which is still there.
pub(super) fn running_successor<'a>(
    observed: &'a Observed,
    container: &Container,
) -> Option<&'a Container> {
    observed
        .containers
        .iter()
        .find(|other| other.state == ContainerState::Running && is_made_for(other, container))
}

/// The container that this one was made to replace, when it is still there.
pub(super) fn replaced<'a>(observed: &'a Observed, container: &Container) -> Option<&'a Container> {
    observed.containers.iter().find(|other| is_made_for(container, other))
}

/// Whether the name of a container says that it was made to replace this one.
pub(super) fn is_made_for(made: &Container, replaced: &Container) -> bool {
    made.service() == replaced.service()
        && replaced_id(&made.name).is_some_and(|id| replaced.id.starts_with(id))
}

fn succeeds(made: &Container, replaced: &Container) -> bool {
    made.state == ContainerState::Created && is_made_for(made, replaced)
}
