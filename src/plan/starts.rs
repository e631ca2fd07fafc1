//! The start phase: everything is there, and is started in the order of dependencies.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::name::ServiceName;
use crate::model::observed::{ContainerState, HealthStatus};
use crate::model::parts::Condition;
use crate::model::scalar::GoDuration;
use crate::model::service::Service;

use super::cause::Cause;
use super::draft::Draft;
use super::hooks::Hooks;
use super::oneshot::may_end;
use super::operation::{Action, OpId, Phase, Place, Unmet, Until};
use super::options::Wait;
use super::order::before;
use super::planner::Decision;
use super::replicas::{Fate, Replica, Staff};
use super::resources::is_running;
use super::wrecks;

/// How long a plan that does not wait lets a dependency become what others need of it.
const NO_WAIT: Duration = Duration::from_secs(15);

/// A dependency that somebody who is started waits for: the service, what must hold, and whether it is required.
type Need<'a> = (&'a ServiceName, Condition, bool);

/// Adds starts and waits, and what is only done behind all changes. Answers the services that are left, because hooks have
/// to end before they start and nobody waits.
pub(super) fn add(decision: &Decision, draft: &mut Draft) -> Vec<ServiceName> {
    let barrier = draft.ends();
    for path in &decision.files.removals {
        let action = Action::RemoveFile { path: path.clone() };
        draft.add(action, None, Cause::Undeclared, barrier.clone());
    }
    let mut starts = Starts {
        decision,
        draft,
        barrier,
        needs: needs(decision),
        started: BTreeMap::new(),
        waits: BTreeMap::new(),
        left: Vec::new(),
    };
    for (name, staff) in decision.in_order() {
        if let Some(service) = decision.desired.project.services.get(name) {
            if starts.is_left(service, staff) {
                starts.left.push(name.clone());
                continue;
            }
            starts.start(name, service, staff);
            starts.wait_for(name, service, staff);
        }
    }
    starts.remove_leftovers();
    starts.remove_wrecks();
    match decision.options.wait {
        Wait::ForHealth => starts.wait_for_all(),
        Wait::NoWait => (),
    }
    starts.left
}

pub(super) struct Starts<'a, 'd> {
    pub(super) decision: &'d Decision<'a>,
    pub(super) draft: &'d mut Draft,
    /// The end of all changes.
    pub(super) barrier: Vec<OpId>,
    /// What has to be waited for, and for whom.
    needs: BTreeMap<Need<'a>, Vec<ServiceName>>,
    pub(super) started: BTreeMap<&'a ServiceName, Vec<OpId>>,
    waits: BTreeMap<Need<'a>, OpId>,
    /// What is not started, because hooks have to end before.
    left: Vec<ServiceName>,
}

/// What the services that are started need of their dependencies, as far as it does not hold already.
fn needs<'a>(decision: &Decision<'a>) -> BTreeMap<Need<'a>, Vec<ServiceName>> {
    let mut needs: BTreeMap<Need, Vec<ServiceName>> = BTreeMap::new();
    for (name, _) in decision.in_order().filter(|(_, staff)| staff.starts_any()) {
        let Some(service) = decision.desired.project.services.get(name) else { continue };
        for (other, dependency) in &service.depends_on {
            let Some((other, staff)) = decision.staffs.get_key_value(other) else { continue };
            if !staff.replicas.is_empty() && !staff.meets(dependency.condition) {
                let need = (*other, dependency.condition, dependency.required);
                needs.entry(need).or_default().push(name.clone());
            }
        }
    }
    needs
}

impl<'a> Starts<'a, '_> {
    /// Whether a service that is to be started has to be left.
    fn is_left(&self, service: &Service, staff: &Staff) -> bool {
        let has_hooks = !service.pre_start.is_empty() && before_first_start(staff).is_some();
        let before = before(&self.decision.desired.project, service);
        self.decision.options.wait == Wait::NoWait
            && staff.starts_any()
            && (has_hooks || before.iter().any(|other| self.left.contains(other)))
    }

    /// Starts the containers of a service one after the other, so that ranges of ports go out by number.
    fn start(&mut self, name: &'a ServiceName, service: &Service, staff: &Staff<'a>) {
        let project = &self.decision.desired.project;
        let before = before(project, service);
        let started = before.iter().filter_map(|other| self.started.get(other)).flatten();
        let waits = self.waits.iter().filter(|((other, condition, required), _)| {
            service.depends_on.get(*other).is_some_and(|dependency| {
                dependency.condition == *condition && dependency.required == *required
            })
        });
        let waits = waits.map(|(_, id)| id);
        let mut after: Vec<OpId> =
            self.barrier.iter().chain(started).chain(waits).copied().collect();
        let mut ids = Vec::new();
        if let Some(cause) = before_first_start(staff)
            && let Some(first) = staff.first_name_at_last()
        {
            let hooks = Hooks { service: (name, service), phase: Phase::PreStart };
            after = hooks.add(self.draft, first, &cause, after);
        }
        for replica in &staff.replicas {
            let done = if replica.is_handed_over() {
                self.hand_over((name, service), (replica, &staff.leftovers), after.clone())
            } else {
                self.bring_up((name, service), replica, &after)
            };
            if !done.is_empty() {
                ids.extend(done.iter().copied());
                after.extend(done);
            }
        }
        if !ids.is_empty() {
            self.started.insert(name, ids);
        }
    }

    /// Brings one container up that has its name already: it joins networks, is started, or gets a signal.
    fn bring_up(
        &mut self,
        (name, service): (&'a ServiceName, &Service),
        replica: &Replica<'a>,
        after: &[OpId],
    ) -> Vec<OpId> {
        let mut ids = self.rejoin(name, replica, after);
        let before: Vec<OpId> = after.iter().chain(&ids).copied().collect();
        if let Some(cause) = replica.start.clone() {
            let id = self.start_one(name, replica, cause.clone(), before);
            ids.push(id);
            if cause != Cause::Paused {
                let hooks = Hooks { service: (name, service), phase: Phase::PostStart };
                let ended = hooks.add(self.draft, &replica.name, &cause, vec![id]);
                ids.extend(ended.into_iter().filter(|ended| *ended != id));
            }
        } else if let Fate::Keep(kept) = &replica.fate
            && let Some((signal, cause)) = kept.signal.clone()
        {
            let before = self.copy(name, replica, &cause, before);
            let action = Action::SignalContainer { name: replica.name.clone(), signal };
            ids.push(self.draft.add(action, Some(name), cause, before));
        }
        ids
    }

    /// Joins a container to the networks that it was taken out of, or where it is not found.
    fn rejoin(
        &mut self,
        name: &'a ServiceName,
        replica: &Replica<'a>,
        after: &[OpId],
    ) -> Vec<OpId> {
        let Fate::Keep(kept) = &replica.fate else { return Vec::new() };
        let mut ids = Vec::new();
        for rejoin in &kept.rejoins {
            let (container, network) = (replica.name.clone(), rejoin.network.clone());
            let mut before: Vec<OpId> = after.to_vec();
            if rejoin.leaves {
                let (name_now, network) = (container.clone(), network.clone());
                let action = Action::DisconnectContainer { name: name_now, network };
                before = vec![self.draft.add(action, Some(name), rejoin.cause.clone(), before)];
            }
            let action = Action::ConnectContainer {
                name: container.clone(),
                final_name: container,
                service: name.clone(),
                number: replica.number,
                network,
                place: Place::Found,
            };
            ids.push(self.draft.add(action, Some(name), rejoin.cause.clone(), before));
        }
        ids
    }

    fn start_one(
        &mut self,
        service: &'a ServiceName,
        replica: &Replica,
        cause: Cause,
        after: Vec<OpId>,
    ) -> OpId {
        let name = replica.name.clone();
        if cause == Cause::Paused {
            let action = Action::UnpauseContainer { name };
            return self.draft.add(action, Some(service), cause, after);
        }
        let after = self.copy(service, replica, &cause, after);
        self.draft.add(Action::StartContainer { name }, Some(service), cause, after)
    }

    /// Copies what a container gets that way; answers what comes behind that.
    fn copy(
        &mut self,
        service: &'a ServiceName,
        replica: &Replica,
        cause: &Cause,
        mut after: Vec<OpId>,
    ) -> Vec<OpId> {
        if self.has_copies(service) {
            let (name, cause) = (replica.name.clone(), cause.clone());
            let action = Action::CopyFiles { name };
            after.push(self.draft.add(action, Some(service), cause, self.barrier.clone()));
        }
        after
    }

    pub(super) fn has_copies(&self, service: &ServiceName) -> bool {
        self.decision.desired.copies.get(service).is_some_and(|copies| !copies.is_empty())
    }

    /// How long a service may take to become healthy.
    pub(super) fn longest(&self, service: &Service) -> Duration {
        self.decision.options.health_timeout.max(patience(service))
    }

    /// Waits for what others need of a service.
    fn wait_for(&mut self, name: &'a ServiceName, service: &Service, staff: &Staff<'a>) {
        let needs = self.needs.iter().filter(|((other, ..), _)| *other == name);
        let needs: Vec<(Need, Vec<ServiceName>)> =
            needs.map(|(need, dependents)| (*need, dependents.clone())).collect();
        for ((_, condition, required), dependents) in needs {
            let until = match condition {
                Condition::Started => continue,
                Condition::Healthy => Until::Healthy,
                Condition::CompletedSuccessfully => Until::Completed,
            };
            let action = self.wait(name, service, staff, (until, required));
            let after = self.started.get(name).unwrap_or(&self.barrier).clone();
            let id = self.draft.add(action, Some(name), Cause::NeededBy(dependents), after);
            self.waits.insert((name, condition, required), id);
        }
    }

    fn wait(
        &self,
        name: &ServiceName,
        service: &Service,
        staff: &Staff,
        (until, required): (Until, bool),
    ) -> Action {
        let in_time = Some(self.longest(service));
        let (timeout, unmet) = match (self.decision.options.wait, required) {
            (Wait::ForHealth, true) => (in_time, Unmet::Fail),
            (Wait::ForHealth, false) => (in_time, Unmet::GoOn),
            (Wait::NoWait, true) => (Some(NO_WAIT), Unmet::Leave),
            (Wait::NoWait, false) => (Some(NO_WAIT), Unmet::GoOn),
        };
        let containers = staff.replicas.iter().map(|replica| replica.name.clone()).collect();
        Action::Wait { service: name.clone(), containers, until, timeout, unmet }
    }

    /// Leftovers of interrupted runs that were in nobody's way.
    fn remove_leftovers(&mut self) {
        for (name, staff) in self.decision.in_order() {
            for container in &staff.leftovers {
                if !staff.needs_name_of(container) {
                    let mut after = self.started.get(name).unwrap_or(&self.barrier).clone();
                    if is_running(container) {
                        let timeout = self.decision.options.stop_timeout;
                        let action =
                            Action::StopContainer { name: container.name.clone(), timeout };
                        after = vec![self.draft.add(action, Some(name), Cause::Interrupted, after)];
                    }
                    let action = wrecks::away(container);
                    self.draft.add(action, Some(name), Cause::Interrupted, after);
                }
            }
        }
    }

    /// Whatever was started must be up at the end.
    fn wait_for_all(&mut self) {
        let settle = self.decision.options.settle;
        for (name, staff) in self.decision.in_order() {
            let (Some(after), Some(service)) =
                (self.started.get(name), self.decision.desired.project.services.get(name))
            else {
                continue;
            };
            let is_awaited =
                self.waits.keys().any(|(other, _, required)| *other == name && *required);
            // Each container that was handed over was awaited on its way.
            let mut started = staff.replicas.iter().filter(|replica| replica.start.is_some());
            let is_handed_over =
                started.clone().count() > 0 && started.all(Replica::is_handed_over);
            if is_awaited || is_handed_over {
                continue;
            }
            let until = if self.must_complete(name) {
                Until::Completed
            } else {
                Until::Up {
                    settle,
                    may_end: may_end(self.decision.desired, name.as_str(), service),
                }
            };
            let action = self.wait(name, service, staff, (until, true));
            self.draft.add(action, Some(name), Cause::MustBeUp, after.clone());
        }
    }

    fn must_complete(&self, name: &ServiceName) -> bool {
        let services = self.decision.desired.project.services.values();
        let mut named = services.filter_map(|service| service.depends_on.get(name));
        named.any(|dependency| dependency.condition == Condition::CompletedSuccessfully)
    }
}

/// Why a service is started of which nothing runs; `None` when something does, or nothing is started.
fn before_first_start(staff: &Staff) -> Option<Cause> {
    let runs = |replica: &Replica| match &replica.fate {
        Fate::Keep(kept) => kept.stop.is_none() && is_running(kept.container),
        Fate::Replace { old, handover, .. } => *handover && is_running(old),
        Fate::New => false,
    };
    if staff.replicas.iter().any(runs) {
        return None;
    }
    staff.replicas.iter().find_map(|replica| replica.start.clone())
}

impl Staff<'_> {
    /// The name that the replica with the lowest number has when it is started.
    fn first_name_at_last(&self) -> Option<&str> {
        self.replicas.first().map(|replica| replica.name.as_str())
    }

    fn starts_any(&self) -> bool {
        self.replicas.iter().any(|replica| replica.start.is_some())
    }

    /// Whether a condition holds already, and nothing is done that could change that.
    fn meets(&self, condition: Condition) -> bool {
        self.replicas.iter().all(|replica| match &replica.fate {
            // Nobody waits for what a person stopped.
            Fate::Keep(_) if replica.rest.is_some() => true,
            Fate::Keep(kept) if replica.start.is_none() => match condition {
                Condition::Started => true,
                Condition::Healthy => kept.container.health == HealthStatus::Healthy,
                Condition::CompletedSuccessfully => kept.container.state == ContainerState::Exited,
            },
            Fate::Keep(_) | Fate::Replace { .. } | Fate::New => false,
        })
    }
}

/// How long a service's own healthcheck may take until it gives up.
pub(super) fn patience(service: &Service) -> Duration {
    let Some(check) = &service.healthcheck else { return Duration::ZERO };
    let or = |given: Option<GoDuration>, default| given.map_or(default, GoDuration::to_std);
    let half_minute = Duration::from_secs(30);
    let round = or(check.interval, half_minute).saturating_add(or(check.timeout, half_minute));
    let rounds = u32::try_from(check.retries.unwrap_or(3)).unwrap_or(u32::MAX).saturating_add(1);
    or(check.start_period, Duration::ZERO).saturating_add(round.saturating_mul(rounds))
}
