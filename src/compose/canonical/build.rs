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
        pairs(contexts, &|item| Item::text_like(item, ""));
    }
    if let Some(ssh) = map.get_mut("ssh") {
        lists::one_or_more(ssh);
        pairs(ssh, &|item| Item::like(item, Data::Null));
    }
}

/// A list of `KEY=value` as a mapping; `none` makes the value of a key without one.
fn pairs(value: &mut Item, none: &dyn Fn(&Item) -> Item) {
    let Some(list) = value.as_list() else { return };
    let map: Map = list
        .iter()
        .filter_map(|item| {
            let text = item.as_text()?;
            Some(match text.split_once('=') {
                Some((key, text)) => (key.to_owned(), Item::text_like(item, text)),
                None => (text.to_owned(), none(item)),
            })
        })
        .collect();
    value.data = Data::Map(map);
}
