//! A plan in the making.

use crate::model::name::ServiceName;

use super::cause::Cause;
use super::operation::{Action, OpId, Operation};

/// Operations in the order in which they were added. Each can only name earlier ones as its predecessors, so no circle
/// can come about.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) operations: Vec<Operation>,
}

impl Draft {
    /// Adds an operation behind `after`.
    pub(super) fn add(
        &mut self,
        action: Action,
        service: Option<&ServiceName>,
        cause: Cause,
        mut after: Vec<OpId>,
    ) -> OpId {
        let id = OpId(self.operations.len());
        after.sort();
        after.dedup();
        self.operations.push(Operation { id, action, service: service.cloned(), cause, after });
        id
    }

    /// The operations that no other one waits for: whoever waits for these waits for all.
    pub(super) fn ends(&self) -> Vec<OpId> {
        let mut is_end = vec![true; self.operations.len()];
        for before in self.operations.iter().flat_map(|operation| &operation.after) {
            if let Some(flag) = is_end.get_mut(before.0) {
                *flag = false;
            }
        }
        is_end.into_iter().enumerate().filter(|(_, end)| *end).map(|(id, _)| OpId(id)).collect()
    }
}
