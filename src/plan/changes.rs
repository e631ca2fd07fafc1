//! Everything that is done before anything is started, put in order.
//!
//! Pulls come first, then files, networks and volumes, then new containers; nothing is stopped before all of that has
//! succeeded, but for orphans whose names new containers need. Stops go from dependents to dependencies. Removals and
//! renames follow.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::name::ServiceName;
use crate::model::observed::Container;
use crate::model::service::Service;

use super::cause::Cause;
use super::draft::Draft;
use super::images;
use super::inherit::inherited;
use super::operation::{Action, OpId, Place};
use super::order::{made_after, shares_with};
use super::planner::Decision;
use super::replicas::{Fate, Replica, Staff};
use super::resources::{NetworkFate, is_running};
use super::startfirst;

/// The changes in the making.
pub(super) struct Changes<'a, 'd> {
    pub(super) decision: &'d Decision<'a>,
    pub(super) draft: &'d mut Draft,
    /// What every new container waits for.
    ground: Vec<OpId>,
    /// New networks and volumes, by name.
    resources: BTreeMap<&'d str, OpId>,
    /// New containers of each service.
    made: BTreeMap<&'a ServiceName, Vec<OpId>>,
    /// The replicas that have been made.
    created: BTreeSet<(&'a ServiceName, u32)>,
    /// What every stop waits for.
    pub(super) gate: Vec<OpId>,
    /// Stops, by name of the container.
    pub(super) stopped: BTreeMap<&'a str, OpId>,
    /// Removals, by the name that is free again.
    pub(super) freed: BTreeMap<&'a str, OpId>,
}

impl<'a, 'd> Changes<'a, 'd> {
    /// Nothing yet.
    pub(super) fn new(decision: &'d Decision<'a>, draft: &'d mut Draft) -> Self {
        Self {
            decision,
            draft,
            ground: Vec::new(),
            resources: BTreeMap::new(),
            made: BTreeMap::new(),
            created: BTreeSet::new(),
            gate: Vec::new(),
            stopped: BTreeMap::new(),
            freed: BTreeMap::new(),
        }
    }

    /// Adds all of them.
    pub(super) fn add(mut self) {
        self.pulls();
        self.files();
        self.orphans_in_the_way();
        self.leftovers_in_the_way();
        self.networks_and_volumes();
        self.containers();
        self.close_gate();
        self.orphans();
        self.stops();
        self.replaced_networks();
        self.removals();
        self.containers();
        self.renames();
    }

    fn pulls(&mut self) {
        for pull in &self.decision.pulls {
            let (reference, platform) = (pull.reference.clone(), pull.platform.clone());
            let action = match pull.image.clone() {
                Some(id) => Action::TagImage { reference, id },
                None => Action::PullImage { reference, platform },
            };
            let id = self.draft.add(action, Some(&pull.service), pull.cause.clone(), Vec::new());
            self.ground.push(id);
        }
    }

    fn files(&mut self) {
        let pulls = self.ground.clone();
        for (path, cause) in &self.decision.files.writes {
            let shown = self.decision.desired.files.get(path).map(|file| file.shown.clone());
            let shown = shown.unwrap_or_default();
            let action = Action::WriteFile { path: path.clone(), shown };
            self.ground.push(self.draft.add(action, None, cause.clone(), pulls.clone()));
        }
    }

    /// Orphans whose names new containers need at once.
    fn orphans_in_the_way(&mut self) {
        let before = self.ground.clone();
        let decision = self.decision;
        let needs = |name: &str| {
            let mut replicas = decision.staffs.values().flat_map(|staff| &staff.replicas);
            replicas.any(|replica| matches!(replica.fate, Fate::New) && replica.name == name)
        };
        for container in decision.orphans.iter().filter(|container| needs(&container.name)) {
            let removal = self.orphan(container, &before);
            self.ground.push(removal);
        }
    }

    /// The other orphans.
    fn orphans(&mut self) {
        let gate = self.gate.clone();
        for container in &self.decision.orphans {
            if !self.freed.contains_key(container.name.as_str()) {
                self.orphan(container, &gate);
            }
        }
    }

    /// Stops and removes an orphan.
    fn orphan(&mut self, container: &'a Container, before: &[OpId]) -> OpId {
        let stop = is_running(container)
            .then(|| self.stop(container, None, Cause::Undeclared, before.to_vec()));
        let after = stop.map_or_else(|| before.to_vec(), |stop| vec![stop]);
        self.remove(container, None, Cause::Undeclared, after)
    }

    /// Leftovers whose names a recreate needs. The others are removed at the very end: they tell that a container was
    /// stopped by an interrupted run, until it is started.
    fn leftovers_in_the_way(&mut self) {
        let after = self.ground.clone();
        for (service, staff) in self.decision.in_order() {
            for container in &staff.leftovers {
                if staff.needs_name_of(container) {
                    let cause = Cause::Interrupted;
                    let mut after = after.clone();
                    after.extend(self.restore_names(service, staff, container));
                    let stop = is_running(container)
                        .then(|| self.stop(container, Some(service), cause.clone(), after.clone()));
                    let after = stop.map_or_else(|| after.clone(), |stop| vec![stop]);
                    let removal = self.remove(container, Some(service), cause, after);
                    self.ground.push(removal);
                }
            }
        }
    }

    /// Gives the names that a leftover has taken over back to the container that it was to replace.
    fn restore_names(
        &mut self,
        name: &'a ServiceName,
        staff: &Staff<'a>,
        leftover: &Container,
    ) -> Vec<OpId> {
        let desired = self.decision.desired;
        let Some(service) = desired.project.services.get(name) else { return Vec::new() };
        let mut last = self.ground.clone();
        for replica in &staff.replicas {
            let Fate::Replace { old, handover: true, .. } = &replica.fate else { continue };
            for network in startfirst::to_restore(desired, (name, service), old, &[leftover]) {
                if old.networks.contains_key(network) {
                    let (name, network) = (old.name.clone(), network.clone());
                    let action = Action::DisconnectContainer { name, network };
                    last = vec![self.draft.add(action, None, Cause::Interrupted, last)];
                }
                let action = Action::ConnectContainer {
                    name: old.name.clone(),
                    final_name: replica.name.clone(),
                    service: name.clone(),
                    number: replica.number,
                    network: network.clone(),
                    place: Place::Found,
                };
                last = vec![self.draft.add(action, Some(name), Cause::Interrupted, last)];
            }
        }
        last
    }

    fn networks_and_volumes(&mut self) {
        let decision = self.decision;
        let pulls: Vec<OpId> = (0..decision.pulls.len()).map(OpId).collect();
        for (key, fate) in &decision.networks {
            if let (NetworkFate::Create, Some(network)) =
                (fate, decision.desired.project.networks.get(key))
            {
                let action = Action::CreateNetwork { key: key.clone(), name: network.name.clone() };
                let id = self.draft.add(action, None, Cause::NotThere, pulls.clone());
                self.resources.insert(&network.name, id);
            }
        }
        for key in &decision.volumes {
            if let Some(volume) = decision.desired.project.volumes.get(key) {
                let action = Action::CreateVolume { key: key.clone(), name: volume.name.clone() };
                let id = self.draft.add(action, None, Cause::NotThere, pulls.clone());
                self.resources.insert(&volume.name, id);
            }
        }
    }

    /// From here on things may be stopped.
    fn close_gate(&mut self) {
        self.gate = self.draft.ends();
    }

    /// Makes the containers whose names are free at this point.
    fn containers(&mut self) {
        let decision = self.decision;
        for (name, staff) in decision.in_order() {
            let Some(service) = decision.desired.project.services.get(name) else { continue };
            for replica in &staff.replicas {
                let is_due = replica.is_made() && self.is_free(replica);
                if !is_due || !self.created.insert((name, replica.number)) {
                    continue;
                }
                let after = self.before_creation(service, replica);
                let cause = match &replica.fate {
                    Fate::Replace { cause, .. } => cause.clone(),
                    Fate::Keep(_) | Fate::New => Cause::NoContainer,
                };
                let action = self.creation(name, service, replica);
                let id = self.draft.add(action, Some(name), cause, after);
                self.made.entry(name).or_default().push(id);
            }
        }
    }

    fn before_creation(&self, service: &Service, replica: &Replica) -> Vec<OpId> {
        let project = &self.decision.desired.project;
        let networks = service.networks.iter().flatten();
        let networks = networks.filter_map(|(key, _)| project.networks.get(key));
        let volumes = service.volumes.iter().filter_map(|mount| project.volumes.get(&mount.source));
        let names = networks.map(|network| &network.name).chain(volumes.map(|volume| &volume.name));
        let resources = names.filter_map(|name| self.resources.get(name.as_str()));
        let parents = made_after(service);
        let parents = parents.iter().filter_map(|parent| self.made.get(parent)).flatten();
        let name = self.freed.get(replica.name.as_str()).into_iter();
        let all = self.ground.iter().chain(resources).chain(parents).chain(name);
        all.copied().collect()
    }

    fn creation(&self, name: &ServiceName, service: &Service, replica: &Replica) -> Action {
        let image = images::wanted(self.decision.desired, self.decision.observed, name);
        let (replaces, inherits) = match &replica.fate {
            Fate::Replace { old, .. } => (Some(old.name.clone()), inherited(service, image, old)),
            Fate::Keep(_) | Fate::New => (None, Vec::new()),
        };
        let parents = shares_with(service).into_iter();
        let shares = parents.filter_map(|parent| {
            let first = self.decision.staffs.get(&parent)?.first_name()?;
            Some((parent, first))
        });
        Action::CreateContainer {
            name: replica.first_name(),
            final_name: replica.name.clone(),
            service: name.clone(),
            number: replica.number,
            found: !replica.is_handed_over(),
            replaces,
            inherits,
            shares: shares.collect(),
        }
    }

    /// A container that replaces another one has a name of its own at first. Any other needs its name at once.
    fn is_free(&self, replica: &Replica) -> bool {
        let name = replica.name.as_str();
        let mut observed = self.decision.observed.containers.iter();
        match &replica.fate {
            Fate::Replace { .. } | Fate::Keep(_) => true,
            Fate::New => {
                self.freed.contains_key(name) || !observed.any(|container| container.name == name)
            }
        }
    }
}
