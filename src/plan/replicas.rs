//! What becomes of the containers of one service.

use std::collections::BTreeSet;

use crate::model::desired::replicas;
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};
use crate::model::service::Service;

use super::cause::Cause;
use super::leftover;
use super::oneshot::is_completed;
use super::resources::is_running;
use super::verdict::{Judge, Staffs};

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
}

/// How a container comes about.
pub(super) enum Fate<'a> {
    /// It is there. It may have to be stopped for a while.
    Keep { container: &'a Container, stop: Option<Cause> },
    /// It takes the place of another one; `successor` was made for that by an interrupted run.
    Replace { old: &'a Container, cause: Cause, successor: Option<&'a Container> },
    /// It is made.
    New,
}

/// A container and what was found about it.
struct Judged<'a> {
    container: &'a Container,
    number: u32,
    cause: Option<Cause>,
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
            all.partition(|container| leftover::is_successor(judge.observed, container));
        let mut judged: Vec<Judged> = standing
            .into_iter()
            .map(|container| Judged {
                container,
                number: container.number(),
                cause: if is_broken(container) {
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
            Fate::Keep { container, .. } => Some(container.id.clone()),
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
            Fate::Replace { successor: Some(_), .. } | Fate::Keep { .. } | Fate::New => false,
        })
    }

    fn takes(&self, successor: &Container) -> bool {
        self.replicas.iter().any(|replica| match &replica.fate {
            Fate::Replace { successor: Some(taken), .. } => taken.id == successor.id,
            Fate::Replace { successor: None, .. } | Fate::Keep { .. } | Fate::New => false,
        })
    }
}

impl<'a> Replica<'a> {
    /// Whether a container has to be made for it.
    pub(super) fn is_made(&self) -> bool {
        match &self.fate {
            Fate::Keep { .. } => false,
            Fate::Replace { successor, .. } => successor.is_none(),
            Fate::New => true,
        }
    }

    /// The name it has before anything is renamed.
    pub(super) fn first_name(&self) -> String {
        match &self.fate {
            Fate::Keep { container, .. } => container.name.clone(),
            Fate::Replace { successor: Some(successor), .. } => successor.name.clone(),
            Fate::Replace { old, successor: None, .. } => leftover::temporary_name(old, &self.name),
            Fate::New => self.name.clone(),
        }
    }

    /// The container that stays.
    pub(super) fn container(&self) -> Option<&'a Container> {
        match &self.fate {
            Fate::Keep { container, .. } => Some(container),
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
            let successor = leftover::successor(self.observed, container)
                .filter(|successor| self.is_usable(name, service, successor, staffs));
            let fate = Fate::Replace { old: container, cause, successor };
            return Replica { number, name: proper, fate, start: Some(Cause::Created) };
        }
        let stop = restarted_with(service, container, staffs);
        let start = stop.clone().or_else(|| self.start(service, container));
        let is_left_over = leftover::has_temporary_name(container) && container.name != proper;
        let name = if is_left_over { proper } else { container.name.clone() };
        Replica { number, name, fate: Fate::Keep { container, stop }, start }
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
        && container.labels.contains_key(labels::CONFIG_HASH)
}

fn is_broken(container: &Container) -> bool {
    matches!(container.state, ContainerState::Dead | ContainerState::Removing)
}

/// Who stays first when there are too many: sound ones, then as they should be, then low numbers.
fn rank(found: &Judged) -> (bool, bool, u32, bool, bool) {
    (
        is_broken(found.container),
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
