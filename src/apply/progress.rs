//! Who hears how far a plan is.

use crate::docker::PullProgress;
use crate::model::name::ServiceName;
use crate::model::outcome::Trouble;
use crate::plan::Operation;

/// Hears how far a plan is. Called from the task that carries it out, so no call may block.
pub trait Progress: Send + Sync {
    /// An operation begins.
    fn started(&self, operation: &Operation) {
        let _ = operation;
    }

    /// An operation is done.
    fn finished(&self, operation: &Operation) {
        let _ = operation;
    }

    /// A container of this service has got its inputs as they are desired; its ID.
    fn supplied(&self, service: &ServiceName, container: &str) {
        let _ = (service, container);
    }

    /// An operation failed.
    fn failed(&self, operation: &Operation, trouble: &Trouble) {
        let _ = (operation, trouble);
    }

    /// A wait that nobody requires failed: the plan goes on.
    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        let _ = (operation, trouble);
    }

    /// A pull or wait was broken off, because something else failed or a person stopped the run.
    fn broken_off(&self, operation: &Operation) {
        let _ = operation;
    }

    /// A pull made a step.
    fn pulling(&self, operation: &Operation, step: &PullProgress) {
        let _ = (operation, step);
    }

    /// What a container that is waited for is doing, in words.
    fn waiting(&self, operation: &Operation, state: &str) {
        let _ = (operation, state);
    }
}

/// Nobody hears anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
