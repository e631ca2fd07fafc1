//! Where files for containers go.

use std::path::{Path, PathBuf};

use crate::model::host_paths::HostPaths;

use super::error::Error;

/// The two places where Conductor writes files for containers, as they stand for this process. Paths of files are given and
/// told as the engine's host calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The work directories of all stacks.
    pub work: PathBuf,
    /// The secrets of all stacks; a tmpfs.
    pub secrets: PathBuf,
    /// The work directory of the one stack in question, where a person has given it another one.
    pub elsewhere: Option<Elsewhere>,
    /// What the engine's host calls them.
    pub host: HostPaths,
}

/// A work directory that a person has chosen: things that are not Conductor's stand there, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The directory.
    pub root: PathBuf,
    /// Whose it is: the name of the engine, a slash, and that of the project.
    pub stack: String,
}

impl Places {
    /// Where a file of the host stands for this process.
    pub(super) fn here(&self, path: &Path) -> Result<PathBuf, Error> {
        self.host.here(path).ok_or_else(|| Error::Outside { path: path.to_owned() })
    }

    /// The directory below which `path` may be laid out for everyone to read, if there is one.
    pub(super) fn base_of(&self, path: &Path) -> Option<&Path> {
        let elsewhere = self.elsewhere.iter().map(|elsewhere| elsewhere.root.as_path());
        elsewhere.chain([self.work.as_path()]).find(|base| path.starts_with(base))
    }
}
