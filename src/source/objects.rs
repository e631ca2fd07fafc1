//! The objects of one commit: checked, and copied from repository to repository without history.

use std::collections::HashSet;
use std::fs;
use std::io;

use git2::{ObjectType, Oid, Repository};

use crate::model::tree::MAX_FILE;

/// Which of two repositories failed.
#[derive(Debug)]
pub(super) enum CopyError {
    /// The one that is read.
    From(git2::Error),
    /// The one that is written.
    To(git2::Error),
    /// The list of commits without parents of the one that is written.
    Shallow(io::Error),
}

/// Reads every tree and file of `commit`: each is there, and is what its id says.
pub(super) fn verify(repository: &Repository, commit: Oid) -> Result<(), git2::Error> {
    let odb = repository.odb()?;
    each(repository, commit, &mut |id, kind| {
        let (size, _kind) = odb.read_header(id)?;
        if kind == ObjectType::Blob && size as u64 <= MAX_FILE {
            drop(odb.read(id)?);
        }
        Ok(())
    })
}

/// Copies `commit` with its trees and files, without its parents. What is there already is not copied again.
pub(super) fn copy(
    from: &Repository,
    to: &Repository,
    commit: Oid,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), CopyError> {
    let (source, target) = (from.odb().map_err(CopyError::From)?, to.odb().map_err(CopyError::To)?);
    let mut pack = from.packbuilder().map_err(CopyError::From)?;
    each(from, commit, &mut |id, _kind| {
        if target.exists(id) {
            return Ok(());
        }
        if !goes_on() {
            return Err(git2::Error::from_str("stopped"));
        }
        drop(source.read(id)?);
        pack.insert_object(id, None)
    })
    .map_err(CopyError::From)?;
    if pack.object_count() > 0 {
        pack.write(&to.path().join("objects/pack"), 0).map_err(CopyError::To)?;
        target.refresh().map_err(CopyError::To)?;
    }
    note_shallow(to, commit)
}

/// Calls `visit` for the commit, and once for each tree and file below it. Submodules have no objects here.
fn each(
    repository: &Repository,
    commit: Oid,
    visit: &mut dyn FnMut(Oid, ObjectType) -> Result<(), git2::Error>,
) -> Result<(), git2::Error> {
    let mut trees = vec![repository.find_commit(commit)?.tree_id()];
    visit(commit, ObjectType::Commit)?;
    let mut seen = HashSet::new();
    while let Some(id) = trees.pop() {
        if !seen.insert(id) {
            continue;
        }
        visit(id, ObjectType::Tree)?;
        for entry in &repository.find_tree(id)? {
            match entry.kind() {
                Some(ObjectType::Tree) => trees.push(entry.id()),
                Some(ObjectType::Blob) if seen.insert(entry.id()) => {
                    visit(entry.id(), ObjectType::Blob)?;
                }
                Some(_) | None => (),
            }
        }
    }
    Ok(())
}

/// Lists `commit` as one without parents, so that a later fetch does not tell a server that they are here.
fn note_shallow(repository: &Repository, commit: Oid) -> Result<(), CopyError> {
    let found = repository.find_commit(commit).map_err(CopyError::To)?;
    let odb = repository.odb().map_err(CopyError::To)?;
    if found.parent_ids().all(|parent| odb.exists(parent)) {
        return Ok(());
    }
    let file = repository.path().join("shallow");
    let mut text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CopyError::Shallow(error)),
    };
    let id = commit.to_string();
    if !text.lines().any(|line| line == id) {
        text.push_str(&id);
        text.push('\n');
        fs::write(&file, text).map_err(CopyError::Shallow)?;
    }
    Ok(())
}
