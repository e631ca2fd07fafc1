//! The merge key `<<`.

use std::collections::HashSet;

use super::error::{Error, Kind};
use super::node::{Entry, Node, Value};

/// Replaces every `<<` below `node` by the entries it brings, in its place.
///
/// A key written out wins wherever `<<` stands, and of several mappings the first that has the key. Anything but a mapping
/// or a list of mappings is an error; two `<<` in one mapping were refused as a duplicate key before.
pub fn apply_merges(node: &mut Node) -> Result<(), Error> {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().try_for_each(apply_merges),
        Value::Mapping(entries) => {
            for entry in entries.iter_mut() {
                apply_merges(&mut entry.value)?;
            }
            if entries.iter().any(|entry| entry.key.is_merge_key()) {
                *entries = merged(std::mem::take(entries))?;
            }
            Ok(())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Float(_)
        | Value::Timestamp(_)
        | Value::String(_) => Ok(()),
    }
}

fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
    let is_own = |entry: &&Entry| !entry.key.is_merge_key();
    let mut known: HashSet<String> = entries.iter().filter(is_own).map(key_of).collect();
    let mut result = Vec::with_capacity(entries.len());
    for entry in entries {
        if !entry.key.is_merge_key() {
            result.push(entry);
            continue;
        }
        for brought in mappings(entry.value)?.into_iter().flatten() {
            if known.insert(key_of(&brought)) {
                result.push(brought);
            }
        }
    }
    Ok(result)
}

fn mappings(node: Node) -> Result<Vec<Vec<Entry>>, Error> {
    let found = node.value.kind();
    match node.value {
        Value::Mapping(entries) => Ok(vec![entries]),
        Value::Sequence(items) => items.into_iter().map(mapping).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Float(_)
        | Value::Timestamp(_)
        | Value::String(_) => Err(Error::new(node.at, Kind::Merge { found })),
    }
}

fn mapping(node: Node) -> Result<Vec<Entry>, Error> {
    let (found, at) = (node.value.kind(), node.at);
    if let Value::Mapping(entries) = node.value {
        return Ok(entries);
    }
    Err(Error::new(at, Kind::Merge { found }))
}

fn key_of(entry: &Entry) -> String {
    entry.key.text().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{parse, write};

    fn check(text: &str) -> String {
        let mut node = parse(text).unwrap().remove(0);
        match apply_merges(&mut node) {
            Ok(()) => write(&node),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn written_keys_win_and_the_first_of_a_list_wins() {
        insta::assert_snapshot!(check("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n  x: 3\n"), @r#"
        a:
          x: 1
          "y": 1
        b:
          "y": 2
          z: 2
        c:
          z: 3
          "y": 1
          x: 3
        "#);
    }

    #[test]
    fn a_merge_inside_what_is_merged_counts() {
        insta::assert_snapshot!(check("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\nd: {\"<<\": 1}\n"), @r#"
        a:
          x: 1
        b:
          x: 1
          "y": 2
        c:
          x: 1
          "y": 2
        d:
          "<<": 1
        "#);
    }

    #[test]
    fn only_mappings_can_be_merged() {
        assert_eq!(
            check("a: {<<: null}"),
            "line 1, column 9: `<<` needs a mapping or a list of mappings, found null"
        );
        assert_eq!(
            check("a: {<<: [1]}"),
            "line 1, column 10: `<<` needs a mapping or a list of mappings, found an integer"
        );
    }
}
