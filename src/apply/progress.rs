//! Who hears how far a plan is.

use crate::docker::PullProgress;
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
