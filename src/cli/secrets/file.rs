//! Files of people: read whole, replaced at once or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::cli::failure::Error;
use crate::model::secret::Secret;

/// Bytes of an encrypted file at most.
const MAX_FILE: usize = 100 << 20;
/// Permissions of plaintext.
const PRIVATE: u32 = 0o600;
/// Permissions of ciphertext in a new file.
const SHARED: u32 = 0o644;

/// Reads a file to its end, but not for ever.
pub(super) fn read(path: &Path) -> Result<Secret, Error> {
    let read = File::open(path).and_then(|file| Secret::read(file, MAX_FILE));
    read.map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Reads standard input to its end, but not for ever.
pub(super) fn read_input() -> Result<Secret, Error> {
    let read = Secret::read(std::io::stdin().lock(), MAX_FILE);
    read.map_err(|source| Error::Read { path: "standard input".into(), source })
}

/// Writes plaintext, for this user alone, and only with `force` where it could be committed.
pub(super) fn write_plain(path: &Path, plain: &Secret, force: bool) -> Result<(), Error> {
    if !force && let Some(top) = work_tree(path) {
        return Err(Error::PlainInWorkTree { path: path.to_owned(), top });
    }
    replace(path, plain.expose(), PRIVATE)
}

/// Writes ciphertext; a file that exists keeps its permissions.
pub(super) fn write_sealed(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let known = fs::metadata(path).map(|known| known.permissions().mode() & 0o7777);
    replace(path, bytes, known.unwrap_or(SHARED))
}

/// Writes a file that must not exist yet, for this user alone.
pub(super) fn write_new(path: &Path, plain: &Secret) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(PRIVATE).open(path).map_err(failed)?;
    file.write_all(plain.expose()).and_then(|()| file.sync_all()).map_err(failed)
}

/// The top of the git work tree that a path lies in.
fn work_tree(path: &Path) -> Option<PathBuf> {
    let directory = path.parent()?;
    let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    directory.ancestors().find(|top| top.join(".git").exists()).map(Path::to_owned)
}

/// Puts the bytes in the place of a file, by a new file beside it and a rename; a symbolic link stays one.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let kind = fs::metadata(&target).map(|known| known.file_type());
    if kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir()) {
        // A pipe or a terminal is written to, and not replaced.
        let open = fs::OpenOptions::new().write(true).open(&target);
        return open.and_then(|mut file| file.write_all(bytes)).map_err(failed);
    }
    let directory = target.parent().unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let fresh = directory.join(format!(".{name}.conductor-new-{}", std::process::id()));
    let written = fill(&fresh, bytes, mode, &target).and_then(|()| fs::rename(&fresh, &target));
    if written.is_err() {
        fs::remove_file(&fresh).unwrap_or_default();
    }
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(failed)
}

/// Makes the new file, with the owner of the one whose place it takes, as far as that is allowed.
fn fill(fresh: &Path, bytes: &[u8], mode: u32, target: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(PRIVATE).open(fresh)?;
    file.write_all(bytes)?;
    if let Ok(known) = fs::metadata(target) {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (known.uid(), known.gid()) {
            let (uid, gid) = (Some(known.uid()), Some(known.gid()));
            std::os::unix::fs::fchown(&file, uid, gid).unwrap_or_default();
        }
    }
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn plaintext_is_for_its_user_alone_and_stays_out_of_work_trees() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plain");
        let secret = Secret::new(b"x".to_vec());
        write_plain(&path, &secret, false).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"x".to_vec(), 0o600));

        fs::create_dir(dir.path().join(".git")).unwrap();
        let inner = dir.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let error = write_plain(&inner.join("plain"), &secret, false).unwrap_err();
        assert!(matches!(error, Error::PlainInWorkTree { .. }), "{error}");
        write_plain(&inner.join("plain"), &secret, true).unwrap();
    }

    #[test]
    fn a_replaced_file_is_whole_and_a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "old").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("file", &link).unwrap();
        replace(&link, b"new", 0o640).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"new".to_vec(), 0o640));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        assert!(replace(&dir.path().join("no/where"), b"x", 0o600).is_err());
    }
}
