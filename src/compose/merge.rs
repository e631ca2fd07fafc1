//! One Compose file over another: what replaces, what is added, what is merged.

use super::error::Error;
use super::problem::Problem;
use super::value::{Data, Item, Map, Taint};

/// Lays `over` on `base`; `path` is where both stand in the model.
pub(super) fn merge(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    if let ["services", _, rest @ ..] = path
        && let Some(special) = service_special(rest)
    {
        return special(base, over, path);
    }
    match path {
        ["networks" | "volumes", _, "labels"] => return append_pairs(base, over, path),
        ["networks", _, "ipam", "config"] => return pools(base, over, path),
        _ => (),
    }
    if over.is_null() {
        return Ok(base);
    }
    let (place, taint) = (over.place.clone(), base.taint.max(over.taint));
    let data = match (base.data, over.data) {
        (Data::Map(base), Data::Map(over)) => Data::Map(maps(base, over, path)?),
        (Data::List(mut base), Data::List(over)) => {
            base.extend(over);
            Data::List(base)
        }
        (Data::Map(_) | Data::List(_), over) => {
            let over = Item { data: over, place, taint };
            return Err(refused(&over, path));
        }
        (_, over) => over,
    };
    Ok(Item { data, place, taint })
}

/// Lays the members of `over` on those of `base`.
pub(super) fn maps(mut base: Map, over: Map, path: &[&str]) -> Result<Map, Error> {
    let mut added = Vec::new();
    for (key, over) in over {
        match base.get_mut(&key) {
            Some(under) => {
                let path = [path, &[key.as_str()]].concat();
                *under = merge(std::mem::take(under), over, &path)?;
            }
            None => added.push((key, over)),
        }
    }
    // At once: each of them alone would move all that stand behind it.
    base.extend(added);
    Ok(base)
}

fn refused(over: &Item, path: &[&str]) -> Error {
    Error::value(over, path.join("."), Problem::Override { found: over.kind() })
}

type Special = fn(Item, Item, &[&str]) -> Result<Item, Error>;

fn service_special(path: &[&str]) -> Option<Special> {
    Some(match path {
        ["command" | "entrypoint"] | ["healthcheck", "test"] | ["ulimits", _] => replace,
        [
            "annotations" | "dns" | "dns_opt" | "dns_search" | "env_file" | "label_file"
            | "environment" | "labels" | "sysctls" | "tmpfs",
        ]
        | ["build", "args" | "additional_contexts" | "labels"]
        | ["deploy", "labels"] => append_pairs,
        ["extra_hosts"] | ["build", "extra_hosts"] => append_hosts,
        ["build"] => build,
        ["depends_on"] => dependencies,
        ["networks" | "models"] => named,
        ["logging"] => logging,
        _ => return None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn replace(_: Item, over: Item, _: &[&str]) -> Result<Item, Error> {
    Ok(over)
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn append_pairs(base: Item, over: Item, _: &[&str]) -> Result<Item, Error> {
    let place = over.place.clone();
    let mut list = as_sequence(base);
    list.extend(as_sequence(over));
    Ok(Item { data: Data::List(list), place, taint: Taint::Written })
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's functions")]
fn append_hosts(base: Item, over: Item, _: &[&str]) -> Result<Item, Error> {
    let place = over.place.clone();
    let mut list = as_sequence(base);
    for host in as_sequence(over) {
        if !list.contains(&host) {
            list.push(host);
        }
    }
    Ok(Item { data: Data::List(list), place, taint: Taint::Written })
}

/// A mapping as a list of `KEY=value`, sorted; a list as it is; one text as a list of one.
pub(super) fn as_sequence(item: Item) -> Vec<Item> {
    match item.data {
        Data::List(list) => list,
        Data::Map(map) => {
            let mut list: Vec<Item> =
                map.into_iter().flat_map(|(key, value)| pair(&key, &value)).collect();
            list.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
            list
        }
        Data::Text(_) => vec![item],
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Time(_) => Vec::new(),
    }
}

fn pair(key: &str, value: &Item) -> Vec<Item> {
    if value.is_null() {
        return vec![Item::text_like(value, key)];
    }
    if value.as_map().is_some() {
        // Stays what it is, so that the schema refuses it.
        return vec![value.clone()];
    }
    let values = value.as_list().unwrap_or(std::slice::from_ref(value)).iter();
    values.map(|one| Item::text_like(one, format!("{key}={}", one.printed()))).collect()
}

fn build(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    let as_map = |item: Item| {
        if item.as_text().is_some() {
            return Ok(Map::from_iter([("context".to_owned(), item)]));
        }
        as_mapping(item, path, &Item::clone)
    };
    let place = over.place.clone();
    let merged = maps(as_map(base)?, as_map(over)?, path)?;
    Ok(Item { data: Data::Map(merged), place, taint: Taint::Written })
}

fn dependencies(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    keyed(base, over, path, &|item: &Item| Item::like(item, Data::Map(default_dependency(item))))
}

/// What a dependency that is only named means.
pub(super) fn default_dependency(like: &Item) -> Map {
    Map::from_iter([
        ("condition".to_owned(), Item::text_like(like, "service_started")),
        ("required".to_owned(), Item::like(like, Data::Bool(true))),
    ])
}

/// One name or number in place of a list of names counts for nothing, in Compose, too.
fn named(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    let lists = |item: &Item| item.as_list().is_some() || item.as_map().is_some();
    if lists(&base) && !lists(&over) {
        return Ok(base);
    }
    keyed(base, over, path, &|item: &Item| Item::like(item, Data::Null))
}

fn keyed(
    base: Item,
    over: Item,
    path: &[&str],
    default: &dyn Fn(&Item) -> Item,
) -> Result<Item, Error> {
    let place = over.place.clone();
    let base = as_mapping(base, path, default)?;
    let over = as_mapping(over, path, default)?;
    Ok(Item { data: Data::Map(maps(base, over, path)?), place, taint: Taint::Written })
}

/// A list of names as a mapping.
pub(super) fn as_mapping(
    item: Item,
    path: &[&str],
    default: &dyn Fn(&Item) -> Item,
) -> Result<Map, Error> {
    match item.data {
        Data::Map(map) => Ok(map),
        Data::Null => Ok(Map::new()),
        Data::List(list) => Ok(list
            .into_iter()
            .map(|name| {
                let value = default(&name);
                (name.printed(), value)
            })
            .collect()),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Time(_) | Data::Text(_) => {
            Err(refused(&item, path))
        }
    }
}

/// Options are merged when the drivers are the same, or one side names none.
fn logging(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    let place = over.place.clone();
    let data = match (base.data, over.data) {
        (Data::Map(base), Data::Map(over)) => {
            let same = match (base.get("driver"), over.get("driver")) {
                (Some(base), Some(over)) => base == over,
                _ => true,
            };
            Data::Map(if same { maps(base, over, path)? } else { over })
        }
        (base, Data::Null) => base,
        (_, over) => over,
    };
    Ok(Item { data, place, taint: Taint::Written })
}

/// Address pools are merged by their subnet.
fn pools(base: Item, over: Item, path: &[&str]) -> Result<Item, Error> {
    let place = over.place.clone();
    let (Data::List(base), Data::List(over)) = (base.data, over.data) else {
        return Err(Error::value(
            &Item { place, ..Item::default() },
            path.join("."),
            Problem::Kind { wanted: "a list".to_owned(), found: "something else" },
        ));
    };
    let subnet = |map: &Map| map.get("subnet").map(Item::printed);
    let mut merged: Vec<Map> = Vec::new();
    for base in &base {
        for over in &over {
            let left = as_mapping(over.clone(), path, &Item::clone)?;
            let right = as_mapping(base.clone(), path, &Item::clone)?;
            let known = merged.iter().any(|map| subnet(map) == subnet(&left));
            if subnet(&left) != subnet(&right) && !known {
                merged.push(left);
                continue;
            }
            let pool = maps(right, left, path)?;
            match merged.iter_mut().find(|map| subnet(map) == subnet(&pool)) {
                Some(same) => *same = pool,
                None => merged.push(pool),
            }
        }
    }
    let list = merged.into_iter().map(|map| Item {
        data: Data::Map(map),
        place: place.clone(),
        taint: Taint::Written,
    });
    Ok(Item { data: Data::List(list.collect()), place: place.clone(), taint: Taint::Written })
}
