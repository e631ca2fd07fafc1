//! Metadata where there are only keys and text: `age__list_0__map_enc`.

use crate::secrets::tree::{Document, Item, Value};

/// List items at most; there are never more keys than that.
const MAX_ITEMS: usize = 1000;

enum Step<'k> {
    Key(&'k str),
    Index(usize),
}

/// Makes the nested metadata of flat keys that begin with `prefix`.
pub(super) fn unflatten(document: &Document, prefix: &str) -> Value {
    let mut root = Value::Map(Vec::new());
    for item in document {
        if let Item::Entry(key, value) = item
            && let Some(steps) = key.strip_prefix(prefix).and_then(steps)
        {
            insert(&mut root, &steps, unescaped(value));
        }
    }
    root
}

fn steps(key: &str) -> Option<Vec<Step<'_>>> {
    let mut parts = key.split("__");
    let mut steps = vec![Step::Key(parts.next()?)];
    for part in parts {
        steps.push(match (part.strip_prefix("list_"), part.strip_prefix("map_")) {
            (Some(index), _) => Step::Index(index.parse().ok().filter(|index| *index < MAX_ITEMS)?),
            (None, Some(key)) => Step::Key(key),
            (None, None) => return None,
        });
    }
    Some(steps)
}

/// Line breaks are written `\n` in some versions of some formats.
fn unescaped(value: &Value) -> Value {
    match value.as_text() {
        Some(text) => Value::text(&text.replace("\\n", "\n")),
        None => value.clone(),
    }
}

fn insert(slot: &mut Value, steps: &[Step<'_>], value: Value) {
    match steps {
        [] => *slot = value,
        [Step::Key(key), rest @ ..] => {
            if slot.as_map().is_none() {
                *slot = Value::Map(Vec::new());
            }
            let Value::Map(items) = slot else { return };
            let known =
                items.iter().position(|item| matches!(item, Item::Entry(name, _) if name == key));
            let index = known.unwrap_or_else(|| {
                items.push(Item::Entry((*key).to_owned(), Value::Null));
                items.len() - 1
            });
            if let Item::Entry(_, inner) = &mut items[index] {
                insert(inner, rest, value);
            }
        }
        [Step::Index(index), rest @ ..] => {
            if slot.as_list().is_none() {
                *slot = Value::List(Vec::new());
            }
            let Value::List(items) = slot else { return };
            if items.len() <= *index {
                items.resize(index + 1, Value::Null);
            }
            insert(&mut items[*index], rest, value);
        }
    }
}

/// Makes flat keys that begin with `prefix` of nested metadata.
pub(super) fn flatten(metadata: &Document, prefix: &str) -> Document {
    let mut flat = Vec::new();
    for item in metadata {
        if let Item::Entry(key, value) = item {
            push_flat(&mut flat, format!("{prefix}{key}"), value);
        }
    }
    flat
}

fn push_flat(flat: &mut Document, name: String, value: &Value) {
    match value {
        Value::Map(items) => {
            for item in items {
                if let Item::Entry(key, value) = item {
                    push_flat(flat, format!("{name}__map_{key}"), value);
                }
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                push_flat(flat, format!("{name}__list_{index}"), item);
            }
        }
        Value::Null => (),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Text(_)
        | Value::Comment(_) => {
            let text = value.as_text().unwrap_or_default();
            flat.push(Item::Entry(name, Value::text(&text)));
        }
    }
}
