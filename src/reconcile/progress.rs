//! Who hears how far a pass is.

use std::sync::Arc;

use crate::apply;
use crate::model::name::{ProjectName, SourceName};
use crate::source::FetchProgress;

use super::run::StackRun;

/// Hears how far a pass is. No call may block.
pub trait Progress: Send + Sync {
    /// A source is being fetched; called again as it comes in.
    fn fetching(&self, source: &SourceName, progress: FetchProgress);

    /// A source is here, or could not be fetched.
    fn fetched(&self, source: &SourceName);

    /// Who hears how far the plan of this project is.
    fn project(&self, project: &ProjectName) -> Arc<dyn apply::Progress>;

    /// A stack came to its end; others of the pass may still go on.
    fn ended(&self, run: &StackRun) {
        let _ = run;
    }
}

/// Nobody hears anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn fetching(&self, _source: &SourceName, _progress: FetchProgress) {}

    fn fetched(&self, _source: &SourceName) {}

    fn project(&self, _project: &ProjectName) -> Arc<dyn apply::Progress> {
        Arc::new(apply::Silent)
    }
}
