//! Waits for what a plan itself has not waited for: a revision is good when the whole stack is well with it.

use std::collections::BTreeSet;

use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState, HealthStatus, Observed};
use crate::model::service::Service;

use super::cause::Cause;
use super::draft::Draft;
use super::oneshot::may_end;
use super::operation::{Action, Plan, Unmet, Until};
use super::options::Options;
use super::starts::patience;

/// Waits until every service is up that the plan, which was carried out between the two observations, has not waited for.
/// Where the plan did something, a container that it left alone and that was unwell before is not waited for.
pub fn rest(
    desired: &Desired,
    (before, now): (&Observed, &Observed),
    plan: &Plan,
    options: &Options,
) -> Plan {
    let waited: BTreeSet<&ServiceName> =
        plan.operations.iter().filter_map(|operation| awaited(&operation.action)).collect();
    let left_unwell = |container: &Container| {
        let mut known = before.containers.iter();
        !plan.is_empty() && known.any(|known| known.id == container.id && !is_well(known))
    };
    let mut draft = Draft::default();
    for (name, service) in &desired.project.services {
        if waited.contains(name) {
            continue;
        }
        let of = now.containers.iter().filter(|container| {
            container.service() == name.as_str() && !container.is_oneoff() && runs(container)
        });
        let containers: Vec<String> =
            of.filter(|found| !left_unwell(found)).map(|found| found.name.clone()).collect();
        if !containers.is_empty() {
            let action = wait(desired, (name, service), containers, options);
            draft.add(action, Some(name), Cause::MustBeUp, Vec::new());
        }
    }
    Plan { operations: draft.operations, notes: Vec::new() }
}

fn wait(
    desired: &Desired,
    (name, service): (&ServiceName, &Service),
    containers: Vec<String>,
    options: &Options,
) -> Action {
    Action::Wait {
        service: name.clone(),
        containers,
        until: Until::Up {
            settle: options.settle,
            may_end: may_end(desired, name.as_str(), service),
        },
        timeout: Some(options.health_timeout.max(patience(service))),
        unmet: Unmet::Fail,
    }
}

/// The service that an action waits for.
fn awaited(action: &Action) -> Option<&ServiceName> {
    if let Action::Wait { service, unmet: Unmet::Fail, .. } = action { Some(service) } else { None }
}

fn runs(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Restarting)
}

fn is_well(container: &Container) -> bool {
    container.state == ContainerState::Running
        && matches!(container.health, HealthStatus::None | HealthStatus::Healthy)
}
