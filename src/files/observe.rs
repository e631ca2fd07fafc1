//! What stands on the disk at the paths of desired files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::model::desired::Contents;
use crate::model::observed::ObservedFile;

use super::error::Error;

/// Looks at the paths, and at every file below the project's directory for secrets, so that those which nothing
/// desires any more can be told. Whatever is no regular file or link counts as absent.
pub fn observe(
    paths: &[PathBuf],
    secrets: &Path,
) -> Result<BTreeMap<PathBuf, ObservedFile>, Error> {
    let mut observed = BTreeMap::new();
    for path in paths {
        if let Some(file) = one(path)? {
            observed.insert(path.clone(), file);
        }
    }
    let mut open = vec![secrets.to_owned()];
    while let Some(directory) = open.pop() {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(Error::io("list", &directory, source)),
        };
        for entry in entries {
            let path = entry.map_err(|source| Error::io("list", &directory, source))?.path();
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => open.push(path),
                Ok(_) | Err(_) if observed.contains_key(&path) => (),
                Ok(_) | Err(_) => {
                    if let Some(file) = one(&path)? {
                        observed.insert(path, file);
                    }
                }
            }
        }
    }
    Ok(observed)
}

fn one(path: &Path) -> Result<Option<ObservedFile>, Error> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(source) => return Err(Error::io("look at", path, source)),
    };
    let digest = if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(|source| Error::io("read", path, source))?;
        Contents::Link(target).digest()
    } else if metadata.is_file() {
        digest(path).map_err(|source| Error::io("read", path, source))?
    } else {
        return Ok(None);
    };
    let mode = metadata.mode() & 0o7777;
    let (uid, gid) = (metadata.uid(), metadata.gid());
    Ok(Some(ObservedFile { digest, mode, uid, gid, laid_out: None }))
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = [0; 16 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    Ok(crate::model::hash::hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_digest_and_directories_count_as_absent() {
        let directory = tempfile::tempdir().unwrap();
        let (file, absent, secrets) =
            (directory.path().join("a"), directory.path().join("b"), directory.path().join("s"));
        fs::write(&file, "text").unwrap();
        fs::create_dir(&absent).unwrap();
        fs::create_dir_all(secrets.join("web")).unwrap();
        fs::write(secrets.join("web/old"), "x").unwrap();
        let observed = observe(&[file.clone(), absent], &secrets).unwrap();
        let paths: Vec<&PathBuf> = observed.keys().collect();
        assert_eq!(paths, [&file, &secrets.join("web/old")]);
        assert_eq!(observed[&file].digest, Contents::Plain(b"text".to_vec()).digest());
    }
}
