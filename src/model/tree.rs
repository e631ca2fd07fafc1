//! The files of one revision (or of a plain directory): read, never changed.

use std::path::{Path, PathBuf};

/// What stands at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A directory.
    Directory,
    /// A symbolic link, not followed.
    Symlink {
        /// Where it points, as written.
        target: PathBuf,
    },
    /// Anything else: a device, a FIFO, a socket, a submodule.
    Other,
}

/// Whether the tree's files already stand at [`Tree::root`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// A plain directory, used where it is and never written to.
    InPlace,
    /// A git commit: what containers need of it is laid out below the root by operations of the plan.
    LaidOut,
}

/// Why a file of a tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Nothing is there.
    #[error("no such file: `{}`", path.display())]
    Missing {
        /// The absolute path that was asked for.
        path: PathBuf,
    },
    /// Something is there, but not a regular file.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// The absolute path that was asked for.
        path: PathBuf,
    },
    /// A Git LFS pointer stands where the contents should be.
    #[error("`{}` is a Git LFS pointer, and LFS is not supported yet", path.display())]
    LfsPointer {
        /// The absolute path that was asked for.
        path: PathBuf,
    },
    /// A symbolic link leads out of the tree.
    #[error("`{}` is a symbolic link that leads out of the repository", path.display())]
    Escapes {
        /// The absolute path that was asked for.
        path: PathBuf,
    },
    /// The path leads into a git submodule, whose files are not in the tree.
    #[error("`{}` lies in the git submodule `{}`, and submodules are not supported yet", path.display(), submodule.display())]
    Submodule {
        /// The absolute path that was asked for.
        path: PathBuf,
        /// The absolute path of the submodule.
        submodule: PathBuf,
    },
    /// The file is larger than [`MAX_FILE`].
    #[error("`{}` is larger than {} MiB", path.display(), MAX_FILE >> 20)]
    TooLarge {
        /// The absolute path that was asked for.
        path: PathBuf,
    },
    /// The disk or the object database did not answer.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The absolute path that was asked for.
        path: PathBuf,
        /// What the system or git said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 64 << 20;

/// Reads the files of one revision.
///
/// Paths are absolute and lexically clean. Those below [`Tree::root`] are answered from the tree; those outside are
/// files of the host, which a Compose file may name (an `env_file` in `/etc`), and are answered from the disk.
/// Symbolic links inside the tree are followed by `read`, `entry` does not follow the last component.
pub trait Tree: Send + Sync {
    /// The absolute directory below which the tree's files stand, or will stand once they are laid out.
    fn root(&self) -> &Path;

    /// Whether the files already stand there.
    fn placement(&self) -> Placement;

    /// What stands at `path`; `None` when nothing does.
    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError>;

    /// The contents of the file at `path`.
    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError>;

    /// The names in the directory at `path`, sorted by name.
    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError>;

    /// A text that stays the same as long as what `path` leads to does, everything below it included; `None` where only
    /// reading tells.
    fn mark(&self, path: &Path) -> Option<String> {
        let _ = path;
        None
    }
}

/// Joins `path` to `base` unless it is absolute, and resolves `.` and `..` without a look at the disk.
pub fn join_clean(base: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            std::path::Component::CurDir => (),
            std::path::Component::ParentDir => {
                clean.pop();
            }
            other @ (std::path::Component::Prefix(_)
            | std::path::Component::RootDir
            | std::path::Component::Normal(_)) => clean.push(other),
        }
    }
    clean
}
