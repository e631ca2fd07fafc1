//! Symbolic links inside a tree: followed as a file system would, but never out of the tree.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::model::tree::{Entry, TreeError};

/// How many links one path may go through; Linux allows as many.
const MAX_HOPS: usize = 40;

/// Whether a link at the end of a path is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// What it points to is wanted.
    Follow,
    /// The link itself is wanted.
    Keep,
}

/// Says what stands at a path relative to the tree's root, whose parents are real directories of the tree.
pub(super) type Look<'a> = &'a dyn Fn(&Path) -> Result<Option<Entry>, TreeError>;

/// A piece of a path.
enum Part {
    Up,
    Name(OsString),
}

/// Finds what `path` leads to in the tree at `root`: its path relative to the root, without links, and what stands there.
/// `None` when nothing does.
pub(super) fn resolve(
    root: &Path,
    path: &Path,
    last: Last,
    look: Look<'_>,
) -> Result<Option<(PathBuf, Entry)>, TreeError> {
    let escapes = || TreeError::Escapes { path: path.to_owned() };
    let mut todo = parts(path.strip_prefix(root).map_err(|_error| escapes())?);
    let (mut here, mut entry) = (PathBuf::new(), Entry::Directory);
    let mut hops = 0;
    while let Some(part) = todo.pop() {
        let Part::Name(name) = part else {
            if !here.pop() {
                return Err(escapes());
            }
            entry = Entry::Directory;
            continue;
        };
        let next = here.join(name);
        let Some(found) = look(&next)? else { return Ok(None) };
        match found {
            Entry::Symlink { target } if !todo.is_empty() || last == Last::Follow => {
                hops += 1;
                if hops > MAX_HOPS {
                    return Err(too_many(path));
                }
                if target.is_absolute() {
                    here.clear();
                    todo.extend(parts(target.strip_prefix(root).map_err(|_error| escapes())?));
                } else {
                    todo.extend(parts(&target));
                }
            }
            Entry::Other if !todo.is_empty() => {
                return Err(TreeError::Submodule {
                    path: path.to_owned(),
                    submodule: root.join(next),
                });
            }
            Entry::File { .. } if !todo.is_empty() => return Ok(None),
            found @ (Entry::File { .. }
            | Entry::Directory
            | Entry::Symlink { .. }
            | Entry::Other) => {
                (here, entry) = (next, found);
            }
        }
    }
    Ok(Some((here, entry)))
}

/// The pieces of a relative path, the first one last.
fn parts(path: &Path) -> Vec<Part> {
    let pieces = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(Part::Name(name.to_owned())),
        Component::ParentDir => Some(Part::Up),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    let mut pieces: Vec<Part> = pieces.collect();
    pieces.reverse();
    pieces
}

fn too_many(path: &Path) -> TreeError {
    let source = Box::new(io::Error::other("too many levels of symbolic links"));
    TreeError::Io { path: path.to_owned(), source }
}
