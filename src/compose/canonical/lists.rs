//! Items that may be one text.

use crate::compose::error::Error;
use crate::compose::problem::Problem;
use crate::compose::value::{Data, Item, Map};

/// One text becomes a list of it.
pub(super) fn one_or_more(value: &mut Item) {
    if value.as_text().is_some() {
        let one = value.clone();
        value.data = Data::List(vec![one]);
    }
}

/// A text becomes a mapping with that text at `key`.
pub(super) fn from_text(value: &mut Item, key: &str) {
    if value.as_text().is_some() {
        let text = value.clone();
        value.data = Data::Map(Map::from_iter([(key.to_owned(), text)]));
    }
}

/// The items of `secrets` and `configs`.
pub(super) fn references(value: &mut Item) {
    for item in value.as_list_mut().into_iter().flatten() {
        from_text(item, "source");
    }
}

/// `env_file`: a list of mappings that say whether the file must be there.
pub(super) fn env_files(value: &mut Item) {
    one_or_more(value);
    for item in value.as_list_mut().into_iter().flatten() {
        from_text(item, "path");
        let required = Item::like(item, Data::Bool(true));
        if let Some(map) = item.as_map_mut() {
            map.entry("required".to_owned()).or_insert(required);
        }
    }
}

/// `gpus: all`.
pub(super) fn gpus(value: &mut Item) {
    if let Some(text) = value.as_text() {
        let count = Item::text_like(value, text);
        let gpu = Item::like(value, Data::Map(Map::from_iter([("count".to_owned(), count)])));
        value.data = Data::List(vec![gpu]);
    }
}

/// `SOURCE[:TARGET[:PERMISSIONS]]`.
pub(super) fn devices(value: &mut Item, path: &str) -> Result<(), Error> {
    for (index, item) in value.as_list_mut().into_iter().flatten().enumerate() {
        let Some(text) = item.as_text() else {
            continue;
        };
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, permissions) = match parts.as_slice() {
            [source] => (*source, *source, "rwm"),
            [source, target] => (*source, *target, "rwm"),
            [source, target, permissions] => (*source, *target, *permissions),
            _ => {
                let problem = Problem::Device { text: item.shown() };
                return Err(Error::value(item, format!("{path}[{index}]"), problem));
            }
        };
        let member = |key: &str, text: &str| (key.to_owned(), Item::text_like(item, text));
        item.data = Data::Map(Map::from_iter([
            member("source", source),
            member("target", target),
            member("permissions", permissions),
        ]));
    }
    Ok(())
}
