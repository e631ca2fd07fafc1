//! A Compose file from standard input.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::failure::{Complaint, Error};
use super::session::Session;
use crate::compose::Request;
use crate::model::tree::{Entry, MAX_FILE, Placement, Tree, TreeError};
use crate::source::{DirTree, Links};

/// The name by which standard input is told.
pub(super) const NAME: &str = "-";

/// The tree of a project in place; standard input is the file `-` in it where the request names that.
pub(super) fn tree(session: &Session, request: &Request) -> Result<Box<dyn Tree>, Complaint> {
    let inner = DirTree::at(&request.project_directory, Links::Anywhere);
    let path = session.environment.working_dir.join(NAME);
    if !request.files.contains(&path) {
        return Ok(Box::new(inner));
    }
    let mut text = Vec::new();
    let read = io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut text);
    read.map_err(|source| Error::Input { source })?;
    if text.len() as u64 > MAX_FILE {
        return Err(Error::LongInput.into());
    }
    Ok(Box::new(WithInput { inner, path, text }))
}

/// A directory, and one file that does not lie in it.
struct WithInput {
    inner: DirTree,
    path: PathBuf,
    text: Vec<u8>,
}

impl Tree for WithInput {
    fn root(&self) -> &Path {
        self.inner.root()
    }

    fn placement(&self) -> Placement {
        self.inner.placement()
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        if path == self.path {
            return Ok(Some(Entry::File { executable: false }));
        }
        self.inner.entry(path)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        if path == self.path { Ok(self.text.clone()) } else { self.inner.read(path) }
    }

    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        self.inner.list(path)
    }
}
