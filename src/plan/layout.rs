//! Which files have to be written or removed.

use std::path::PathBuf;

use crate::model::desired::{Contents, Desired, DesiredFile};
use crate::model::lines;
use crate::model::observed::{Observed, ObservedFile};

use super::cause::Cause;
use super::note::Note;

/// What has to be done to the files of a project.
#[derive(Debug, Clone, Default)]
pub(super) struct FileChanges {
    /// Files to be written, and why.
    pub(super) writes: Vec<(PathBuf, Cause)>,
    /// Files that nothing desires any more.
    pub(super) removals: Vec<PathBuf>,
}

/// Compares the files on the disk with those desired.
pub(super) fn compare(
    desired: &Desired,
    observed: &Observed,
    notes: &mut Vec<Note>,
) -> FileChanges {
    let mut changes = FileChanges::default();
    for (path, file) in &desired.files {
        match observed.files.get(path) {
            None => changes.writes.push((path.clone(), Cause::FileMissing)),
            Some(found) if has_drifted(file, found) => {
                notes.push(Note::FileDrifted { shown: file.shown.clone() });
            }
            Some(found) => {
                let cause = difference(file, found);
                changes.writes.extend(cause.map(|cause| (path.clone(), cause)));
            }
        }
    }
    let stale = observed.files.keys().filter(|path| !desired.files.contains_key(*path));
    changes.removals.extend(stale.cloned());
    changes
}

/// Whether the revision asks for what was written last, and somebody else has written since.
fn has_drifted(file: &DesiredFile, found: &ObservedFile) -> bool {
    let wanted = file.contents.digest();
    matches!(file.contents, Contents::Plain(_))
        && found.digest != wanted
        && found.laid_out.as_ref() == Some(&wanted)
}

/// How many lines change, of texts that may be shown.
fn changed_lines(file: &DesiredFile, found: &ObservedFile) -> Option<usize> {
    let Contents::Plain(bytes) = &file.contents else { return None };
    let (old, new) = (found.text.as_deref()?, std::str::from_utf8(bytes).ok()?);
    Some(lines::changed(old, new)).filter(|count| *count > 0)
}

fn difference(file: &DesiredFile, found: &ObservedFile) -> Option<Cause> {
    if file.contents.digest() != found.digest {
        return Some(Cause::ContentsChanged(changed_lines(file, found)));
    }
    if matches!(file.contents, Contents::Link(_)) {
        return None;
    }
    let same = file.mode == found.mode
        && file.uid.is_none_or(|uid| uid == found.uid)
        && file.gid.is_none_or(|gid| gid == found.gid);
    (!same).then_some(Cause::PermissionsChanged)
}
