//! Repositories for tests, made without a git executable.

use std::path::{Path, PathBuf};

use git2::{Oid, Repository, Signature, Time};
use tempfile::TempDir;

use crate::model::name::SourceName;
use crate::model::revision::Revision;

use super::credentials::Credentials;
use super::error::Error;
use super::mirror::{Mirror, Remote};

/// A commit's id as a revision.
pub(super) fn revision(commit: Oid) -> Revision {
    Revision::Commit(commit.to_string())
}

/// A repository, a mirror of it, and a place for both.
pub(crate) struct Fixture {
    /// Goes away with everything in it.
    pub(crate) dir: TempDir,
    /// The repository that is followed.
    pub(super) upstream: Repository,
    /// Its mirror.
    pub(super) mirror: Mirror,
}

impl Fixture {
    /// An empty bare repository and no mirror.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main").external_template(false);
        let upstream = Repository::init_opts(dir.path().join("up.git"), &options).unwrap();
        let mirror = Mirror::at(dir.path().join("state/mirrors/home"));
        Self { dir, upstream, mirror }
    }

    /// The repository as a source; `reference` is what to follow, `""` the remote's `HEAD`.
    pub(super) fn remote(&self, reference: &str) -> Remote {
        Remote {
            name: SourceName::parse("home").unwrap(),
            url: self.dir.path().join("up.git").display().to_string(),
            reference: (!reference.is_empty()).then(|| reference.to_owned()),
            credentials: Credentials::default(),
        }
    }

    /// Fetches and says which revision it is.
    pub(super) fn fetch(&self, reference: &str) -> Result<Revision, Error> {
        self.mirror.fetch(&self.remote(reference), &|_progress| (), &|| false)
    }

    /// Commits `files` (path, mode, contents) on `branch`, as the only files; `parent` is what it follows.
    pub(crate) fn commit(
        &self,
        branch: &str,
        parent: Option<Oid>,
        files: &[(&str, i32, &str)],
    ) -> Oid {
        let mut index = git2::Index::new().unwrap();
        for (path, mode, contents) in files {
            let id = if *mode == GITLINK {
                Oid::from_str(contents).unwrap()
            } else {
                self.upstream.blob(contents.as_bytes()).unwrap()
            };
            index.add(&entry(path, *mode, id)).unwrap();
        }
        let tree = self.upstream.find_tree(index.write_tree_to(&self.upstream).unwrap()).unwrap();
        let who = Signature::new("A", "a@example.org", &Time::new(1_700_000_000, 0)).unwrap();
        let parent = parent.map(|parent| self.upstream.find_commit(parent).unwrap());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        let commit = self.upstream.commit(None, &who, &who, "change", &tree, &parents).unwrap();
        self.upstream.reference(&format!("refs/heads/{branch}"), commit, true, "test").unwrap();
        commit
    }
}

/// Git's mode of a submodule.
pub(super) const GITLINK: i32 = 0o160_000;
/// Git's mode of a file.
pub(crate) const FILE: i32 = 0o100_644;
/// Git's mode of a file that may be executed.
pub(super) const PROGRAM: i32 = 0o100_755;
/// Git's mode of a symbolic link.
pub(crate) const LINK: i32 = 0o120_000;

fn entry(path: &str, mode: i32, id: Oid) -> git2::IndexEntry {
    let never = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: mode.cast_unsigned(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// Every file with objects of a repository, the oldest first, in whatever order the file system lists them.
pub(super) fn packs(repository: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository.join("objects/pack")).unwrap();
    let mut packs = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().unwrap() == "pack")
        .collect::<Vec<_>>();
    packs.sort_by_key(|pack| pack.metadata().unwrap().modified().unwrap());
    packs
}
