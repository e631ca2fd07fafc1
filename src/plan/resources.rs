//! Networks and volumes of the project, beside those that there are.

use std::collections::BTreeMap;

use crate::model::desired::Desired;
use crate::model::hash::volume_hash;
use crate::model::labels;
use crate::model::observed::{Container, ContainerState, Observed, ObservedVolume};
use crate::model::project::{Network, Volume};

use super::error::Error;
use super::note::Note;

/// What becomes of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NetworkFate {
    /// It is used as it is.
    Use {
        /// Its ID.
        id: String,
    },
    /// It is made.
    Create,
    /// It is removed and made anew, because its options differ.
    Replace {
        /// Its ID.
        id: String,
    },
}

/// The networks of the project, by key.
pub(super) type Networks = BTreeMap<String, NetworkFate>;

/// What becomes of each network of the project.
pub(super) fn networks(
    desired: &Desired,
    observed: &Observed,
    notes: &mut Vec<Note>,
) -> Result<Networks, Error> {
    let networks = desired.project.networks.iter();
    networks
        .map(|(key, network)| Ok((key.clone(), fate_of(desired, observed, network, notes)?)))
        .collect()
}

fn fate_of(
    desired: &Desired,
    observed: &Observed,
    network: &Network,
    notes: &mut Vec<Note>,
) -> Result<NetworkFate, Error> {
    let found = observed.networks.get(&network.name);
    if network.external {
        let by_id = || observed.networks.values().find(|other| other.id == network.name);
        let found = found.or_else(by_id);
        return match found {
            Some(found) => Ok(NetworkFate::Use { id: found.id.clone() }),
            None => Err(Error::NoNetwork { name: network.name.clone() }),
        };
    }
    let Some(found) = found else { return Ok(NetworkFate::Create) };
    if !is_ours(desired, &found.labels) {
        notes.push(Note::ForeignNetwork { name: network.name.clone() });
        return Ok(NetworkFate::Use { id: found.id.clone() });
    }
    if found.has_options(network) {
        return Ok(NetworkFate::Use { id: found.id.clone() });
    }
    Ok(NetworkFate::Replace { id: found.id.clone() })
}

/// A network cannot be replaced under containers that run on it and stay, those of other projects among them. `leaves`
/// tells which ones do not stay.
pub(super) fn check_free(
    desired: &Desired,
    observed: &Observed,
    networks: &Networks,
    leaves: &dyn Fn(&Container) -> bool,
) -> Result<(), Error> {
    for (key, fate) in networks {
        let (NetworkFate::Replace { id }, Some(network)) =
            (fate, desired.project.networks.get(key))
        else {
            continue;
        };
        let staying = observed.containers.iter().filter(|container| {
            is_running(container) && is_on(container, id) && !leaves(container)
        });
        let others = observed.networks.get(&network.name).into_iter();
        let others = others.flat_map(|found| &found.users).filter(|user| is_running(user));
        let containers: Vec<String> =
            staying.chain(others).map(|container| container.name.clone()).collect();
        if !containers.is_empty() {
            return Err(Error::NetworkInUse { name: network.name.clone(), containers });
        }
    }
    Ok(())
}

/// Whether a container is attached to the network with this ID.
pub(super) fn is_on(container: &Container, id: &str) -> bool {
    container.networks.values().any(|attached| attached == id)
}

/// Whether a container has processes, and has to be stopped before it is removed.
pub(super) fn is_running(container: &Container) -> bool {
    match container.state {
        ContainerState::Running | ContainerState::Paused | ContainerState::Restarting => true,
        ContainerState::Created
        | ContainerState::Removing
        | ContainerState::Exited
        | ContainerState::Dead => false,
    }
}

/// The keys of the volumes that have to be made.
pub(super) fn volumes(
    desired: &Desired,
    observed: &Observed,
    notes: &mut Vec<Note>,
) -> Result<Vec<String>, Error> {
    let mut missing = Vec::new();
    for (key, volume) in &desired.project.volumes {
        match observed.volumes.get(&volume.name) {
            None if volume.external => {
                return Err(Error::NoVolume { name: volume.name.clone() });
            }
            None => missing.push(key.clone()),
            Some(_) if volume.external => (),
            Some(found) => notes.extend(remark(desired, volume, found)),
        }
    }
    Ok(missing)
}

/// What there is to say about a volume that is there: whatever it is, it is used, and never removed.
fn remark(desired: &Desired, volume: &Volume, found: &ObservedVolume) -> Option<Note> {
    let name = volume.name.clone();
    if !is_ours(desired, &found.labels) {
        return Some(Note::ForeignVolume { name });
    }
    let hash = found.labels.get(labels::CONFIG_HASH)?;
    (*hash != volume_hash(volume)).then_some(Note::VolumeDiffers { name })
}

fn is_ours(desired: &Desired, found: &BTreeMap<String, String>) -> bool {
    found.get(labels::PROJECT).is_some_and(|project| project == desired.project.name.as_str())
}
