//! A plain directory as a tree: used where it is, never written to.

use std::path::{Path, PathBuf};

use crate::model::host_paths::HostPaths;
use crate::model::tree::{Entry, Placement, Tree, TreeError};

use super::disk;
use super::links::{Last, resolve};

/// Where symbolic links of a plain directory may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Only to what is in the directory, too, as in a commit.
    Inside,
    /// Anywhere, as for Docker Compose.
    Anywhere,
}

/// A plain directory.
#[derive(Debug)]
pub struct DirTree {
    root: PathBuf,
    links: Links,
    /// Where its files stand for us, which the engine's host may call otherwise.
    host: HostPaths,
}

impl DirTree {
    /// The directory at `root`, an absolute and lexically clean path.
    pub fn at(root: impl Into<PathBuf>, links: Links) -> Self {
        Self { root: root.into(), links, host: HostPaths::Same }
    }

    /// The same, told by what the engine's host calls its files.
    #[must_use]
    pub fn through(self, host: HostPaths) -> Self {
        Self { host, ..self }
    }

    /// Where a file stands for us. What we cannot see is missing there, too.
    fn here(&self, path: &Path) -> PathBuf {
        self.host.here(path).unwrap_or_else(|| path.to_owned())
    }

    /// Where `path` leads to without links; `None` when nothing is there.
    fn follow(&self, path: &Path) -> Result<Option<PathBuf>, TreeError> {
        if self.links == Links::Anywhere || !path.starts_with(&self.root) {
            return Ok(Some(path.to_owned()));
        }
        let found = resolve(&self.root, path, Last::Follow, &|inner| {
            disk::entry(&self.here(&self.root.join(inner)))
        })?;
        Ok(found.map(|(inner, _entry)| self.root.join(inner)))
    }
}

impl Tree for DirTree {
    fn root(&self) -> &Path {
        &self.root
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return disk::entry(&self.here(path));
        };
        match self.follow(parent)? {
            Some(parent) => disk::entry(&self.here(&parent.join(name))),
            None => Ok(None),
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        let Some(place) = self.follow(path)? else {
            return Err(TreeError::Missing { path: path.to_owned() });
        };
        disk::refuse_pointer(disk::read(&self.here(&place), path)?, path)
    }

    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        match self.follow(path)? {
            Some(place) => disk::list(&self.here(&place)),
            None => Err(TreeError::Missing { path: path.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn directory() -> (TempDir, PathBuf) {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("web")).unwrap();
        fs::write(root.join("web/compose.yaml"), "services: {}").unwrap();
        fs::write(dir.path().join("outside"), "A=1").unwrap();
        symlink("web", root.join("link")).unwrap();
        symlink("../outside", root.join("out")).unwrap();
        (dir, root)
    }

    #[test]
    fn a_directory_is_read_where_it_is() {
        let (_dir, root) = directory();
        let tree = DirTree::at(&root, Links::Inside);
        assert_eq!(tree.read(&root.join("link/compose.yaml")).unwrap(), b"services: {}");
        assert_eq!(
            tree.entry(&root.join("link")).unwrap(),
            Some(Entry::Symlink { target: "web".into() })
        );
        assert_eq!(tree.entry(&root.join("nothing/below")).unwrap(), None);
        assert!(matches!(tree.read(&root.join("web")), Err(TreeError::NotAFile { .. })));
        assert!(matches!(tree.read(&root.join("nothing")), Err(TreeError::Missing { .. })));
        assert_eq!(
            tree.list(&root.join("link")).unwrap(),
            [("compose.yaml".into(), Entry::File { executable: false })]
        );
    }

    #[test]
    fn a_link_out_of_the_directory_is_followed_only_where_that_is_wanted() {
        let (_dir, root) = directory();
        let strict = DirTree::at(&root, Links::Inside);
        assert!(matches!(strict.read(&root.join("out")), Err(TreeError::Escapes { .. })));
        assert_eq!(DirTree::at(&root, Links::Anywhere).read(&root.join("out")).unwrap(), b"A=1");
    }

    #[test]
    fn only_regular_files_of_bounded_size_are_read() {
        let (_dir, root) = directory();
        let tree = DirTree::at(&root, Links::Anywhere);
        for device in ["/dev/zero", "/dev/tty"] {
            assert!(matches!(
                tree.read(Path::new(device)),
                Err(TreeError::NotAFile { .. } | TreeError::Missing { .. })
            ));
        }
        let file = fs::File::create(root.join("huge")).unwrap();
        file.set_len(crate::model::tree::MAX_FILE + 1).unwrap();
        assert!(matches!(tree.read(&root.join("huge")), Err(TreeError::TooLarge { .. })));
    }
}
