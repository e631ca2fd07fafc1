//! What becomes of the containers of one service.

use std::collections::BTreeSet;

use crate::model::behaviour::OnConfigChange;
use crate::model::desired::replicas;
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};
use crate::model::service::Service;

use super::cause::Cause;
use super::leftover;
use super::oneshot::is_completed;
use super::resources::is_running;
use super::verdict::{Judge, Rejoin, Staffs};

/// The containers of one service, as they will be and as they leave.
pub(super) struct Staff<'a> {
    /// Those that there will be, by number.
    pub(super) replicas: Vec<Replica<'a>>,
    /// Those that go.
    pub(super) leaving: Vec<(&'a Container, Cause)>,
    /// Those that an interrupted recreate made, and that are of no use any more.
    pub(super) leftovers: Vec<&'a Container>,
}

/// A container that there will be.
pub(super) struct Replica<'a> {
    /// Its number.
    pub(super) number: u32,
    /// The name it will have.
    pub(super) name: String,
    /// How it comes about.
    pub(super) fate: Fate<'a>,
    /// Why it is started; `None` when it is not.
    pub(super) start: Option<Cause>,
    /// Why it is not started although it has ended, where that is worth a word.
    pub(super) rest: Option<Rest>,
}

/// Why a container that has ended stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// A person stopped it.
    ByHand,
    /// It ended too often; how many seconds it is left alone.
    Flapping(i64),
}

/// How a container comes about.
pub(super) enum Fate<'a> {
    /// It is there.
    Keep(Box<Kept<'a>>),
    /// It takes the place of another one; `successor` was made for that by an interrupted run. With `handover` both run
    /// for a while, and the old one goes when the new one is up.
    Replace { old: &'a Container, cause: Cause, successor: Option<&'a Container>, handover: bool },
    /// It is made.
    New,
}

/// A container that stays.
pub(super) struct Kept<'a> {
    pub(super) container: &'a Container,
    /// Why it is stopped for a while.
    pub(super) stop: Option<Cause>,
    /// The signal that it gets, and why.
    pub(super) signal: Option<(String, Cause)>,
    /// The networks that it joins again.
    pub(super) rejoins: Vec<Rejoin>,
}

/// A container and what was found about it.
struct Judged<'a> {
    container: &'a Container,
    number: u32,
    cause: Option<Cause>,
    /// Whether another one has taken its names over.
    is_succeeded: bool,
}

impl<'a> Staff<'a> {
    /// Decides about the containers of a service, after those of the services before it.
    pub(super) fn decide(
        judge: &Judge<'a>,
        name: &'a ServiceName,
        service: &'a Service,
        staffs: &Staffs<'a>,
    ) -> Self {
        let all = judge.observed.containers.iter().filter(|container| is_of(container, name));
        let (successors, standing): (Vec<_>, Vec<_>) =
            all.partition(|container| judge.is_successor((name, service), container, staffs));
        let mut judged: Vec<Judged> = standing
            .into_iter()
            .map(|container| Judged {
                container,
                number: container.number(),
                is_succeeded: judge.is_succeeded((name, service), container),
                cause: if container.is_broken() {
                    Some(Cause::Broken)
                } else {
                    judge.verdict(name, service, container, staffs)
                },
            })
            .collect();
        let highest = judged.iter().map(|found| found.number).max().unwrap_or(0);
        judged.sort_by_key(rank);
        let (kept, leaving) = select(judged, replicas(service));

        let mut staff = Self { replicas: Vec::new(), leaving, leftovers: Vec::new() };
        let mut next = highest + 1;
        for found in kept {
            let number = if found.number == 0 { count_up(&mut next) } else { found.number };
            staff.replicas.push(judge.replica(name, service, (found, number), staffs));
        }
        while staff.replicas.len() < replicas(service) as usize {
            let number = count_up(&mut next);
            staff.replicas.push(Replica {
                number,
                name: judge.desired.project.container_name(name, number),
                fate: Fate::New,
                start: Some(Cause::Created),
                rest: None,
            });
        }
        staff.replicas.sort_by_key(|replica| replica.number);
        let unused = successors.into_iter().filter(|successor| !staff.takes(successor));
        staff.leftovers = unused.collect();
        staff
    }

    /// The first container by name, by which others know this service; its ID while it stays the same.
    pub(super) fn first_id(&self) -> Option<String> {
        match &self.first()?.fate {
            Fate::Keep(kept) => Some(kept.container.id.clone()),
            Fate::Replace { .. } | Fate::New => None,
        }
    }

    /// Whether the container by which others know this service is another one afterwards.
    pub(super) fn first_is_made_anew(&self) -> bool {
        self.first().is_some_and(|first| first.container().is_none())
    }

    /// The name that the container by which others know this service has while new ones are made.
    pub(super) fn first_name(&self) -> Option<String> {
        self.first().map(Replica::first_name)
    }

    fn first(&self) -> Option<&Replica<'a>> {
        self.replicas.iter().min_by(|left, right| left.name.cmp(&right.name))
    }

    /// Whether any container is replaced.
    pub(super) fn has_replacement(&self) -> bool {
        self.replicas.iter().any(|replica| matches!(replica.fate, Fate::Replace { .. }))
    }

    /// Whether containers have to be made.
    pub(super) fn makes_containers(&self) -> bool {
        self.replicas.iter().any(Replica::is_made)
    }

    /// Whether a container that goes has the name that a recreate of this service needs.
    pub(super) fn needs_name_of(&self, leaving: &Container) -> bool {
        self.replicas.iter().any(|replica| match &replica.fate {
            Fate::Replace { old, successor: None, .. } => {
                leaving.name == leftover::temporary_name(old, &replica.name)
            }
            Fate::Replace { successor: Some(_), .. } | Fate::Keep(_) | Fate::New => false,
        })
    }

    fn takes(&self, successor: &Container) -> bool {
        self.replicas.iter().any(|replica| match &replica.fate {
            Fate::Replace { successor: Some(taken), .. } => taken.id == successor.id,
            Fate::Replace { successor: None, .. } | Fate::Keep(_) | Fate::New => false,
        })
    }
}

impl<'a> Replica<'a> {
    /// Whether a container has to be made for it.
    pub(super) fn is_made(&self) -> bool {
        match &self.fate {
            Fate::Keep(_) => false,
            Fate::Replace { successor, .. } => successor.is_none(),
            Fate::New => true,
        }
    }

    /// Whether it and the container that it replaces run side by side for a while.
    pub(super) fn is_handed_over(&self) -> bool {
        matches!(self.fate, Fate::Replace { handover: true, .. })
    }

    /// The name it has before anything is renamed.
    pub(super) fn first_name(&self) -> String {
        match &self.fate {
            Fate::Keep(kept) => kept.container.name.clone(),
            Fate::Replace { successor: Some(successor), .. } => successor.name.clone(),
            Fate::Replace { old, successor: None, .. } => leftover::temporary_name(old, &self.name),
            Fate::New => self.name.clone(),
        }
    }

    /// The container that stays.
    pub(super) fn container(&self) -> Option<&'a Container> {
        match &self.fate {
            Fate::Keep(kept) => Some(kept.container),
            Fate::Replace { .. } | Fate::New => None,
        }
    }
}

impl<'a> Judge<'a> {
    fn replica(
        &self,
        name: &'a ServiceName,
        service: &'a Service,
        (found, number): (Judged<'a>, u32),
        staffs: &Staffs<'a>,
    ) -> Replica<'a> {
        let container = found.container;
        let proper = self.desired.project.container_name(name, number);
        if let Some(cause) = found.cause {
            let (successor, handover) = self.succession((name, service), container, staffs);
            let fate = Fate::Replace { old: container, cause, successor, handover };
            return Replica { number, name: proper, fate, start: Some(Cause::Created), rest: None };
        }
        let fresh = self.fresh_inputs(name, service, container, staffs).map(Cause::Changed);
        let (reload, signal) = match self.desired.behaviour(name).on_config_change {
            OnConfigChange::Restart => (fresh, None),
            OnConfigChange::Signal(signal) if container.state == ContainerState::Running => {
                (None, fresh.map(|cause| (signal, cause)))
            }
            OnConfigChange::Signal(_) | OnConfigChange::Recreate | OnConfigChange::Ignore => {
                (None, None)
            }
        };
        let stop = restarted_with(service, container, staffs)
            .or_else(|| reload.clone().filter(|_| is_running(container)));
        let start = stop.clone().or_else(|| self.start(service, container)).or(reload);
        let signal = signal.filter(|_| stop.is_none());
        let rest = start.as_ref().and_then(|cause| self.rest(container, cause));
        let start = start.filter(|_| rest.is_none());
        let is_left_over = leftover::has_temporary_name(container) && container.name != proper;
        let rejoins = self.rejoins((name, service), container);
        let name = if is_left_over { proper } else { container.name.clone() };
        let kept = Kept { container, stop, signal, rejoins };
        Replica { number, name, fate: Fate::Keep(Box::new(kept)), start, rest }
    }

    /// Why a container that stays is started.
    fn start(&self, service: &Service, container: &Container) -> Option<Cause> {
        match container.state {
            ContainerState::Created => Some(Cause::NeverStarted),
            ContainerState::Paused => Some(Cause::Paused),
            ContainerState::Exited
                if is_completed(self.desired, self.observed, service, container) =>
            {
                None
            }
            ContainerState::Exited => Some(Cause::Exited(
                container.details.as_ref().map_or(0, |details| details.exit_code),
            )),
            ContainerState::Running
            | ContainerState::Restarting
            | ContainerState::Removing
            | ContainerState::Dead => None,
        }
    }

    /// Why a container that would be started stays as it is.
    fn rest(&self, container: &Container, cause: &Cause) -> Option<Rest> {
        let Cause::Exited(_) = cause else { return None };
        let memory = &self.observed.memory;
        if memory.stopped.contains(&container.id) {
            return Some(Rest::ByHand);
        }
        let earlier = memory.heals.get(&container.name).map_or(&[][..], Vec::as_slice);
        let now = self.options.now;
        let until = self.options.budget.allows(earlier, now).err()?;
        Some(Rest::Flapping(until.saturating_sub(now)))
    }
}

/// A dependency with `restart: true` that is recreated stops its dependents, which start again behind it.
fn restarted_with(service: &Service, container: &Container, staffs: &Staffs) -> Option<Cause> {
    let mut restarting = service.depends_on.iter().filter(|(name, dependency)| {
        dependency.restart && staffs.get(name).is_some_and(Staff::has_replacement)
    });
    let (name, _) = restarting.next().filter(|_| is_running(container))?;
    Some(Cause::DependencyRecreated(name.clone()))
}

/// Whether a container is one of the service's replicas, made by Compose or Conductor.
fn is_of(container: &Container, service: &ServiceName) -> bool {
    container.service() == service.as_str()
        && !container.is_oneoff()
        && !container.is_wreck()
        && container.labels.contains_key(labels::CONFIG_HASH)
}

/// Who stays first when there are too many: sound ones, those that others find, then as they should be, then low numbers.
fn rank(found: &Judged) -> (bool, bool, bool, u32, bool, bool) {
    (
        found.container.is_broken(),
        found.is_succeeded,
        found.cause.is_some(),
        found.number,
        leftover::has_temporary_name(found.container),
        !is_running(found.container),
    )
}

/// Divides containers, the best first, into those that stay and those that go: a second one of the same number, and
/// whatever is more than wanted.
fn select(judged: Vec<Judged<'_>>, wanted: u32) -> (Vec<Judged<'_>>, Vec<(&Container, Cause)>) {
    let (mut kept, mut leaving, mut numbers) = (Vec::new(), Vec::new(), BTreeSet::new());
    for found in judged {
        if found.number > 0 && !numbers.insert(found.number) {
            leaving.push((found.container, Cause::Interrupted));
        } else if kept.len() >= wanted as usize {
            leaving.push((found.container, Cause::ScaledDown));
        } else {
            kept.push(found);
        }
    }
    (kept, leaving)
}

fn count_up(next: &mut u32) -> u32 {
    let number = *next;
    *next += 1;
    number
}
