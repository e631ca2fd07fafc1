//! Which files each stack was rendered from, so that a new revision runs only the stacks that it touches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::name::{ProjectName, SourceName};
use crate::model::tree::{Entry, Placement, Tree, TreeError};

/// What the stacks of each source were rendered from when they were applied last, as long as this process lives. Whoever has
/// just begun knows of none, and every stack counts as touched.
#[derive(Debug, Clone, Default)]
pub struct Footprints(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    stacks: BTreeMap<(SourceName, ProjectName), Footprint>,
    /// What `conductor.yaml` of each source was.
    settings: BTreeMap<SourceName, Option<String>>,
}

/// The files that a stack was rendered from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Footprint {
    /// Its Compose files.
    files: Vec<PathBuf>,
    /// What each path was that was asked for.
    marks: BTreeMap<(PathBuf, Depth), Option<String>>,
}

/// How much of a path counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    /// What stands there.
    Entry,
    /// What it holds.
    Contents,
}

impl Footprint {
    /// Whether the stack has other Compose files, or a tree holds something else where it was rendered from.
    pub(super) fn is_touched(&self, files: &[PathBuf], tree: &dyn Tree) -> bool {
        self.files != files
            || self.marks.iter().any(|((path, depth), was)| {
                was.is_none() || mark(tree, &tree.root().join(path), *depth) != *was
            })
    }
}

fn mark(tree: &dyn Tree, path: &Path, depth: Depth) -> Option<String> {
    match depth {
        Depth::Entry => tree.entry(path).ok().map(|entry| format!("{entry:?}")),
        Depth::Contents => tree.mark(path),
    }
}

impl Footprints {
    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note(&self, source: &SourceName, project: &ProjectName, footprint: Footprint) {
        let key = (source.clone(), project.clone());
        self.with(|known| drop(known.stacks.insert(key, footprint)));
    }

    /// Forgets a stack: it counts as touched until it is applied.
    pub(super) fn forget(&self, source: &SourceName, project: &ProjectName) {
        let key = (source.clone(), project.clone());
        self.with(|known| drop(known.stacks.remove(&key)));
    }

    pub(super) fn note_settings(&self, source: &SourceName, mark: Option<String>) {
        self.with(|known| drop(known.settings.insert(source.clone(), mark)));
    }

    /// Whether `conductor.yaml` of a source is what it was.
    pub(super) fn has_settings(&self, source: &SourceName, mark: Option<&String>) -> bool {
        mark.is_some()
            && self.with(|known| known.settings.get(source).and_then(Option::as_ref) == mark)
    }

    /// The stacks of a source that are known.
    pub(super) fn stacks(&self, source: &SourceName) -> BTreeMap<ProjectName, Footprint> {
        let is_its = |((of, project), footprint): (&(SourceName, ProjectName), &Footprint)| {
            (of == source).then(|| (project.clone(), footprint.clone()))
        };
        self.with(|known| known.stacks.iter().filter_map(is_its).collect())
    }
}

/// A tree that notes which of its files are asked for.
pub(super) struct Traced {
    tree: Box<dyn Tree>,
    /// Where the tree's files are in the repository.
    asked: Mutex<BTreeSet<(PathBuf, Depth)>>,
}

impl Traced {
    pub(super) fn of(tree: Box<dyn Tree>) -> Self {
        Self { tree, asked: Mutex::default() }
    }

    fn note(&self, path: &Path, depth: Depth) {
        // What lies outside is no part of any revision.
        if let Ok(inner) = path.strip_prefix(self.tree.root()) {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.insert((inner.to_owned(), depth));
        }
    }

    /// What was asked for, as it is, for a stack with these Compose files.
    pub(super) fn footprint(&self, files: &[PathBuf]) -> Footprint {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let marked = asked.iter().map(|(path, depth)| {
            let mark = mark(&*self.tree, &self.tree.root().join(path), *depth);
            ((path.clone(), *depth), mark)
        });
        Footprint { files: files.to_vec(), marks: marked.collect() }
    }
}

impl Tree for Traced {
    fn root(&self) -> &Path {
        self.tree.root()
    }

    fn placement(&self) -> Placement {
        self.tree.placement()
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        self.note(path, Depth::Entry);
        self.tree.entry(path)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        self.note(path, Depth::Contents);
        self.tree.read(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        self.note(path, Depth::Contents);
        self.tree.list(path)
    }

    fn mark(&self, path: &Path) -> Option<String> {
        self.tree.mark(path)
    }
}
