//! From what is desired and what is observed to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::desired::{Desired, Input, InputKind, replicas};
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Observed};

use super::cause::Cause;
use super::changes::Changes;
use super::draft::Draft;
use super::error::{Error, MAX_REPLICAS};
use super::images::{self, Pull};
use super::layout::{self, FileChanges};
use super::names;
use super::note::Note;
use super::operation::Plan;
use super::options::{Options, Wait};
use super::order::order;
use super::orphans::orphans;
use super::replicas::{Fate, Rest, Staff};
use super::resources::{self, NetworkFate, Networks};
use super::startfirst;
use super::starts;
use super::verdict::{Judge, Staffs};
use super::wrecks;

/// Everything that was decided, before it is put in order.
pub(super) struct Decision<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) options: &'a Options,
    /// The services, each behind those that it depends on.
    pub(super) order: Vec<&'a ServiceName>,
    pub(super) networks: Networks,
    /// Keys of the volumes that are made.
    pub(super) volumes: Vec<String>,
    pub(super) files: FileChanges,
    pub(super) pulls: Vec<Pull>,
    /// Containers of services that are gone, and go.
    pub(super) orphans: Vec<&'a Container>,
    pub(super) staffs: Staffs<'a>,
}

/// Compares what is desired with what is observed. The plan of what already is as it should be is empty.
pub fn plan(desired: &Desired, observed: &Observed, options: &Options) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let decision = decide(desired, observed, options, &mut notes)?;
    remark(&decision, &mut notes);
    let mut draft = Draft::default();
    Changes::new(&decision, &mut draft).add();
    let left = starts::add(&decision, &mut draft);
    notes.extend(wrecks::left(observed, options));
    notes.extend(left.into_iter().map(|service| Note::HooksFirst { service }));
    Ok(Plan { operations: draft.operations, notes })
}

/// Refuses what would take hours and all memory.
fn refuse_crowds(desired: &Desired) -> Result<(), Error> {
    let mut services = desired.project.services.iter();
    match services.find(|(_, service)| replicas(service) > MAX_REPLICAS) {
        Some((name, service)) => {
            Err(Error::TooMany { service: name.clone(), replicas: replicas(service) })
        }
        None => Ok(()),
    }
}

/// Refuses hooks that nobody carries out. A plan that does not wait runs none.
fn refuse_hooks(desired: &Desired, options: &Options) -> Result<(), Error> {
    let mut services = desired.project.services.iter();
    let each = services.find(|(_, service)| service.pre_start.iter().any(|hook| hook.per_replica));
    match (options.wait, each) {
        (Wait::ForHealth, Some((name, _))) => Err(Error::PerReplica { service: name.clone() }),
        (Wait::ForHealth, None) | (Wait::NoWait, _) => Ok(()),
    }
}

fn decide<'a>(
    desired: &'a Desired,
    observed: &'a Observed,
    options: &'a Options,
    notes: &mut Vec<Note>,
) -> Result<Decision<'a>, Error> {
    let order = order(&desired.project)?;
    refuse_crowds(desired)?;
    refuse_hooks(desired, options)?;
    startfirst::check(desired)?;
    let networks = resources::networks(desired, observed, notes)?;
    let volumes = resources::volumes(desired, observed, notes)?;
    let files = layout::compare(desired, observed, notes);
    let orphans = orphans(desired, observed, notes);
    let judge = Judge { desired, observed, options, networks, files };
    let mut staffs = BTreeMap::new();
    for name in &order {
        if let Some(service) = desired.project.services.get(*name) {
            let staff = Staff::decide(&judge, name, service, &staffs);
            staffs.insert(*name, staff);
        }
    }
    let mut judge = judge;
    judge.files.writes.retain(|(path, cause)| !is_for_nobody(desired, &staffs, (path, cause)));
    let pulls = pulls(desired, observed, options, &staffs, notes)?;
    let decision = Decision {
        desired,
        observed,
        options,
        order,
        networks: judge.networks,
        volumes,
        files: judge.files,
        pulls,
        orphans,
        staffs,
    };
    let leaving = decision.leaving();
    let leaves = |container: &Container| leaving.contains(container.id.as_str());
    resources::check_free(desired, observed, &decision.networks, &leaves)?;
    names::check(&decision)?;
    Ok(decision)
}

/// Whether a file that is not there is only for containers that stay and do without it: `docker compose` copied what it
/// holds into those that it made.
fn is_for_nobody(desired: &Desired, staffs: &Staffs, (path, cause): (&Path, &Cause)) -> bool {
    let is = |input: &Input| input.kind != InputKind::File && input.path.as_deref() == Some(path);
    let gets = |inputs: &Vec<Input>| inputs.iter().any(is);
    let mut users = desired.inputs.iter().filter(|(_, inputs)| gets(inputs)).peekable();
    let does_without = |container: &Container| {
        let mut mounts = container.mounts.iter().filter(|mount| !mount.source.is_empty());
        !mounts.any(|mount| path.starts_with(&mount.source))
    };
    let stays = |staff: &Staff| {
        !staff.replicas.is_empty()
            && staff.replicas.iter().all(|replica| replica.container().is_some_and(does_without))
    };
    *cause == Cause::FileMissing
        && users.peek().is_some()
        && users.all(|(name, _)| staffs.get(name).is_some_and(stays))
}

fn pulls(
    desired: &Desired,
    observed: &Observed,
    options: &Options,
    staffs: &Staffs,
    notes: &mut Vec<Note>,
) -> Result<Vec<Pull>, Error> {
    let mut pulls: Vec<Pull> = Vec::new();
    for (name, staff) in staffs {
        if staff.replicas.is_empty() {
            continue;
        }
        for pull in images::pulls(desired, observed, (name, staffs), options.now, notes)? {
            let is_new = !pulls
                .iter()
                .any(|known| known.reference == pull.reference && known.platform == pull.platform);
            if is_new {
                pulls.push(pull);
            }
        }
    }
    Ok(pulls)
}

/// The project directories for which somebody else made what is replaced, where they differ from ours.
fn made_elsewhere(decision: &Decision, notes: &mut Vec<Note>) {
    let here = &decision.desired.project.working_dir;
    let replaced = decision.staffs.values().flat_map(|staff| &staff.replicas);
    let directories: BTreeSet<&str> = replaced
        .filter_map(|replica| match &replica.fate {
            Fate::Replace { old, .. } if old.label(labels::SPEC).is_empty() => {
                Some(old.label(labels::WORKING_DIR))
            }
            Fate::Replace { .. } | Fate::Keep { .. } | Fate::New => None,
        })
        .filter(|directory| !directory.is_empty() && here.as_os_str() != *directory)
        .collect();
    notes.extend(directories.into_iter().map(|directory| Note::MadeElsewhere {
        directory: directory.to_owned(),
        here: here.clone(),
    }));
}

/// What a person should know about these decisions.
fn remark(decision: &Decision, notes: &mut Vec<Note>) {
    made_elsewhere(decision, notes);
    for (name, staff) in &decision.staffs {
        let reference = decision.desired.project.image_of(name);
        let mut pulls = decision.pulls.iter().filter(|pull| pull.image.is_none());
        let is_pulled = pulls.any(|pull| pull.reference == reference);
        if is_pulled && staff.replicas.iter().any(|replica| replica.container().is_some()) {
            notes.push(Note::MayBeReplaced { service: (*name).clone(), reference });
        }
        let paused = staff.replicas.iter().filter(|replica| replica.start == Some(Cause::Paused));
        notes.extend(paused.map(|replica| Note::WasPaused { name: replica.name.clone() }));
        let resting = staff.replicas.iter().filter_map(|replica| {
            let name = replica.name.clone();
            Some(match replica.rest? {
                Rest::ByHand => Note::StoppedByHand { name },
                Rest::Flapping(seconds) => Note::Flapping { name, seconds },
            })
        });
        notes.extend(resting);
        notes.extend(stopped_first(decision, name, staff));
    }
}

/// A service that cannot be replaced start-first for once.
fn stopped_first(decision: &Decision, name: &ServiceName, staff: &Staff) -> Option<Note> {
    let wanted = startfirst::is_start_first(decision.desired, name) && staff.has_replacement();
    let service = decision.desired.project.services.get(name).filter(|_| wanted)?;
    let mut keys = service.networks.iter().flatten().map(|(key, _)| key);
    let is_replaced =
        |key: &&String| matches!(decision.networks.get(*key), Some(NetworkFate::Replace { .. }));
    let network = keys.find(is_replaced)?.clone();
    Some(Note::StoppedFirst { service: name.clone(), network })
}

impl<'a> Decision<'a> {
    /// The IDs of all containers that go.
    pub(super) fn leaving(&self) -> BTreeSet<&'a str> {
        let mut ids: BTreeSet<&str> =
            self.orphans.iter().map(|container| container.id.as_str()).collect();
        for staff in self.staffs.values() {
            ids.extend(staff.leaving.iter().map(|(container, _)| container.id.as_str()));
            ids.extend(staff.leftovers.iter().map(|container| container.id.as_str()));
            ids.extend(staff.replicas.iter().filter_map(|replica| match &replica.fate {
                Fate::Replace { old, .. } => Some(old.id.as_str()),
                Fate::Keep(_) | Fate::New => None,
            }));
        }
        ids
    }

    /// The services and their containers, in order.
    pub(super) fn in_order(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&'a ServiceName, &Staff<'a>)> {
        self.order.iter().filter_map(|name| self.staffs.get(name).map(|staff| (*name, staff)))
    }
}
