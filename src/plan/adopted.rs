//! Containers that somebody else made, and that have what is there by now.

use crate::model::desired::Desired;
use crate::model::labels;
use crate::model::memory::Applied;
use crate::model::name::ServiceName;
use crate::model::observed::Observed;

use super::operation::{Action, Plan};

/// The containers whose inputs have to be remembered once this plan is carried out, because no label tells them: those
/// that stay, were not made by Conductor, and of which nothing is remembered yet.
pub fn adopted(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
) -> Vec<(ServiceName, String, Applied)> {
    let goes = |name: &str| {
        plan.operations.iter().any(|operation| {
            matches!(&operation.action, Action::RemoveContainer { name: gone } if gone == name)
        })
    };
    let unknown = observed.containers.iter().filter(|container| {
        container.label(labels::SPEC).is_empty()
            && !container.is_oneoff()
            && !observed.memory.applied.contains_key(&container.id)
            && !goes(&container.name)
    });
    let noted = unknown.filter_map(|container| {
        let (service, _) = desired.project.services.get_key_value(container.service())?;
        let inputs = desired.inputs_of(service);
        let applied = Applied::of(&container.id, inputs);
        (!inputs.is_empty()).then(|| (service.clone(), container.id.clone(), applied))
    });
    noted.collect()
}
