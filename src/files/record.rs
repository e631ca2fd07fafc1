//! What Conductor itself wrote last: the digest of each laid-out file, in a file of the same relative path beside the
//! work directories. It tells a file that an application rewrote from one that a revision changes, and a file that
//! nothing declares any more from data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::places::{Elsewhere, Places};

/// The directory of digests, beside that of the work directories.
const DIRECTORY: &str = "laid-out";
/// Ends each name, so that a directory which takes a file's place finds no record in its way.
const EXTENSION: &str = "conductor-digest";

/// The digests of all laid-out files.
pub(super) struct Record {
    work: PathBuf,
    digests: PathBuf,
    elsewhere: Option<Elsewhere>,
}

impl Record {
    pub(super) fn of(places: &Places) -> Self {
        Self {
            work: places.work.clone(),
            digests: places.work.with_file_name(DIRECTORY),
            elsewhere: places.elsewhere.clone(),
        }
    }

    /// The path of the records of `path`, from the directory of digests: that below the work directories, or for a
    /// directory that a person has chosen `@`, whose it is, and the path in it.
    fn relative(&self, path: &Path) -> Option<PathBuf> {
        let chosen = self.elsewhere.as_ref().and_then(|elsewhere| {
            let inner = path.strip_prefix(&elsewhere.root).ok()?;
            Some(Path::new(&format!("@{}", elsewhere.stack)).join(inner))
        });
        chosen.or_else(|| Some(path.strip_prefix(&self.work).ok()?.to_owned()))
    }

    /// Where the digest of a laid-out file is; `None` for what is not below the work directories.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        let relative = self.relative(path)?;
        let mut name = relative.file_name()?.to_owned();
        name.push(".");
        name.push(EXTENSION);
        Some(self.digests.join(relative.with_file_name(name)))
    }

    /// Forgets a file that is about to be written or removed: when that is cut off, nobody knows what it holds.
    pub(super) fn forget(&self, path: &Path) -> Result<(), Error> {
        let Some(place) = self.place(path) else { return Ok(()) };
        match fs::remove_file(&place) {
            Err(error) if !is_absent(&error) => Err(Error::io("remove", &place, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Remembers what a file holds that was just written.
    pub(super) fn note(&self, path: &Path, digest: &str) -> Result<(), Error> {
        let Some(place) = self.place(path) else { return Ok(()) };
        let directory = place.parent().unwrap_or(&self.digests);
        fs::create_dir_all(directory).map_err(|source| Error::io("make", directory, source))?;
        fs::write(&place, digest).map_err(|source| Error::io("write", &place, source))
    }

    /// What was written to a file last.
    pub(super) fn digest(&self, path: &Path) -> Option<String> {
        fs::read_to_string(self.place(path)?).ok()
    }

    /// Every file below `directory` that was laid out.
    pub(super) fn files(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let Some(top) = self.relative(directory) else { return Ok(Vec::new()) };
        let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
        while let Some(next) = open.pop() {
            let place = self.digests.join(&top).join(&next);
            let failed = |source| Error::io("list", &place, source);
            let entries = match fs::read_dir(&place) {
                Ok(entries) => entries,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(failed(error)),
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let name = next.join(entry.file_name());
                if entry.file_type().map_err(failed)?.is_dir() {
                    open.push(name);
                } else if name.extension().is_some_and(|extension| extension == EXTENSION) {
                    files.push(directory.join(name.with_extension("")));
                }
            }
        }
        Ok(files)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_remembered_until_it_is_forgotten_and_nothing_else_is() {
        let directory = tempfile::tempdir().unwrap();
        let places = Places {
            work: directory.path().join("work"),
            secrets: directory.path().join("s"),
            elsewhere: None,
            host: crate::model::host_paths::HostPaths::Same,
        };
        let record = Record::of(&places);
        let stack = places.work.join("local/web");
        record.note(&stack.join("a"), "1").unwrap();
        record.note(&stack.join("conf/b.txt"), "2").unwrap();
        record.note(&places.work.join("local/other/c"), "3").unwrap();
        record.note(&places.secrets.join("local/web/d"), "4").unwrap();
        let files = || {
            let mut files = record.files(&stack).unwrap();
            files.sort();
            files
        };
        assert_eq!(files(), [stack.join("a"), stack.join("conf/b.txt")]);
        assert_eq!(record.digest(&stack.join("conf/b.txt")).as_deref(), Some("2"));

        record.forget(&stack.join("a")).unwrap();
        record.note(&stack.join("a/became/a/directory"), "5").unwrap();
        assert_eq!(files(), [stack.join("a/became/a/directory"), stack.join("conf/b.txt")]);
        assert_eq!(record.digest(&stack.join("a")), None);
        record.forget(&stack.join("never/there")).unwrap();
    }
}
