//! Containers that somebody else made, and that have what is there by now.

use std::collections::BTreeSet;
use std::path::Path;

use crate::model::desired::{Desired, Input};
use crate::model::labels;
use crate::model::memory::Applied;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Observed};

use super::operation::{Action, Plan};

/// The containers that others made, of which nothing is remembered, and whose files this plan writes over: with the inputs
/// that they have before. That has to be remembered before the first file is written; else a run that is cut off behind
/// that would leave them with what they have read, and nobody would know.
pub fn overwritten(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
) -> Vec<(ServiceName, String, Applied)> {
    let written: BTreeSet<&Path> = plan
        .operations
        .iter()
        .filter_map(|operation| {
            let Action::WriteFile { path, .. } = &operation.action else { return None };
            Some(path.as_path())
        })
        .collect();
    let had = |input: &Input| {
        let path = input.path.as_deref().filter(|path| written.contains(path));
        match path {
            None => Some(input.clone()),
            Some(path) => {
                let digest = observed.files.get(path)?.digest.clone();
                Some(Input { digest, ..input.clone() })
            }
        }
    };
    let noted = unknown(observed).filter_map(|container| {
        let (service, _) = desired.project.services.get_key_value(container.service())?;
        let inputs = desired.inputs_of(service);
        let mut paths = inputs.iter().filter_map(|input| input.path.as_deref());
        let is_touched = paths.any(|path| written.contains(path));
        let before: Vec<Input> = inputs.iter().filter_map(had).collect();
        let applied = Applied::of(&container.id, &before);
        is_touched.then(|| (service.clone(), container.id.clone(), applied))
    });
    noted.collect()
}

/// The containers that others made, and of which nothing is remembered.
fn unknown(observed: &Observed) -> impl Iterator<Item = &Container> {
    observed.containers.iter().filter(|container| {
        container.label(labels::SPEC).is_empty()
            && !container.is_oneoff()
            && !observed.memory.applied.contains_key(&container.id)
    })
}

/// The containers whose inputs have to be remembered once this plan is carried out, because no label tells them: those
/// that stay, were not made by Conductor, and of which nothing is remembered yet.
pub fn adopted(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
) -> Vec<(ServiceName, String, Applied)> {
    let goes = |name: &str| {
        plan.operations.iter().any(|operation| {
            matches!(&operation.action, Action::RemoveContainer { name: gone, .. } if gone == name)
        })
    };
    let staying = unknown(observed).filter(|container| !goes(&container.name));
    let noted = staying.filter_map(|container| {
        let (service, _) = desired.project.services.get_key_value(container.service())?;
        let inputs = desired.inputs_of(service);
        let applied = Applied::of(&container.id, inputs);
        (!inputs.is_empty()).then(|| (service.clone(), container.id.clone(), applied))
    });
    noted.collect()
}
