//! Who takes whose place: containers that an interrupted run made, and the way of the change.

use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState};
use crate::model::service::Service;

use super::leftover;
use super::resources::{NetworkFate, is_running};
use super::startfirst;
use super::verdict::{Judge, Staffs};

type Named<'s> = (&'s ServiceName, &'s Service);

impl<'a> Judge<'a> {
    /// Whether a container was made to replace another one that is still there, and is no more than that: it never ran, or
    /// it runs beside the other one and nobody depends on it yet.
    pub(super) fn is_successor(
        &self,
        (name, service): Named,
        container: &Container,
        staffs: &Staffs,
    ) -> bool {
        if leftover::is_successor(self.observed, container) {
            return true;
        }
        let Some(old) = leftover::replaced(self.observed, container) else { return false };
        if !startfirst::is_start_first(self.desired, name) {
            return false;
        }
        let stands = (name, service);
        // When it has taken over and is outdated by now, it is itself what has to be replaced.
        let has_taken_over = !startfirst::is_found_nowhere(self.desired, stands, container)
            && startfirst::is_found_nowhere(self.desired, stands, old);
        self.is_sound(stands, container, staffs) || !has_taken_over
    }

    /// Whether a container that is to be replaced start-first has lost its names to its successor.
    pub(super) fn is_succeeded(&self, stands: Named, container: &Container) -> bool {
        startfirst::is_start_first(self.desired, stands.0)
            && leftover::running_successor(self.observed, container).is_some()
            && startfirst::is_found_nowhere(self.desired, stands, container)
    }

    /// The container that takes the place of `old`, where there is one already, and whether both run for a while.
    pub(super) fn succession(
        &self,
        (name, service): Named,
        old: &'a Container,
        staffs: &Staffs,
    ) -> (Option<&'a Container>, bool) {
        let may_hand_over = startfirst::is_start_first(self.desired, name)
            && self.replaced_network(service).is_none();
        if may_hand_over {
            let running = leftover::running_successor(self.observed, old)
                .filter(|successor| self.is_sound((name, service), successor, staffs));
            if running.is_some() {
                return (running, true);
            }
        }
        let handover = may_hand_over && is_running(old);
        let made = leftover::successor(self.observed, old)
            .filter(|successor| self.is_usable((name, service), successor, staffs, handover));
        (made, handover)
    }

    /// A network of the service that is made anew: everything on it has to stop.
    pub(super) fn replaced_network<'s>(&self, service: &'s Service) -> Option<&'s String> {
        let keys = service.networks.iter().flatten().map(|(key, _)| key);
        keys.into_iter()
            .find(|key| matches!(self.networks.get(*key), Some(NetworkFate::Replace { .. })))
    }

    /// Whether a container that runs is what would be made now.
    fn is_sound(&self, (name, service): Named, container: &Container, staffs: &Staffs) -> bool {
        container.state == ContainerState::Running
            && self.verdict(name, service, container, staffs).is_none()
    }
}
