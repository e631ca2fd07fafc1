//! Keys that begin with `x-` where names of one's own stand: Compose takes them for extensions, and gathers them in one entry.

use super::value::{Data, Item, Map};

/// The key below which Compose gathers them.
pub(super) const GATHERED: &str = "#extensions";

/// The members whose keys begin with `x-`.
pub(super) fn of(map: &Map) -> Option<Item> {
    let taken: Map = map
        .iter()
        .filter(|(key, _)| is_extra(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let first = taken.values().next().cloned()?;
    let taint = taken.values().map(|value| value.taint).max().unwrap_or_default();
    Some(Item { data: Data::Map(taken), place: first.place, taint })
}

/// Whether Compose takes a key for that of an extension.
pub(super) fn is_extra(key: &str) -> bool {
    key.starts_with("x-")
}

/// A value as Go's `%v` prints it.
pub(super) fn go_text(item: &Item) -> String {
    match &item.data {
        Data::Null => "<nil>".to_owned(),
        Data::List(items) => {
            let words: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", words.join(" "))
        }
        Data::Map(members) => {
            let words: Vec<String> =
                members.iter().map(|(key, value)| format!("{key}:{}", go_text(value))).collect();
            format!("map[{}]", words.join(" "))
        }
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Time(_) | Data::Text(_) => {
            item.printed()
        }
    }
}
