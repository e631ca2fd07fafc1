//! Which leaves of a printed model came out of encrypted files.

use std::collections::BTreeSet;

use serde_json::Value;

/// The leaves of a model at or below `paths`.
pub(super) fn leaves<'p>(
    model: &Value,
    paths: impl Iterator<Item = &'p Vec<String>>,
) -> BTreeSet<Vec<String>> {
    let mut leaves = BTreeSet::new();
    for path in paths {
        let found = path.iter().try_fold(model, |value, part| match value.as_array() {
            Some(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            None => value.get(part),
        });
        if let Some(value) = found {
            collect(value, path, &mut leaves);
        }
    }
    leaves
}

/// The same of a model in which dollar signs are doubled.
pub(super) fn doubled_leaves(
    model: &Value,
    paths: &BTreeSet<Vec<String>>,
) -> BTreeSet<Vec<String>> {
    let doubled = |path: &Vec<String>| path.iter().map(|part| part.replace('$', "$$")).collect();
    let paths: Vec<Vec<String>> = paths.iter().map(doubled).collect();
    leaves(model, paths.iter())
}

fn collect(value: &Value, path: &[String], leaves: &mut BTreeSet<Vec<String>>) {
    let below = |part: String| [path, &[part]].concat();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &below(index.to_string()), leaves);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                collect(member, &below(key.clone()), leaves);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            leaves.insert(path.to_vec());
        }
    }
}
