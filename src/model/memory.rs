//! What nobody can observe about containers, and has to be remembered by their IDs.

use std::collections::{BTreeMap, BTreeSet};

use super::desired::{Input, InputKind};
use super::hash::sha256_hex;

/// What is remembered about the containers of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// The inputs that each container has got, by container ID.
    pub applied: BTreeMap<String, Applied>,
    /// IDs of containers that a person stopped, and that nobody has asked for since.
    pub stopped: BTreeSet<String>,
    /// When containers were started because they had ended, in seconds since 1970, by name.
    pub heals: BTreeMap<String, Vec<i64>>,
}

/// The inputs that a container has got: a short digest by kind and name. Digests are salted with the container's ID, so
/// that they tell nothing beyond "the same" or "another".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied(BTreeMap<(InputKind, String), String>);

/// What became of one input since a container got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fresh {
    /// Its contents are others.
    Changed,
    /// The container has not got it.
    Added,
    /// It is gone.
    Removed,
}

/// Digits of a digest that are kept.
const DIGITS: usize = 16;

impl Applied {
    /// The inputs as a container with this ID has them.
    pub fn of(container: &str, inputs: &[Input]) -> Self {
        let all = inputs.iter().map(|input| {
            let key = (input.kind, input.name.clone());
            let text = format!("{container}\n{} {}\n{}", input.kind, input.name, input.digest);
            let mut digest = sha256_hex(text.as_bytes());
            digest.truncate(DIGITS);
            (key, digest)
        });
        Self(all.collect())
    }

    /// What is different in `other`.
    pub fn changes(&self, other: &Self) -> Vec<(InputKind, String, Fresh)> {
        let keys: BTreeSet<&(InputKind, String)> = self.0.keys().chain(other.0.keys()).collect();
        let changed = keys.into_iter().filter_map(|key| {
            let fresh = match (self.0.get(key), other.0.get(key)) {
                (Some(has), Some(wanted)) if has == wanted => return None,
                (Some(_), Some(_)) => Fresh::Changed,
                (None, Some(_)) => Fresh::Added,
                (Some(_), None) => Fresh::Removed,
                (None, None) => return None,
            };
            Some((key.0, key.1.clone(), fresh))
        });
        changed.collect()
    }

    /// Each input as a journal keeps it: what people call it, and its digest.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let pair = |((kind, name), digest): (&(InputKind, String), &String)| {
            (format!("{kind} {name}"), digest.clone())
        };
        self.0.iter().map(pair).collect()
    }

    /// Takes what a journal kept; what names no input is passed over.
    pub fn from_map(kept: &BTreeMap<String, String>) -> Self {
        let pair = |(key, digest): (&String, &String)| {
            let (kind, name) = key.split_once(' ')?;
            Some(((InputKind::parse(kind)?, name.to_owned()), digest.clone()))
        };
        Self(kept.iter().filter_map(pair).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, text: &str) -> Input {
        let (kind, digest) = (InputKind::File, sha256_hex(text.as_bytes()));
        Input { kind, name: name.to_owned(), path: None, digest }
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        let applied = Applied::of("id", &[input("a b.conf", "1"), input("c", "2")]);
        assert_eq!(Applied::from_map(&applied.to_map()), applied);
        let other = BTreeMap::from([("nonsense".to_owned(), "1".to_owned())]);
        assert_eq!(Applied::from_map(&other), Applied::default());
    }

    #[test]
    fn changes_are_told_by_name() {
        let was = Applied::of("id", &[input("same", "1"), input("other", "1"), input("gone", "1")]);
        let is = Applied::of("id", &[input("same", "1"), input("other", "2"), input("new", "1")]);
        let changes = was.changes(&is);
        let changes: Vec<(&str, Fresh)> =
            changes.iter().map(|(_, name, fresh)| (name.as_str(), *fresh)).collect();
        let wanted = [("gone", Fresh::Removed), ("new", Fresh::Added), ("other", Fresh::Changed)];
        assert_eq!(changes, wanted);
    }

    #[test]
    fn the_same_secret_in_two_containers_has_two_digests() {
        let inputs = [input("pin", "1234")];
        assert_ne!(Applied::of("one", &inputs), Applied::of("two", &inputs));
    }
}
