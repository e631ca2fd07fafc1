//! A commit as a tree: reads are answered from the mirror's objects, without a checkout.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{ErrorCode, ObjectType, Oid, Repository, TreeEntry};

use crate::model::tree::{Entry, MAX_FILE, Placement, Tree, TreeError};

use super::error::GitSaid;
use super::links::{Last, resolve};
use super::{disk, upkeep};

/// Git's mode of a symbolic link.
const LINK: i32 = 0o120_000;
/// Git's bit for what may be executed.
const EXECUTABLE: i32 = 0o100;

/// The files of a commit, as they will stand below an absolute directory.
pub struct GitTree {
    /// libgit2's repository may move between threads, but not be shared.
    repository: Mutex<Repository>,
    tree: Oid,
    root: PathBuf,
}

impl fmt::Debug for GitTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitTree")
            .field("tree", &self.tree)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl GitTree {
    /// The files of `commit`, below `root`.
    pub(super) fn of(
        repository: Repository,
        commit: Oid,
        root: PathBuf,
    ) -> Result<Self, git2::Error> {
        let tree = repository.find_commit(commit)?.tree_id();
        Ok(Self { repository: Mutex::new(repository), tree, root })
    }

    /// The files of the directory `inner` of `commit`, below `root`.
    pub(super) fn below(
        repository: Repository,
        commit: Oid,
        (inner, root): (&Path, PathBuf),
    ) -> Result<Self, git2::Error> {
        let whole = repository.find_commit(commit)?.tree()?;
        let tree =
            if inner.as_os_str().is_empty() { whole.id() } else { whole.get_path(inner)?.id() };
        drop(whole);
        Ok(Self { repository: Mutex::new(repository), tree, root })
    }

    fn repository(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `path` leads to: its path in the repository, without links, and what stands there.
    fn find(&self, path: &Path, last: Last) -> Result<Option<(PathBuf, Entry)>, TreeError> {
        let repository = self.repository();
        resolve(&self.root, path, last, &|inner| {
            let found = find(&repository, self.tree, inner).and_then(|found| match found {
                Some(found) => describe(&repository, &found).map(Some),
                None => Ok(None),
            });
            found.map_err(|error| damaged(&repository, path, error))
        })
    }

    /// The contents of the file at `inner`, a path in the repository without links.
    fn contents(&self, inner: &Path, asked: &Path) -> Result<Vec<u8>, TreeError> {
        let repository = self.repository();
        let odb = repository.odb().map_err(|error| damaged(&repository, asked, error))?;
        let read = || match find(&repository, self.tree, inner)? {
            Some(file) if odb.read_header(file.id())?.0 as u64 > MAX_FILE => Ok(None),
            Some(file) => odb.read(file.id()).map(|object| Some(object.data().to_vec())),
            None => Ok(Some(Vec::new())),
        };
        read()
            .map_err(|error| damaged(&repository, asked, error))?
            .ok_or_else(|| TreeError::TooLarge { path: asked.to_owned() })
    }
}

impl Tree for GitTree {
    fn root(&self) -> &Path {
        &self.root
    }

    fn placement(&self) -> Placement {
        Placement::LaidOut
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        if !path.starts_with(&self.root) {
            return disk::entry(path);
        }
        Ok(self.find(path, Last::Keep)?.map(|(_inner, entry)| entry))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        if !path.starts_with(&self.root) {
            return disk::read(path, path);
        }
        match self.find(path, Last::Follow)? {
            Some((inner, Entry::File { .. })) => {
                disk::refuse_pointer(self.contents(&inner, path)?, path)
            }
            Some((inner, Entry::Other)) => Err(TreeError::Submodule {
                path: path.to_owned(),
                submodule: self.root.join(inner),
            }),
            Some((_, Entry::Directory | Entry::Symlink { .. })) => {
                Err(TreeError::NotAFile { path: path.to_owned() })
            }
            None => Err(TreeError::Missing { path: path.to_owned() }),
        }
    }

    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        if !path.starts_with(&self.root) {
            return disk::list(path);
        }
        let inner = match self.find(path, Last::Follow)? {
            Some((inner, Entry::Directory)) => inner,
            Some((inner, Entry::Other)) => {
                return Err(TreeError::Submodule {
                    path: path.to_owned(),
                    submodule: self.root.join(inner),
                });
            }
            Some((_, Entry::File { .. } | Entry::Symlink { .. })) => {
                return Err(disk::io_error(path, io::ErrorKind::NotADirectory.into()));
            }
            None => return Err(TreeError::Missing { path: path.to_owned() }),
        };
        let repository = self.repository();
        names(&repository, self.tree, &inner).map_err(|error| damaged(&repository, path, error))
    }

    fn mark(&self, path: &Path) -> Option<String> {
        let Some((inner, _entry)) = self.find(path, Last::Follow).ok()? else {
            return Some(String::new());
        };
        if inner.as_os_str().is_empty() {
            return Some(self.tree.to_string());
        }
        let found = find(&self.repository(), self.tree, &inner).ok()??;
        Some(format!("{:o} {}", found.filemode(), found.id()))
    }
}

/// The entry at `inner`, a path in the repository whose parents are directories.
fn find(
    repository: &Repository,
    tree: Oid,
    inner: &Path,
) -> Result<Option<TreeEntry<'static>>, git2::Error> {
    match repository.find_tree(tree)?.get_path(inner) {
        Ok(found) => Ok(Some(found)),
        // Only the tree that has no such name says so by this class; a lost object says it by another.
        Err(error)
            if error.code() == ErrorCode::NotFound && error.class() == git2::ErrorClass::Tree =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The names in the directory at `inner`, sorted.
fn names(
    repository: &Repository,
    tree: Oid,
    inner: &Path,
) -> Result<Vec<(String, Entry)>, git2::Error> {
    let id = if inner.as_os_str().is_empty() {
        Some(tree)
    } else {
        find(repository, tree, inner)?.map(|found| found.id())
    };
    let mut names = Vec::new();
    if let Some(id) = id {
        for found in &repository.find_tree(id)? {
            names.push((
                String::from_utf8_lossy(found.name_bytes()).into_owned(),
                describe(repository, &found)?,
            ));
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

/// What an entry of a git tree is.
fn describe(repository: &Repository, found: &TreeEntry<'_>) -> Result<Entry, git2::Error> {
    Ok(match found.kind() {
        Some(ObjectType::Tree) => Entry::Directory,
        Some(ObjectType::Blob) if found.filemode() == LINK => {
            let target = repository.find_blob(found.id())?;
            Entry::Symlink { target: PathBuf::from(OsStr::from_bytes(target.content())) }
        }
        Some(ObjectType::Blob) => Entry::File { executable: found.filemode() & EXECUTABLE != 0 },
        Some(_) | None => Entry::Other,
    })
}

/// The error of an object that cannot be read; lets the next fetch look whether the mirror is whole.
fn damaged(repository: &Repository, asked: &Path, error: git2::Error) -> TreeError {
    upkeep::suspect(repository.path());
    TreeError::Io { path: asked.to_owned(), source: Box::new(GitSaid::from(error)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FILE, Fixture, GITLINK, LINK, PROGRAM};
    use super::*;

    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";

    fn tree() -> (Fixture, GitTree) {
        let fixture = Fixture::new();
        let files = [
            ("big.bin", FILE, POINTER),
            ("empty", FILE, ""),
            ("run.sh", PROGRAM, "echo"),
            ("web/compose.yaml", FILE, "services: {}"),
            ("web/inner/env", FILE, "A=1"),
            ("links/file", LINK, "../web/compose.yaml"),
            ("links/directory", LINK, "../web/inner"),
            ("links/root", LINK, "/work/home/run.sh"),
            ("links/out", LINK, "../../secret"),
            ("links/absolute", LINK, "/etc/hostname"),
            ("links/round", LINK, "round"),
            ("links/gone", LINK, "nothing"),
            ("module", GITLINK, "1234567890123456789012345678901234567890"),
        ];
        fixture.commit("main", None, &files);
        let revision = fixture.fetch("").unwrap();
        let tree = fixture.mirror.tree(&revision, "/work/home").unwrap();
        (fixture, tree)
    }

    /// Everything that a tree says about a path.
    fn check(tree: &GitTree, path: &str) -> String {
        let path = tree.root().join(path);
        let entry = match tree.entry(&path) {
            Ok(entry) => format!("{entry:?}"),
            Err(error) => error.to_string(),
        };
        let contents = tree.read(&path).map_or_else(
            |error| error.to_string(),
            |contents| format!("{:?}", String::from_utf8_lossy(&contents)),
        );
        format!("{entry} | {contents}")
    }

    #[test]
    fn a_commit_answers_reads_without_a_checkout() {
        let (_fixture, tree) = tree();
        insta::assert_snapshot!(check(&tree, "web/compose.yaml"), @r#"Some(File { executable: false }) | "services: {}""#);
        insta::assert_snapshot!(check(&tree, "run.sh"), @r#"Some(File { executable: true }) | "echo""#);
        insta::assert_snapshot!(check(&tree, "empty"), @r#"Some(File { executable: false }) | """#);
        insta::assert_snapshot!(check(&tree, "web"), @"Some(Directory) | `/work/home/web` is not a regular file");
        insta::assert_snapshot!(check(&tree, "nothing"), @"None | no such file: `/work/home/nothing`");
        insta::assert_snapshot!(check(&tree, "run.sh/below"), @"None | no such file: `/work/home/run.sh/below`");
    }

    #[test]
    fn links_are_followed_inside_and_refused_outside() {
        let (_fixture, tree) = tree();
        insta::assert_snapshot!(check(&tree, "links/file"), @r#"Some(Symlink { target: "../web/compose.yaml" }) | "services: {}""#);
        insta::assert_snapshot!(check(&tree, "links/directory/env"), @r#"Some(File { executable: false }) | "A=1""#);
        insta::assert_snapshot!(check(&tree, "links/root"), @r#"Some(Symlink { target: "/work/home/run.sh" }) | "echo""#);
        insta::assert_snapshot!(check(&tree, "links/out"), @r#"Some(Symlink { target: "../../secret" }) | `/work/home/links/out` is a symbolic link that leads out of the repository"#);
        insta::assert_snapshot!(check(&tree, "links/absolute"), @r#"Some(Symlink { target: "/etc/hostname" }) | `/work/home/links/absolute` is a symbolic link that leads out of the repository"#);
        insta::assert_snapshot!(check(&tree, "links/round"), @r#"Some(Symlink { target: "round" }) | cannot read `/work/home/links/round`"#);
        insta::assert_snapshot!(check(&tree, "links/gone"), @r#"Some(Symlink { target: "nothing" }) | no such file: `/work/home/links/gone`"#);
    }

    #[test]
    fn a_submodule_and_an_lfs_pointer_are_refused_with_a_word() {
        let (_fixture, tree) = tree();
        insta::assert_snapshot!(check(&tree, "module"), @"Some(Other) | `/work/home/module` lies in the git submodule `/work/home/module`, and submodules are not supported yet");
        insta::assert_snapshot!(check(&tree, "module/compose.yaml"), @"`/work/home/module/compose.yaml` lies in the git submodule `/work/home/module`, and submodules are not supported yet | `/work/home/module/compose.yaml` lies in the git submodule `/work/home/module`, and submodules are not supported yet");
        insta::assert_snapshot!(check(&tree, "big.bin"), @"Some(File { executable: false }) | `/work/home/big.bin` is a Git LFS pointer, and LFS is not supported yet");
        assert!(matches!(
            tree.list(Path::new("/work/home/module")),
            Err(TreeError::Submodule { .. })
        ));
    }

    #[test]
    fn a_directory_is_listed_by_name() {
        let (_fixture, tree) = tree();
        let names = |path: &str| -> Vec<String> {
            tree.list(Path::new(path)).unwrap().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("/work/home"), ["big.bin", "empty", "links", "module", "run.sh", "web"]);
        assert_eq!(names("/work/home/web"), ["compose.yaml", "inner"]);
        assert_eq!(names("/work/home/links/directory"), ["env"]);
    }

    #[test]
    fn a_path_outside_is_a_file_of_the_machine() {
        let (fixture, tree) = tree();
        let outside = fixture.dir.path().join("outside.env");
        std::fs::write(&outside, "B=2").unwrap();
        assert_eq!(tree.read(&outside).unwrap(), b"B=2");
        assert_eq!(tree.entry(&outside).unwrap(), Some(Entry::File { executable: false }));
        assert!(matches!(tree.read(Path::new("/work/home2/x")), Err(TreeError::Missing { .. })));
    }

    #[test]
    fn a_lost_object_is_an_error_and_the_next_fetch_mends_the_mirror() {
        let (fixture, tree) = tree();
        drop(tree);
        let revision = fixture.mirror.tip(&fixture.remote("")).unwrap().unwrap();
        let pack = super::super::testing::packs(fixture.mirror.path()).remove(0);
        let mut bytes = std::fs::read(&pack).unwrap();
        let found = std::fs::metadata(&pack).unwrap();
        // Bit rot: the same size and time, another content.
        let end = bytes.len() - 40;
        bytes[20..end].fill(0);
        std::fs::remove_file(&pack).unwrap();
        std::fs::write(&pack, bytes).unwrap();
        std::fs::File::open(&pack).unwrap().set_modified(found.modified().unwrap()).unwrap();
        let tree = fixture.mirror.tree(&revision, "/work/home");
        let read = tree.map(|tree| tree.read(Path::new("/work/home/web/compose.yaml")));
        assert!(!matches!(read, Ok(Ok(_))));
        fixture.fetch("").unwrap();
        let tree = fixture.mirror.tree(&revision, "/work/home").unwrap();
        assert_eq!(tree.read(Path::new("/work/home/web/compose.yaml")).unwrap(), b"services: {}");
    }
}
