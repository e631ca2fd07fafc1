//! What was found in the commit of each source that was looked through last: a push is looked through once, by whoever comes
//! first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Source;
use crate::model::name::SourceName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;

use super::context::Context;
use super::found::{Files, Finding, find};

/// The last finding of each source. It depends on the commit and the settings alone, so that a commit which has none that
/// failed need not be looked through again. New settings begin with none.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings(Arc<Mutex<BTreeMap<SourceName, (Source, Finding)>>>);

impl Findings {
    /// The stacks of a source in the files that were fetched for it.
    pub(super) fn find(
        &self,
        context: &Context,
        source: &Source,
        files: &Files,
    ) -> Result<Finding, Trouble> {
        let revision = files.revision();
        if let Some(finding) = self.known(source, &revision) {
            return Ok(finding);
        }
        let finding = find(context, source, files)?;
        if revision != Revision::Directory && finding.failed.is_empty() {
            let kept = (source.clone(), finding.clone());
            self.with(|known| drop(known.insert(source.name.clone(), kept)));
        }
        Ok(finding)
    }

    fn known(&self, source: &Source, revision: &Revision) -> Option<Finding> {
        self.with(|known| {
            let (of, finding) = known.get(&source.name)?;
            (of == source && finding.revision == *revision).then(|| finding.clone())
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<SourceName, (Source, Finding)>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
