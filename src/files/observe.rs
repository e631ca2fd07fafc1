//! What stands on the disk at the paths of desired files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use sha2::{Digest as _, Sha256};

use crate::model::desired::Contents;
use crate::model::observed::ObservedFile;

use super::error::Error;
use super::places::Places;
use super::record::Record;

/// Looks at the paths, and at every other file that Conductor laid out for the project, so that those which nothing
/// desires any more can be told: all below its directory for secrets, and below its work directory those that still
/// hold what was written. Whatever is no regular file or link counts as absent.
pub fn observe(
    paths: &[PathBuf],
    (work, secrets): (&Path, &Path),
    places: &Places,
) -> Result<BTreeMap<PathBuf, ObservedFile>, Error> {
    let here = paths.iter().map(|path| places.here(path)).collect::<Result<Vec<_>, _>>()?;
    // What we cannot see, nobody laid out.
    let unseen = |_unseen| PathBuf::from(NOWHERE);
    let work = places.here(work).unwrap_or_else(unseen);
    let secrets = places.here(secrets).unwrap_or_else(unseen);
    let seen = observe_here(&here, (&work, &secrets), places)?;
    let told = seen.into_iter().filter_map(|(path, file)| Some((places.host.there(&path)?, file)));
    Ok(told.collect())
}

/// A directory that is nowhere.
const NOWHERE: &str = "/nonexistent";

fn observe_here(
    paths: &[PathBuf],
    (work, secrets): (&Path, &Path),
    places: &Places,
) -> Result<BTreeMap<PathBuf, ObservedFile>, Error> {
    let mut observed = BTreeMap::new();
    let record = Record::of(places);
    for path in paths {
        if let Some(file) = one(path)? {
            let laid_out = record.digest(path);
            let mode = mode(path, &file, places, laid_out.is_some());
            observed.insert(path.clone(), ObservedFile { mode, laid_out, ..file });
        }
    }
    for path in record.files(work)? {
        let laid_out = record.digest(&path);
        if let Some(file) = one(&path)?
            && laid_out.as_ref() == Some(&file.digest)
        {
            observed.entry(path).or_insert(ObservedFile { laid_out, ..file });
        }
    }
    below(secrets, &mut observed)?;
    Ok(observed)
}

/// The permissions of a file. Those that a person gave it in a directory of theirs are as good as ours, as long as they
/// agree whether it is a program.
fn mode(path: &Path, file: &ObservedFile, places: &Places, is_ours: bool) -> u32 {
    let is_theirs = places.elsewhere.as_ref().is_some_and(|own| path.starts_with(&own.root));
    match (is_theirs && !is_ours, file.mode & 0o111) {
        (false, _) => file.mode,
        (true, 0) => 0o644,
        (true, _) => 0o755,
    }
}

/// Adds every file below the directory.
fn below(directory: &Path, observed: &mut BTreeMap<PathBuf, ObservedFile>) -> Result<(), Error> {
    let mut open = vec![directory.to_owned()];
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
    Ok(())
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
    Ok(Some(ObservedFile { digest, mode, uid, gid, laid_out: None, text: None }))
}

/// Adds the old texts of files that are to hold something else, so that people can be told how much changes. Only what
/// may be shown is read: the caller leaves secrets out.
pub fn add_old_texts(
    wanted: &BTreeMap<PathBuf, String>,
    found: &mut BTreeMap<PathBuf, ObservedFile>,
    places: &Places,
) {
    for (path, digest) in wanted {
        if let Some(file) = found.get_mut(path).filter(|file| file.digest != *digest) {
            file.text = places.here(path).ok().and_then(|path| text(&path).ok());
        }
    }
}

/// The longest text that is kept.
const LONGEST_TEXT: u64 = 256 << 10;

fn text(path: &Path) -> io::Result<String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = fs::File::from(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
    if file.metadata()?.len() > LONGEST_TEXT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut text = String::new();
    file.take(LONGEST_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

fn digest(path: &Path) -> io::Result<String> {
    // What took the file's place since it was looked at, a link or a pipe, is not followed or waited for.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = fs::File::from(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
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
        let places = Places {
            work: directory.path().join("work"),
            secrets: directory.path().join("s"),
            elsewhere: None,
            host: crate::model::host_paths::HostPaths::Same,
        };
        let (work, secrets) = (places.work.join("local/web"), places.secrets.join("local/web"));
        let (file, absent) = (work.join("a"), work.join("b"));
        fs::create_dir_all(&absent).unwrap();
        fs::write(&file, "text").unwrap();
        fs::create_dir_all(secrets.join("web")).unwrap();
        fs::write(secrets.join("web/old"), "x").unwrap();
        let observed = observe(&[file.clone(), absent], (&work, &secrets), &places).unwrap();
        let paths: Vec<&PathBuf> = observed.keys().collect();
        assert_eq!(paths, [&secrets.join("web/old"), &file]);
        assert_eq!(observed[&file].digest, Contents::Plain(b"text".to_vec()).digest());
        assert_eq!(observed[&file].laid_out, None);
    }

    #[test]
    fn of_what_was_laid_out_and_is_not_asked_for_only_what_nobody_rewrote_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let places = Places {
            work: directory.path().join("work"),
            secrets: directory.path().join("s"),
            elsewhere: None,
            host: crate::model::host_paths::HostPaths::Same,
        };
        let work = places.work.join("local/web");
        let file = crate::model::desired::DesiredFile {
            contents: Contents::Plain(b"text".to_vec()),
            mode: 0o644,
            uid: None,
            gid: None,
            replace: crate::model::desired::Replace::Rename,
            shown: "f".to_owned(),
        };
        for name in ["old", "rewritten", "wanted"] {
            crate::files::write(&work.join(name), &file, &places).unwrap();
        }
        fs::write(work.join("data"), "unknown").unwrap();
        fs::write(work.join("rewritten"), "by an application").unwrap();
        fs::write(work.join("wanted"), "by an application").unwrap();
        let observed = observe(&[work.join("wanted")], (&work, &places.secrets), &places).unwrap();
        let paths: Vec<&PathBuf> = observed.keys().collect();
        assert_eq!(paths, [&work.join("old"), &work.join("wanted")]);
        assert_eq!(observed[&work.join("wanted")].laid_out, Some(file.contents.digest()));

        crate::files::remove(&work.join("old"), &places).unwrap();
        assert!(observe(&[], (&work, &places.secrets), &places).unwrap().is_empty());
    }
}
