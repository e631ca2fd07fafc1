//! Where the files of a stack stand: below its own work directory, or in the project directory that `conductor.yaml` gives it.

use std::path::{Path, PathBuf};

use crate::compose;
use crate::model::outcome::Trouble;
use crate::model::tree::Tree;
use crate::source::DirTree;

use super::context::{Context, Paths};
use super::error::Error;
use super::found::{Files, Found};

impl Found {
    /// The work directory that a person has chosen; `None` where it is the usual one, or a directory is used in place.
    pub(super) fn work(&self) -> Option<PathBuf> {
        match &self.files {
            Files::Git { .. } => self.settings.project_directory.clone(),
            Files::Directory { .. } => None,
        }
    }

    /// The files that this stack reads, as they stand when its containers start. In a project directory of its own there
    /// is only the stack's own directory of the repository.
    pub(super) fn tree(&self, context: &Context) -> Result<Box<dyn Tree>, Trouble> {
        let paths = Paths::of(context);
        let refused = |error: Error| Trouble::of(&error);
        match (&self.files, self.work()) {
            (Files::Git { mirror, revision }, Some(root)) => {
                paths.seen(&root).map_err(refused)?;
                mirror
                    .tree_below(revision, &self.path, root)
                    .map(|tree| Box::new(tree) as Box<dyn Tree>)
                    .map_err(|error| Trouble::of(&error))
            }
            (files @ Files::Git { .. }, None) => {
                paths.seen_work().map_err(refused)?;
                files.tree(&paths.work(self.project.as_str()))
            }
            (Files::Directory { root, links }, _) => {
                let named = paths.named(root).map_err(refused)?;
                Ok(Box::new(DirTree::at(named, *links).through(paths.host())))
            }
        }
    }

    /// Takes the paths of the request from the project directory that the stack is given, if it is given one.
    pub(super) fn settle(mut self) -> Result<Self, Error> {
        let Some(directory) = self.settings.project_directory.clone() else { return Ok(self) };
        match &self.files {
            Files::Directory { .. } => self.request.project_directory = directory,
            Files::Git { .. } => self.request = below(&self.path, self.request)?,
        }
        Ok(self)
    }
}

/// The request with every path taken from `stack`, a directory of the repository.
fn below(stack: &Path, request: compose::Request) -> Result<compose::Request, Error> {
    let inner = |path: &PathBuf| match path.strip_prefix(stack) {
        Ok(inner) => Ok(inner.to_owned()),
        Err(_) if path.is_absolute() => Ok(path.clone()),
        Err(_) => Err(Error::BeyondDirectory { stack: stack.to_owned(), path: path.clone() }),
    };
    let env_files = request.env_files.as_ref();
    let env_files = env_files.map(|files| files.iter().map(inner).collect::<Result<_, _>>());
    Ok(compose::Request {
        files: request.files.iter().map(inner).collect::<Result<_, _>>()?,
        project_directory: inner(&request.project_directory)?,
        env_files: env_files.transpose()?,
        ..request
    })
}
