//! Which files a Compose file leads to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::tree::{Tree, join_clean};
use crate::yaml::{self, Node};

/// The files that `include` and `extends` of `files` lead to, directly or not. Looks only at what is written without
/// variables, and passes over what cannot be read: loading tells.
pub fn reaches(tree: &dyn Tree, files: &[PathBuf]) -> Vec<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<(PathBuf, PathBuf)> = files
        .iter()
        .map(|file| (file.clone(), file.parent().unwrap_or(Path::new("/")).to_owned()))
        .collect();
    while let Some((file, directory)) = left.pop() {
        for path in named(tree, &file) {
            let path = join_clean(&directory, Path::new(&path));
            if !files.contains(&path) && reached.insert(path.clone()) {
                let directory = path.parent().unwrap_or(Path::new("/")).to_owned();
                left.push((path, directory));
            }
        }
    }
    reached.into_iter().collect()
}

/// The directories among those of stacks, each told with its files, that `include` or `extends` of another stack reaches: they
/// are parts of that one. All paths are relative to the tree's root.
pub fn parts<'s>(
    tree: &dyn Tree,
    stacks: impl Iterator<Item = (&'s Path, &'s [PathBuf])>,
) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    for (own, files) in stacks {
        let files: Vec<PathBuf> = files.iter().map(|file| tree.root().join(file)).collect();
        for file in reaches(tree, &files) {
            if let Some(directory) = file.strip_prefix(tree.root()).ok().and_then(Path::parent)
                && directory != own
            {
                reached.insert(directory.to_owned());
            }
        }
    }
    reached
}

/// The paths that a file names.
fn named(tree: &dyn Tree, file: &Path) -> Vec<String> {
    let Ok(bytes) = tree.read(file) else { return Vec::new() };
    let quick = bytes.windows(7).any(|window| window == b"include" || window == b"extends");
    if !quick {
        return Vec::new();
    }
    let Ok(documents) = yaml::parse_bytes(&bytes) else { return Vec::new() };
    let mut paths = Vec::new();
    for document in &documents {
        for entry in document.get("include").and_then(Node::as_sequence).unwrap_or_default() {
            texts(entry, &mut paths);
            if let Some(path) = entry.get("path") {
                texts(path, &mut paths);
            }
        }
        for service in document.get("services").and_then(Node::as_mapping).unwrap_or_default() {
            let extends = service.value.get("extends");
            if let Some(file) = extends.and_then(|extends| extends.get("file")) {
                texts(file, &mut paths);
            }
        }
    }
    paths
}

fn texts(node: &Node, paths: &mut Vec<String>) {
    for node in node.as_sequence().unwrap_or(std::slice::from_ref(node)) {
        if let Some(text) =
            node.as_str().filter(|text| !text.contains('$') && !text.contains("://"))
        {
            paths.push(text.to_owned());
        }
    }
}
