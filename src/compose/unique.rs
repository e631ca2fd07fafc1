//! Lists in which a later item replaces an earlier one of the same key.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::error::Error;
use super::mounts;
use super::problem::Problem;
use super::value::{Data, Item, Map, Taint};

/// How the key of an item is found; `None` keeps the item as it is.
type Key = fn(&Item, &str) -> Result<Option<String>, Error>;

/// Lets the last item of each key stand, in the place of the first.
pub(super) fn enforce(project: &mut Map) -> Result<(), Error> {
    // No other kind of element has such lists.
    for kind in ["networks", "services"] {
        let elements = project.get_mut(kind).and_then(Item::as_map_mut);
        for (name, element) in elements.into_iter().flatten() {
            walk(element, &[kind, name.as_str()])?;
        }
    }
    Ok(())
}

fn walk(item: &mut Item, path: &[&str]) -> Result<(), Error> {
    if let Some(map) = item.as_map_mut() {
        return map
            .iter_mut()
            .try_for_each(|(key, value)| walk(value, &[path, &[key.as_str()]].concat()));
    }
    match (item.as_list_mut(), key_of(path)) {
        (Some(list), Some(key)) => reduce(list, key, &path.join(".")),
        (_, _) => Ok(()),
    }
}

fn reduce(list: &mut Vec<Item>, key: Key, path: &str) -> Result<(), Error> {
    let mut kept: Vec<Item> = Vec::with_capacity(list.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for (index, item) in std::mem::take(list).into_iter().enumerate() {
        match key(&item, &format!("{path}[{index}]"))?.map(|key| known.entry(key)) {
            Some(Entry::Occupied(same)) => kept[*same.get()] = item,
            Some(Entry::Vacant(place)) => {
                place.insert(kept.len());
                kept.push(item);
            }
            None => kept.push(item),
        }
    }
    *list = kept;
    Ok(())
}

fn key_of(path: &[&str]) -> Option<Key> {
    match path {
        ["networks", _, "labels"] | ["networks", _, "ipam", "options"] => Some(by_name),
        ["services", _, rest @ ..] => match rest {
            [
                "annotations" | "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search"
                | "environment" | "labels" | "links" | "profiles" | "sysctls" | "tmpfs",
            ]
            | ["build", "args" | "additional_contexts" | "tags" | "labels"]
            | ["deploy", "labels"]
            | ["networks", _, "aliases" | "link_local_ips"] => Some(by_name),
            ["expose"] => Some(by_text),
            ["configs"] => Some(by_config),
            ["secrets"] => Some(by_secret),
            ["env_file"] => Some(by_path),
            ["ports"] => Some(by_port),
            ["volumes"] => Some(by_target),
            ["devices"] => Some(by_device),
            _ => None,
        },
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn by_name(item: &Item, _: &str) -> Result<Option<String>, Error> {
    Ok(item.as_text().map(|text| text.split('=').next().unwrap_or(text).to_owned()))
}

fn by_text(item: &Item, path: &str) -> Result<Option<String>, Error> {
    if matches!(item.data, Data::Float(_)) {
        let problem =
            Problem::Kind { wanted: "text or a whole number".to_owned(), found: item.kind() };
        return Err(Error::value(item, path, problem));
    }
    Ok(Some(item.printed()))
}

fn by_config(item: &Item, path: &str) -> Result<Option<String>, Error> {
    by_file(item, path, "")
}

fn by_secret(item: &Item, path: &str) -> Result<Option<String>, Error> {
    by_file(item, path, "/run/secrets")
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn by_file(item: &Item, _: &str, directory: &str) -> Result<Option<String>, Error> {
    if let Some(name) = item.as_text() {
        return Ok(Some(format!("{directory}/{name}")));
    }
    let from_source =
        || item.get("source").map(|source| format!("{directory}/{}", source.printed()));
    Ok(item.get("target").map(Item::printed).or_else(from_source))
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn by_path(item: &Item, _: &str) -> Result<Option<String>, Error> {
    Ok(item.as_text().map(str::to_owned).or_else(|| item.get("path").map(Item::printed)))
}

fn by_port(item: &Item, path: &str) -> Result<Option<String>, Error> {
    let Data::Map(map) = &item.data else { return Ok(Some(item.printed())) };
    let target = map
        .get("target")
        .ok_or_else(|| Error::key(item, path, Problem::Missing { key: "target" }))?;
    let or =
        |key: &str, default: &str| map.get(key).map_or_else(|| default.to_owned(), Item::printed);
    Ok(Some(format!(
        "{}:{}:{}/{}",
        or("host_ip", "0.0.0.0"),
        or("published", ""),
        target.printed(),
        or("protocol", "tcp")
    )))
}

fn by_target(item: &Item, path: &str) -> Result<Option<String>, Error> {
    if let Some(text) = item.as_text() {
        let problem = |problem| Error::value(item, path, hidden(problem, item));
        return mounts::parse(text).map(|mount| Some(mount.target)).map_err(problem);
    }
    target(item, path)
}

/// A problem of a short form, without the text where it may not be shown.
pub(super) fn hidden(problem: Problem, item: &Item) -> Problem {
    if item.taint == Taint::Written { problem } else { problem.hidden() }
}

fn by_device(item: &Item, path: &str) -> Result<Option<String>, Error> {
    if let Some(text) = item.as_text() {
        let mut parts = text.split(':');
        let source = parts.next().unwrap_or_default();
        return Ok(Some(parts.next().unwrap_or(source).to_owned()));
    }
    target(item, path)
}

fn target(item: &Item, path: &str) -> Result<Option<String>, Error> {
    match (item.as_map(), item.get("target")) {
        (Some(_), None) => Err(Error::key(item, path, Problem::Missing { key: "target" })),
        (_, target) => Ok(target.map(Item::printed)),
    }
}
