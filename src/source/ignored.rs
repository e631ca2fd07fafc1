//! Files that git leaves alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::Repository;

/// Those of the files below `top` that nobody will commit: ignored, and not tracked. None where there is no repository.
pub fn ignored(top: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let Ok(repository) = Repository::discover(top) else { return BTreeSet::new() };
    let Some(root) = repository.workdir().and_then(|root| root.canonicalize().ok()) else {
        return BTreeSet::new();
    };
    let index = repository.index().ok();
    let is_ignored = |file: &PathBuf| {
        let Ok(relative) = file.strip_prefix(&root) else { return false };
        let tracked = index.as_ref().is_some_and(|index| index.get_path(relative, 0).is_some());
        !tracked && repository.is_path_ignored(relative).unwrap_or(false)
    };
    files.iter().filter(|file| is_ignored(file)).cloned().collect()
}
