//! `build`.

use crate::compose::value::{Data, Item, Map};

use super::lists;

/// Writes out the short forms.
pub(super) fn build(value: &mut Item) {
    lists::from_text(value, "context");
    let Some(map) = value.as_map_mut() else { return };
    if let Some(secrets) = map.get_mut("secrets") {
        lists::references(secrets);
    }
    if let Some(contexts) = map.get_mut("additional_contexts") {
        pairs(contexts);
    }
}

/// A list of `KEY=value` as a mapping.
fn pairs(value: &mut Item) {
    let Some(list) = value.as_list() else { return };
    let map: Map = list
        .iter()
        .filter_map(|item| {
            let (key, text) = item.as_text()?.split_once('=').unwrap_or((item.as_text()?, ""));
            Some((key.to_owned(), Item::text_like(item, text)))
        })
        .collect();
    value.data = Data::Map(map);
}
