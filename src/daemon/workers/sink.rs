//! Hears how far passes are, and tells of it.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::apply;
use crate::daemon::happening::{OperationState, What};
use crate::daemon::work::Tell;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::plan::Operation;
use crate::reconcile::{Progress, StackRun};
use crate::source::FetchProgress;

/// Hears how far a pass is.
pub(super) struct Sink {
    tell: Tell,
    ended: mpsc::UnboundedSender<Arc<StackRun>>,
}

impl Sink {
    /// What is heard goes to those who follow; runs that end come out of the second.
    pub(super) fn new(tell: Tell) -> (Self, mpsc::UnboundedReceiver<Arc<StackRun>>) {
        let (ended, runs) = mpsc::unbounded_channel();
        (Self { tell, ended }, runs)
    }
}

impl Progress for Sink {
    fn fetching(&self, _source: &SourceName, _progress: FetchProgress) {}

    fn fetched(&self, _source: &SourceName) {}

    fn project(&self, project: &ProjectName) -> Arc<dyn apply::Progress> {
        Arc::new(Listener { tell: self.tell.clone(), stack: project.clone() })
    }

    fn ended(&self, run: &StackRun) {
        // The pass is over, or its worker was ended: nobody waits for it any more.
        self.ended.send(Arc::new(run.clone())).ok();
    }
}

/// Hears how far the plan of one stack is.
struct Listener {
    tell: Tell,
    stack: ProjectName,
}

impl Listener {
    fn say(&self, operation: &Operation, state: OperationState, error: Option<&Trouble>) {
        self.tell.happening(What::Operation {
            stack: self.stack.clone(),
            state,
            verb: operation.action.verb(),
            subject: operation.action.subject(),
            cause: operation.cause.to_string(),
            error: error.map(|trouble| trouble.error.clone()),
        });
    }
}

impl apply::Progress for Listener {
    fn started(&self, operation: &Operation) {
        self.say(operation, OperationState::Begun, None);
    }

    fn finished(&self, operation: &Operation) {
        self.say(operation, OperationState::Done, None);
    }

    fn failed(&self, operation: &Operation, trouble: &Trouble) {
        self.say(operation, OperationState::Failed, Some(trouble));
    }

    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        self.say(operation, OperationState::PassedOver, Some(trouble));
    }

    fn broken_off(&self, operation: &Operation) {
        self.say(operation, OperationState::BrokenOff, None);
    }
}
