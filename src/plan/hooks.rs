//! Hooks of services: what runs around starts and stops, one after the other.

use crate::model::name::ServiceName;
use crate::model::parts::Hook;
use crate::model::service::Service;

use super::cause::Cause;
use super::draft::Draft;
use super::operation::{Action, OpId, Phase};

/// The hooks of a service for one phase.
pub(super) struct Hooks<'a> {
    /// The service.
    pub(super) service: (&'a ServiceName, &'a Service),
    /// When they run.
    pub(super) phase: Phase,
}

impl Hooks<'_> {
    /// Adds them behind `after`, each behind the one before it, for the container `name`. Answers what has to wait for
    /// them: the last one, or `after` where there is none.
    pub(super) fn add(
        &self,
        draft: &mut Draft,
        name: &str,
        cause: &Cause,
        mut after: Vec<OpId>,
    ) -> Vec<OpId> {
        let (service, _) = self.service;
        for index in 0..self.all().len() {
            let action = Action::RunHook {
                name: name.to_owned(),
                service: service.clone(),
                phase: self.phase,
                index,
            };
            after = vec![draft.add(action, Some(service), cause.clone(), after)];
        }
        after
    }

    fn all(&self) -> &[Hook] {
        let (_, service) = self.service;
        match self.phase {
            Phase::PreStart => &service.pre_start,
            Phase::PostStart => &service.post_start,
            Phase::PreStop => &service.pre_stop,
        }
    }
}

/// Whether a container that is stopped for this cause still is what its service declares, so that the hooks declared
/// now are its own. One that is replaced may not even have the commands; Compose runs none there either.
pub(super) fn has_own_hooks(cause: &Cause) -> bool {
    matches!(cause, Cause::ScaledDown | Cause::DependencyRecreated(_))
}
