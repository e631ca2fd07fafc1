//! Bind mounts of files and directories of the repository.

use std::path::Path;

use crate::model::desired::{Contents, DesiredFile, Input, InputKind, Replace};
use crate::model::name::ServiceName;
use crate::model::parts::Mount;
use crate::model::tree::{Entry, Placement, Tree, TreeError};
use crate::secrets;

use super::error::Error;
use super::layout::{Layout, Materials};

/// The most files of a directory in place that count as inputs; a larger directory is taken for data.
const MOST_FILES: usize = 1_000;

/// Adds what one bind mount needs. A source outside the tree, or one that is not in it, belongs to the host: the engine
/// finds it or makes it, and Conductor never looks at it.
pub(super) fn add(
    materials: &Materials,
    service: &ServiceName,
    mount: &Mount,
    layout: &mut Layout,
) -> Result<(), Error> {
    let source = Path::new(&mount.source);
    let Ok(relative) = source.strip_prefix(materials.tree.root()) else { return Ok(()) };
    let bound =
        Bound { materials, service, in_place: materials.tree.placement() == Placement::InPlace };
    let name = relative.display().to_string();
    match bound.entry(source, &name)? {
        None => Ok(()),
        Some(Entry::Directory) if bound.in_place && !mount.read_only => Ok(()),
        Some(Entry::Directory) => bound.directory(source, layout),
        Some(Entry::File { executable }) => {
            // Outside a read-only mount an application may write to the file: then it is data, and only looked at to
            // keep ciphertext out of the container.
            let counts = !bound.in_place || mount.read_only;
            bound.file(source, Manner { executable, replace: Replace::InPlace, counts }, layout)
        }
        Some(Entry::Symlink { .. }) => {
            let manner = Manner { executable: false, replace: Replace::InPlace, counts: true };
            bound.file(source, manner, layout)
        }
        Some(Entry::Other) if bound.in_place => Ok(()),
        Some(Entry::Other) => Err(Error::NotAFile { service: service.clone(), name }),
    }
}

/// How a mounted file is taken.
#[derive(Clone, Copy)]
struct Manner {
    executable: bool,
    replace: Replace,
    /// Whether it counts as an input.
    counts: bool,
}

struct Bound<'a> {
    materials: &'a Materials<'a>,
    service: &'a ServiceName,
    in_place: bool,
}

impl Bound<'_> {
    fn tree(&self) -> &dyn Tree {
        self.materials.tree
    }

    fn entry(&self, path: &Path, name: &str) -> Result<Option<Entry>, Error> {
        self.tree().entry(path).map_err(|source| self.unreadable(name, source))
    }

    fn unreadable(&self, name: &str, source: TreeError) -> Error {
        Error::Input {
            service: self.service.clone(),
            kind: InputKind::File,
            name: name.to_owned(),
            source,
        }
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(self.tree().root()).unwrap_or(path).display().to_string()
    }

    /// Every file below a directory, depth first.
    fn directory(&self, directory: &Path, layout: &mut Layout) -> Result<(), Error> {
        let mut found = Vec::new();
        let mut open = vec![directory.to_owned()];
        while let Some(next) = open.pop() {
            let entries = self
                .tree()
                .list(&next)
                .map_err(|source| self.unreadable(&self.name(&next), source))?;
            for (name, entry) in entries {
                let path = next.join(name);
                match entry {
                    Entry::Directory => open.push(path),
                    Entry::File { .. } | Entry::Symlink { .. } => found.push((path, entry)),
                    Entry::Other if self.in_place => (),
                    Entry::Other => {
                        return Err(Error::NotAFile {
                            service: self.service.clone(),
                            name: self.name(&path),
                        });
                    }
                }
            }
            if self.in_place && found.len() + open.len() > MOST_FILES {
                layout.warnings.push(format!(
                    "service `{}` mounts `{}`, which holds more than {MOST_FILES} files: changes in it are not noticed",
                    self.service,
                    self.name(directory)
                ));
                return Ok(());
            }
        }
        found.sort_by(|left, right| left.0.cmp(&right.0));
        for (path, entry) in found {
            match entry {
                Entry::File { executable } => {
                    let manner = Manner { executable, replace: Replace::Rename, counts: true };
                    self.file(&path, manner, layout)?;
                }
                Entry::Symlink { target } => self.link(&path, &target, layout),
                Entry::Directory | Entry::Other => (),
            }
        }
        Ok(())
    }

    fn link(&self, path: &Path, target: &Path, layout: &mut Layout) {
        let contents = Contents::Link(target.to_owned());
        self.record(path, contents, (0o777, Replace::Rename), layout);
    }

    /// One file: refused when it is encrypted, else laid out and counted as an input.
    fn file(&self, path: &Path, manner: Manner, layout: &mut Layout) -> Result<(), Error> {
        let name = self.name(path);
        let bytes = match self.tree().read(path) {
            Ok(bytes) => bytes,
            Err(TreeError::TooLarge { .. }) if self.in_place => return Ok(()),
            Err(source) => return Err(self.unreadable(&name, source)),
        };
        if secrets::is_encrypted(path, &bytes) {
            return Err(Error::Ciphertext { service: self.service.clone(), name });
        }
        if manner.counts {
            let mode = if manner.executable { 0o755 } else { 0o644 };
            self.record(path, Contents::Plain(bytes), (mode, manner.replace), layout);
        }
        Ok(())
    }

    fn record(
        &self,
        path: &Path,
        contents: Contents,
        (mode, replace): (u32, Replace),
        layout: &mut Layout,
    ) {
        let name = self.name(path);
        let input = Input {
            kind: InputKind::File,
            name: name.clone(),
            path: Some(path.to_owned()),
            digest: contents.digest(),
        };
        layout.input(self.service, input);
        if self.in_place {
            return;
        }
        let file = DesiredFile { contents, mode, uid: None, gid: None, replace, shown: name };
        let entry = layout.files.entry(path.to_owned()).or_insert_with(|| file.clone());
        if replace == Replace::InPlace {
            entry.replace = Replace::InPlace;
        }
    }
}
