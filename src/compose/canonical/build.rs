//! `build`.

use crate::compose::error::Error;
use crate::compose::problem::Problem;
use crate::compose::value::{Data, Item, Map};

use super::lists;

/// Writes out the short forms.
pub(super) fn build(value: &mut Item, path: &str) -> Result<(), Error> {
    if let Some(context) = value.as_text() {
        let context = Item::text_like(value, context);
        value.data = Data::Map(Map::from_iter([("context".to_owned(), context)]));
        return Ok(());
    }
    let Some(map) = value.as_map_mut() else { return Ok(()) };
    if let Some(secrets) = map.get_mut("secrets") {
        lists::references(secrets);
    }
    if let Some(contexts) = map.get_mut("additional_contexts") {
        additional_contexts(contexts, &format!("{path}.additional_contexts"))?;
    }
    if let Some(ssh) = map.get_mut("ssh") {
        lists::one_or_more(ssh);
        keys(ssh, &format!("{path}.ssh"))?;
    }
    Ok(())
}

/// Contexts by name; each has a place.
fn additional_contexts(value: &mut Item, path: &str) -> Result<(), Error> {
    pairs(value, &|item| {
        Err(Error::value(
            item,
            path,
            Problem::Pattern { text: item.shown(), wanted: "`NAME=value`" },
        ))
    })?;
    for (name, context) in value.as_map().into_iter().flatten() {
        if context.as_text().is_none() {
            let problem = Problem::Kind { wanted: "text".to_owned(), found: context.kind() };
            return Err(Error::value(context, format!("{path}.{name}"), problem));
        }
    }
    Ok(())
}

/// SSH keys by name; only the default agent needs no path.
fn keys(value: &mut Item, path: &str) -> Result<(), Error> {
    pairs(value, &|item| match item.as_text() {
        Some("default") => Ok(Item::like(item, Data::Null)),
        Some(_) | None => Err(Error::value(
            item,
            path,
            Problem::Pattern { text: item.shown(), wanted: "`default`, nor `NAME=PATH`" },
        )),
    })
}

/// A list of `KEY=value` as a mapping; `none` makes the value of a key without one.
fn pairs(value: &mut Item, none: &dyn Fn(&Item) -> Result<Item, Error>) -> Result<(), Error> {
    let Some(list) = value.as_list() else { return Ok(()) };
    let pair = |item: &Item| {
        let text = item.as_text()?;
        Some(match text.split_once('=') {
            Some((key, text)) => Ok((key.to_owned(), Item::text_like(item, text))),
            None => none(item).map(|value| (text.to_owned(), value)),
        })
    };
    value.data = Data::Map(list.iter().filter_map(pair).collect::<Result<Map, Error>>()?);
    Ok(())
}
