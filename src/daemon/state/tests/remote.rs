//! The remotes of the world: what is pushed to them, what a fetch sees, and what of it is deployed.

use std::path::PathBuf;

use super::made::{number, revision};
use super::world::World;
use crate::daemon::event::{StackFact, Survey, Touched};
use crate::model::name::{ProjectName, SourceName};
use crate::model::revision::Revision;

impl World {
    /// A push to a source that changes these stacks.
    pub(super) fn push(&mut self, name: &SourceName, changed: &[ProjectName]) {
        let head = self.head.get_mut(name).unwrap();
        *head += 1;
        self.told_last = false;
        self.changes.insert((name.clone(), *head), changed.iter().cloned().collect());
    }

    pub(super) fn survey(&self, name: &SourceName, since: Option<&Revision>, head: u32) -> Survey {
        let stacks = self.stacks[name].iter().map(|stack| StackFact {
            project: stack.clone(),
            path: PathBuf::from(stack.as_str()),
            left_alone: None,
        });
        let touched = match since {
            None => Touched::All,
            Some(since) => Touched::Only(
                (number(since) + 1..=head)
                    .filter_map(|at| self.changes.get(&(name.clone(), at)))
                    .flatten()
                    .cloned()
                    .collect(),
            ),
        };
        Survey {
            revision: revision(head),
            stacks: stacks.collect(),
            touched,
            failed: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The stacks whose newest change is not deployed.
    pub(super) fn behind(&self) -> Vec<String> {
        let newest = |name: &SourceName, stack: &ProjectName| {
            let changes = self.changes.iter().rev();
            let mut mine = changes.filter(|((of, _), who)| of == name && who.contains(stack));
            mine.next().map_or(1, |((_, at), _)| *at)
        };
        self.stacks
            .iter()
            .flat_map(|(name, stacks)| stacks.iter().map(move |stack| (name, stack)))
            .filter(|(name, stack)| {
                self.deployed.get(*stack).is_none_or(|at| *at < newest(name, stack))
            })
            .map(|(_, stack)| stack.to_string())
            .collect()
    }
}
