//! Moves what is damaged aside: on the same file system, whole, with a note that says where it came from. Nothing is removed,
//! and a volume is never touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::heal::Target;

use super::remains::remains;

/// Where things are kept, below the directory that they come from.
const PLACE: &str = ".conductor-quarantine";
const MANIFEST: &str = "manifest.json";

/// One thing that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What it is called: a time.
    pub name: String,
    /// What was moved: where it was, and where it is.
    pub moved: Vec<(PathBuf, PathBuf)>,
    /// Why.
    pub why: String,
}

/// A time as a name: `20261121T134500Z`.
pub(super) fn stamp(now: i64) -> String {
    jiff::Timestamp::from_second(now)
        .map_or_else(|_error| now.to_string(), |time| time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// The files of a target.
fn files(target: &Target, root: &Path, containerd: &Path) -> Vec<PathBuf> {
    match target {
        Target::NetworkDatabase => vec![root.join("network/files/local-kv.db")],
        Target::VolumeDatabase => vec![root.join("volumes/metadata.db")],
        Target::ImageNames => fs::read_dir(root.join("image"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("repositories.json"))
            .collect(),
        Target::ContainerdDatabase => {
            vec![containerd.join("io.containerd.metadata.v1.bolt/meta.db")]
        }
        Target::Container(id) => vec![root.join("containers").join(id)],
        Target::Lost(lost) => remains(lost, root),
    }
}

/// What a rebuild makes anew. `volumes` is not among them, nor is anything that is not known.
const REBUILT: &[&str] =
    &["containers", "image", "overlay2", "network", "buildkit", "tmp", "runtimes", "containerd"];

/// Moves a target aside.
pub(super) fn set_aside(
    target: &Target,
    root: &Path,
    containerd: &Path,
    now: i64,
) -> io::Result<Kept> {
    let base = if *target == Target::ContainerdDatabase { containerd } else { root };
    aside(base, files(target, root, containerd), &target.words(), now)
}

/// Moves everything aside that a rebuild makes anew.
pub(super) fn set_all_aside(root: &Path, now: i64) -> io::Result<Kept> {
    aside(root, REBUILT.iter().map(|name| root.join(name)).collect(), "a rebuild", now)
}

/// What a rebuild would move.
pub fn would_move(root: &Path) -> Vec<PathBuf> {
    REBUILT.iter().map(|name| root.join(name)).filter(|path| path.exists()).collect()
}

fn aside(base: &Path, files: Vec<PathBuf>, why: &str, now: i64) -> io::Result<Kept> {
    let name = stamp(now);
    let place = base.join(PLACE).join(&name);
    fs::create_dir_all(&place)?;
    let mut kept = Kept { name, moved: Vec::new(), why: why.to_owned() };
    for from in files.into_iter().filter(|path| fs::symlink_metadata(path).is_ok()) {
        let to = place.join(from.strip_prefix(base).map_err(io::Error::other)?);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        // The note first: whoever is killed in between leaves a way back.
        kept.moved.push((from.clone(), to.clone()));
        fs::write(place.join(MANIFEST), serde_json::to_vec_pretty(&kept)?)?;
        fs::rename(&from, &to)?;
    }
    if kept.moved.is_empty() {
        let _stays = fs::remove_dir(&place);
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("nothing is there of {why}")));
    }
    Ok(kept)
}

/// Everything that was moved aside from one of these directories and is still there, the oldest first.
pub fn kept(bases: &[PathBuf]) -> Vec<Kept> {
    let places = bases.iter().filter_map(|base| fs::read_dir(base.join(PLACE)).ok());
    let notes = places.flatten().flatten().filter_map(|entry| {
        let text = fs::read(entry.path().join(MANIFEST)).ok()?;
        let mut kept = serde_json::from_slice::<Kept>(&text).ok()?;
        kept.moved.retain(|(_, to)| fs::symlink_metadata(to).is_ok());
        (!kept.moved.is_empty()).then_some(kept)
    });
    let mut all = notes.collect::<Vec<_>>();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Puts back what was moved. What has taken its place meanwhile is moved aside beside it, never overwritten.
pub fn restore(kept: &Kept) -> io::Result<()> {
    for (from, to) in &kept.moved {
        if fs::symlink_metadata(to).is_err() {
            continue;
        }
        if fs::symlink_metadata(from).is_ok() {
            let mut beside = to.clone().into_os_string();
            beside.push(".replaced");
            fs::rename(from, beside)?;
        }
        fs::rename(to, from)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn exactly_the_named_file_moves_and_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let (root, containerd) = (root.path().join("docker"), root.path().join("containerd"));
        let database = root.join("network/files/local-kv.db");
        write(&database, "bad");
        write(&root.join("volumes/data/_data/file"), "mine");
        let moved = set_aside(&Target::NetworkDatabase, &root, &containerd, 0).unwrap();
        assert!(!database.exists() && root.join("network/files").is_dir());
        let places = [root.clone(), containerd];
        assert_eq!(kept(&places), std::slice::from_ref(&moved));
        write(&database, "new");
        restore(&moved).unwrap();
        assert_eq!(fs::read_to_string(&database).unwrap(), "bad");
        let replaced =
            root.join(PLACE).join(&moved.name).join("network/files/local-kv.db.replaced");
        assert_eq!(fs::read_to_string(replaced).unwrap(), "new");
        assert_eq!(kept(&places), [], "it is back");
    }

    #[test]
    fn a_rebuild_leaves_volumes_and_what_is_not_known() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for name in
            ["containers/a/config.v2.json", "overlay2/x", "volumes/data/_data/file", "mine/file"]
        {
            write(&root.join(name), "text");
        }
        set_all_aside(root, 0).unwrap();
        assert!(!root.join("containers").exists() && !root.join("overlay2").exists());
        assert!(root.join("volumes/data/_data/file").exists() && root.join("mine/file").exists());
    }

    #[test]
    fn what_is_not_there_is_not_moved() {
        let root = tempfile::tempdir().unwrap();
        let error = set_aside(&Target::VolumeDatabase, root.path(), root.path(), 0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(kept(&[root.path().to_owned()]).is_empty());
    }
}
