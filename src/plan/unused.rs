//! Images that runs brought, and that nobody needs any more.

use std::collections::BTreeSet;

use super::cause::Cause;
use super::draft::Draft;
use super::operation::{Action, Plan};

/// An image that a run brought, and that is still here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The ID by which it was brought.
    pub id: String,
    /// As the Compose file named it.
    pub reference: String,
    /// All its IDs.
    pub ids: BTreeSet<String>,
    /// Whether it has a tag that no run of ours gave it.
    pub is_tagged_by_others: bool,
}

/// How many digits of an ID people see.
const DIGITS: usize = 12;

/// Removes the images that are neither `used`, by a container of whomever, nor `pinned`, by a revision that one may go back
/// to; both are told by ID. One that somebody else has given a tag is that person's, too.
pub fn unused(brought: &[Brought], used: &BTreeSet<String>, pinned: &BTreeSet<String>) -> Plan {
    let mut draft = Draft::default();
    for image in brought {
        let is_needed = image.ids.iter().any(|id| used.contains(id) || pinned.contains(id));
        if is_needed || image.is_tagged_by_others {
            continue;
        }
        let digits: String = image.id.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        let shown = format!("{} ({digits})", image.reference);
        let action = Action::RemoveImage { id: image.id.clone(), shown };
        draft.add(action, None, Cause::Unused, Vec::new());
    }
    Plan { operations: draft.operations, notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ids: &[&str], tagged: bool, used: &[&str], pinned: &[&str]) -> String {
        let set = |all: &[&str]| all.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let image = Brought {
            id: "sha256:0123456789abcdef".to_owned(),
            reference: "nginx:1".to_owned(),
            ids: set(ids),
            is_tagged_by_others: tagged,
        };
        unused(&[image], &set(used), &set(pinned)).to_string()
    }

    #[test]
    fn an_image_goes_when_nobody_needs_it() {
        let ids = ["sha256:0123456789abcdef", "sha256:manifest"];
        insta::assert_snapshot!(check(&ids, false, &["sha256:2"], &["sha256:3"]), @"remove   image nginx:1 (0123456789ab)  brought by an earlier run, and no longer used");
        assert_eq!(check(&ids, false, &["sha256:manifest"], &[]), "");
        assert_eq!(check(&ids, false, &[], &["sha256:0123456789abcdef"]), "");
        assert_eq!(check(&ids, true, &[], &[]), "");
    }
}
