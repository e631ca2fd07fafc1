//! A tree in memory, for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::failure::Failure;
use crate::model::secret::Secret;
use crate::model::tree::{Entry, Placement, Tree, TreeError};

use super::{Error, Loaded, Open, Request, load};

/// Files by absolute path.
#[derive(Default)]
pub(super) struct MemoryTree(BTreeMap<PathBuf, String>);

/// Decrypts files that begin with `ENC:`.
pub(super) struct FakeKeys;

impl Open for FakeKeys {
    fn open(
        &self,
        _: &Path,
        bytes: &[u8],
    ) -> Result<Option<Secret>, Box<dyn Failure + Send + Sync>> {
        Ok(bytes.strip_prefix(b"ENC:").map(|plain| Secret::new(plain.to_vec())))
    }
}

impl MemoryTree {
    /// Reads `--- NAME` lines as the beginning of a file below `/p`; what precedes the first is `compose.yaml`.
    pub(super) fn parse(text: &str) -> Self {
        let mut tree = Self::default();
        let mut name = "compose.yaml".to_owned();
        for line in text.lines() {
            if let Some(next) = line.strip_prefix("--- ") {
                next.clone_into(&mut name);
                continue;
            }
            let file = tree.0.entry(PathBuf::from("/p").join(&name)).or_default();
            file.push_str(line);
            file.push('\n');
        }
        tree
    }
}

impl Tree for MemoryTree {
    fn root(&self) -> &Path {
        Path::new("/p")
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        if self.0.contains_key(path) {
            return Ok(Some(Entry::File { executable: false }));
        }
        let below = self.0.keys().any(|file| file.starts_with(path));
        Ok(below.then_some(Entry::Directory))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        let missing = || TreeError::Missing { path: path.to_owned() };
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(missing)
    }

    fn list(&self, _: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        Ok(Vec::new())
    }
}

/// Loads the files that `text` describes: `compose.yaml`, and `override.yaml` over it where there is one.
pub(super) fn try_load(text: &str) -> Result<Loaded, Error> {
    let tree = MemoryTree::parse(text);
    let files = ["/p/compose.yaml", "/p/override.yaml"].map(PathBuf::from);
    let request = Request {
        files: files.into_iter().filter(|file| tree.0.contains_key(file)).collect(),
        project_directory: PathBuf::from("/p"),
        environment: BTreeMap::from([("HOME".to_owned(), "/home/u".to_owned())]),
        ..Request::default()
    };
    load(&tree, &FakeKeys, &request)
}

/// One service of the model, as compact JSON; or the error with its hint.
pub(super) fn service(text: &str) -> String {
    part(text, &["services", "a"])
}

/// A part of the model, as compact JSON; or the error with its hint.
pub(super) fn part(text: &str, path: &[&str]) -> String {
    match try_load(text) {
        Ok(loaded) => {
            let shown = loaded.model();
            let mut value = &shown.model;
            for key in path {
                value = &value[key];
            }
            value.to_string()
        }
        Err(error) => shown(&error),
    }
}

/// What differs when the printed model is loaded once more, in the place where it was printed for; nothing, if all is well.
pub(super) fn again(loaded: &Loaded) -> Option<String> {
    let print = |loaded: &Loaded| crate::yaml::print(&loaded.printed().model).replace('$', "$$");
    let text = print(loaded);
    let mut tree = MemoryTree::default();
    let files = loaded.read.iter().map(|path| (path.clone(), String::new()));
    tree.0.extend(files);
    let file = PathBuf::from("/printed/compose.yaml");
    tree.0.insert(file.clone(), text.clone());
    let request = Request {
        files: vec![file],
        project_directory: PathBuf::from("/printed"),
        environment: BTreeMap::from([("HOME".to_owned(), "/home/u".to_owned())]),
        profiles: vec!["*".to_owned()],
        ..Request::default()
    };
    match load(&tree, &FakeKeys, &request) {
        Ok(more) if more.model().model == loaded.model().model && print(&more) == text => None,
        Ok(more) => Some(format!("{text}\n  becomes\n{}", print(&more))),
        Err(error) => Some(format!("{}\n  of\n{text}", shown(&error))),
    }
}

/// An error as people see it.
pub(super) fn shown(error: &Error) -> String {
    let mut text = format!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("\n  cause: {cause}"));
        source = cause.source();
    }
    if let Some(excerpt) = error.excerpt() {
        text.push_str(&format!("\n{excerpt}"));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

/// The lines of a text, each further to the right.
pub(super) fn indented(text: &str, by: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{:by$}{line}\n", "")).collect();
    lines.concat()
}
