//! Stacks that leave their source, and sources that leave the settings: nothing begins for them any more.

use super::core::State;
use crate::model::name::{ProjectName, SourceName};

impl State {
    /// A stack is no longer part of a source. What runs of it comes to its end; who waits for another run is told that there
    /// is none.
    pub(super) fn release(&mut self, name: &SourceName, project: &ProjectName) {
        let is_its = |stack: &&mut super::stack::Stack| stack.source.as_ref() == Some(name);
        let Some(stack) = self.stacks.get_mut(project).filter(is_its) else { return };
        stack.source = None;
        stack.left_alone = None;
        (stack.drift_at, stack.retry_at) = (None, None);
        stack.suspects.clear();
        let pending = stack.pending.take();
        let word = format!("`{project}` left the source `{name}` before its turn");
        for request in pending.into_iter().flat_map(|pending| pending.requests) {
            if let Some(waiting) = self.requests.get_mut(&request) {
                waiting.stacks.remove(project);
                waiting.add(std::slice::from_ref(&word), None);
            }
            self.answer_when_done(request);
        }
    }

    /// Forgets the sources that left the settings, as far as nobody fetches them.
    pub(super) fn forget_sources(&mut self) {
        let gone = self.sources.iter().filter(|(_, source)| {
            source.is_gone && source.fetching.is_none() && source.wanted.is_empty()
        });
        let gone: Vec<SourceName> = gone.map(|(name, _)| name.clone()).collect();
        for name in gone {
            let Some(source) = self.sources.remove(&name) else { continue };
            for project in source.projects {
                self.release(&name, &project);
            }
        }
    }
}
