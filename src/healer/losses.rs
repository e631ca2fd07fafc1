//! What an engine that runs has lost: by the log of its start, and by the files of its layers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::heal::{Lost, Unit, Up};
use crate::systemd::{Manager, up};

/// How long after a start its log is read.
const STARTED: Duration = Duration::from_secs(2);
/// How often the files of layers are looked at.
const CALM: Duration = Duration::from_mins(1);
/// The same when something was seen that may go by.
const CLOSE: Duration = Duration::from_secs(5);

/// What was lost when it was last looked at.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Of which start the log was read, and what it said.
    start: Option<(Up, Option<Lost>)>,
    /// When the files of layers were looked at.
    at: Option<Up>,
    /// The layers that are lost.
    layers: BTreeSet<String>,
    /// The layers whose files were gone at the last look.
    seen: BTreeSet<String>,
}

impl Losses {
    /// Looks at what is due, while an engine runs.
    pub(super) async fn look(
        &mut self,
        (manager, root): (&Manager, &Path),
        docker: Option<&Unit>,
    ) -> Option<Lost> {
        let docker = docker.filter(|docker| docker.is_active())?;
        let began = docker.began.filter(|began| up().since(*began) >= STARTED)?;
        if self.start.as_ref().is_none_or(|(read, _)| *read != began) {
            let log = manager.last_start().await.unwrap_or_default();
            self.start = Some((began, Lost::read(&log)));
        }
        if let Some((_, Some(lost))) = &self.start {
            return Some(lost.clone());
        }
        let pause = if self.layers == self.seen { CALM } else { CLOSE };
        if self.at.is_none_or(|at| up().since(at) >= pause) {
            let (root, before) = (root.to_owned(), std::mem::take(&mut self.seen));
            let found = tokio::task::spawn_blocking(move || lost(&root, &before)).await;
            (self.layers, self.seen) = found.unwrap_or_default();
            self.at = Some(up());
        }
        Lost::of_layers(self.layers.clone())
    }
}

/// The layers whose files are gone, by their chain's digest, and of which `before` said so, too: one that is just being
/// removed loses its files first. Answers those that count, and what was seen.
fn lost(root: &Path, before: &BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    let seen = gone(root);
    (seen.intersection(before).cloned().collect(), seen)
}

/// Only what is not there is gone: what cannot be looked at is not known.
fn gone(root: &Path) -> BTreeSet<String> {
    let files = root.join("overlay2");
    let known = root.join("image/overlay2/layerdb/sha256");
    let (true, Ok(layers)) = (files.is_dir(), fs::read_dir(known)) else { return BTreeSet::new() };
    let is_gone = |layer: &fs::DirEntry| {
        let cache = fs::read_to_string(layer.path().join("cache-id")).unwrap_or_default();
        let cache = cache.trim();
        !cache.is_empty()
            && !cache.contains('/')
            && matches!(files.join(cache).try_exists(), Ok(false))
    };
    let layers = layers.flatten().filter(is_gone);
    layers.map(|layer| layer.file_name().to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(root: &Path, chain: &str, cache: &str) {
        let place = root.join("image/overlay2/layerdb/sha256").join(chain);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("cache-id"), cache).unwrap();
    }

    #[test]
    fn a_layer_counts_as_lost_when_its_files_are_gone_at_two_looks() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("overlay2/here/diff")).unwrap();
        layer(root, "a", "here");
        assert_eq!(gone(root), BTreeSet::new());
        layer(root, "b", "away");
        layer(root, "c", "");
        let (first, seen) = lost(root, &BTreeSet::new());
        assert_eq!((first.len(), &seen), (0, &BTreeSet::from(["b".to_owned()])));
        assert_eq!(lost(root, &seen).0, seen);
        fs::create_dir_all(root.join("overlay2/away")).unwrap();
        assert_eq!(lost(root, &seen).0, BTreeSet::new());
    }

    #[test]
    fn without_the_drivers_directory_nothing_is_known() {
        let root = tempfile::tempdir().unwrap();
        layer(root.path(), "a", "away");
        assert_eq!(gone(root.path()), BTreeSet::new());
    }
}
