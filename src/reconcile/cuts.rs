//! Which runs of a pass wait for nothing any more, because something newer wants its turn.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::model::name::ProjectName;

/// The runs of a pass whose waits are cut short: each ends as superseded where it would wait. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cuts(Arc<Mutex<BTreeMap<ProjectName, CancellationToken>>>);

impl Cuts {
    /// Cuts the waits of a stack's run, also those that are yet to come.
    pub fn cut(&self, project: &ProjectName) {
        self.of(project).cancel();
    }

    /// What tells a run that its waits are cut.
    pub(super) fn of(&self, project: &ProjectName) -> CancellationToken {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(project.clone()).or_default().clone()
    }
}
