//! One stack: loaded, and looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose::{self, Loaded, Request};
use crate::model::project::Project;
use crate::model::tree::Tree;

use super::finding::Finding;
use super::keys::LintKeys;
use super::rule::RuleId;
use super::{files, loading, secrets, services};

/// What every check of a stack has at hand.
pub(super) struct Look<'l> {
    /// The files of the repository.
    pub(super) tree: &'l dyn Tree,
    /// What decrypts.
    pub(super) keys: &'l LintKeys<'l>,
    /// The stack as it was loaded.
    pub(super) loaded: &'l Loaded,
    /// Its main Compose file.
    pub(super) main: &'l Path,
}

impl Look<'_> {
    /// Something wrong at an element of the model, or at the nearest one around it that stands in a file.
    pub(super) fn at(&self, rule: RuleId, path: &[&str], message: impl Into<String>) -> Finding {
        let mut at = self.loaded.places.of(path);
        if at.file.as_os_str().is_empty() {
            self.main.clone_into(&mut at.file);
        }
        Finding::at(rule, &at, self.tree.root(), message)
    }

    /// A path as the repository knows it.
    pub(super) fn shown(&self, path: &str) -> String {
        loading::shown(path, self.tree.root())
    }
}

/// A stack that could be loaded.
pub(super) struct Checked {
    /// Its path.
    pub(super) path: PathBuf,
    /// What it would run.
    pub(super) project: Project,
    /// Where the elements stand that others may collide with.
    pub(super) places: BTreeMap<Vec<String>, Finding>,
}

/// Loads a stack and looks at it, with its own profiles and then with all of them. The paths of `request` are absolute.
pub(super) fn check(
    tree: &dyn Tree,
    keys: &LintKeys<'_>,
    (path, request): (&Path, &Request),
    findings: &mut BTreeSet<Finding>,
) -> Option<Checked> {
    let main = request.files.first().cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut checked = None;
    let own = one(tree, keys, (request, &main), &mut found);
    let more = own.as_ref().is_none_or(|loaded| !loaded.project.disabled.is_empty());
    if more && !request.profiles.iter().any(|profile| profile == "*") {
        let all = Request { profiles: vec!["*".to_owned()], ..request.clone() };
        // What is wrong in both is found once: findings are a set.
        one(tree, keys, (&all, &main), &mut found);
    }
    for file in keys.take_sealed() {
        let shown = loading::shown(&file.display().to_string(), tree.root());
        let message = format!("`{shown}` is encrypted and was not decrypted");
        found.push(Finding::file(RuleId::NotChecked, shown, message));
    }
    if let Some(loaded) = own {
        let look = Look { tree, keys, loaded: &loaded, main: &main };
        let places = super::among::places(&look, path);
        checked = Some(Checked { path: path.to_owned(), project: loaded.project, places });
    }
    findings.extend(
        found.into_iter().map(|finding| Finding { stack: Some(path.to_owned()), ..finding }),
    );
    checked
}

fn one(
    tree: &dyn Tree,
    keys: &LintKeys<'_>,
    (request, main): (&Request, &Path),
    findings: &mut Vec<Finding>,
) -> Option<Loaded> {
    let root = tree.root();
    let mut noted = Vec::new();
    let loaded = compose::load_noting(tree, keys, request, &mut noted);
    noted.extend(loaded.iter().flat_map(|loaded| loaded.warnings.iter().cloned()));
    findings.extend(noted.iter().map(|warning| loading::warning(warning, root, main)));
    match loaded {
        Ok(loaded) => {
            let look = Look { tree, keys, loaded: &loaded, main };
            services::check(&look, findings);
            files::check(&look, findings);
            secrets::check(&look, request, findings);
            Some(loaded)
        }
        Err(error) => {
            let each = error.each().iter();
            findings.extend(each.filter_map(|error| loading::error(error, root, main)));
            None
        }
    }
}
