//! Holds a value to its shape.

use std::collections::HashMap;

use crate::compose::bind::raw;
use crate::compose::error::Error;
use crate::compose::nearest::nearest;
use crate::compose::problem::Problem;
use crate::compose::value::{Data, Item, Map};

use super::project::PROJECT;
use super::shape::{BOOL, INT, Keys, NULL, NUMBER, Record, Rule, Shape, TEXT, Unique};

/// What was found that is not allowed.
type Faults = Vec<Error>;

/// Fails with everything in `item` that `shape` does not allow; `path` is where the item stands in the model.
pub(crate) fn check(item: &Item, shape: &Shape, path: &str) -> Result<(), Error> {
    let mut faults = Faults::new();
    value(item, shape, path, &mut faults);
    Error::of_all(faults)
}

fn value(item: &Item, shape: &Shape, path: &str, faults: &mut Faults) {
    match shape {
        Shape::Scalar(kinds, _, rule) => faults.extend(scalar(item, *kinds, *rule, path).err()),
        Shape::List(items, unique) => list(item, items, *unique, path, faults),
        Shape::Record(fields) => match item.as_map() {
            Some(map) => record(item, map, fields, path, faults),
            None => faults.push(kind(item, shape, path)),
        },
        Shape::Table(values, keys) => match item.as_map() {
            Some(map) => table(map, values, *keys, path, faults),
            None => faults.push(kind(item, shape, path)),
        },
        Shape::Either(shapes) => match shapes.iter().find(|shape| fits(item, shape)) {
            Some(fitting) => value(item, fitting, path, faults),
            None => faults.push(kind(item, shape, path)),
        },
        Shape::OrNull(inner) if item.is_null() || fits(item, inner) => {
            if !item.is_null() {
                value(item, inner, path, faults);
            }
        }
        Shape::OrNull(_) => faults.push(kind(item, shape, path)),
        Shape::Pairs(_) | Shape::Ssh | Shape::Hosts => pairs(item, shape, path, faults),
        Shape::OneOrMoreOf(one) if item.as_list().is_some() => {
            list(item, one, Unique::No, path, faults);
        }
        Shape::OneOrMoreOf(one) => value(item, one, path, faults),
        Shape::Command if item.is_null() => (),
        Shape::Command | Shape::Test => one_or_more(item, Unique::No, shape, path, faults),
        Shape::OneOrMore(unique) => one_or_more(item, *unique, shape, path, faults),
    }
}

/// Keys whose values become texts.
const OF_TEXTS: [&str; 2] = ["environment", "labels"];

/// Holds a whole model to the tables. With `endless_values`, a variable or a label may be a number without an end.
pub(crate) fn check_project(project: &Map, endless_values: bool) -> Result<(), Error> {
    let passes: &[&str] = if endless_values { &OF_TEXTS } else { &[] };
    for (key, value) in project {
        if let Some((path, value)) = infinite(value, passes) {
            return Err(Error::value(value, format!("{key}{path}"), Problem::NotFinite));
        }
    }
    let mut faults = Faults::new();
    record(&Item::default(), project, &PROJECT, "", &mut faults);
    Error::of_all(faults)
}

/// A number without an end, and its path from `item`: JSON has none, wherever it stands. Keys of `passes` are not looked at.
fn infinite<'i>(item: &'i Item, passes: &[&str]) -> Option<(String, &'i Item)> {
    match &item.data {
        Data::Float(number) if !number.is_finite() => Some((String::new(), item)),
        Data::List(items) => items.iter().find_map(|item| infinite(item, passes)),
        Data::Map(map) => map.iter().find_map(|(key, value)| {
            if passes.contains(&key.as_str()) {
                return None;
            }
            let (path, value) = infinite(value, passes)?;
            Some((format!(".{key}{path}"), value))
        }),
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Float(_)
        | Data::Time(_)
        | Data::Text(_) => None,
    }
}

const WORD: Shape = Shape::Scalar(TEXT, super::shape::To::Text, Rule::Any);

/// Whether the kind of the value is one that the shape begins with.
pub(crate) fn fits(item: &Item, shape: &Shape) -> bool {
    match shape {
        Shape::Scalar(kinds, ..) => scalar_fits(item, *kinds),
        Shape::List(..) => matches!(item.data, Data::List(_)),
        Shape::Record(_) | Shape::Table(..) => matches!(item.data, Data::Map(_)),
        Shape::Either(shapes) => shapes.iter().any(|shape| fits(item, shape)),
        Shape::OrNull(inner) => item.is_null() || fits(item, inner),
        Shape::OneOrMoreOf(one) => item.as_list().is_some() || fits(item, one),
        Shape::Pairs(_) | Shape::Ssh | Shape::Hosts => {
            matches!(item.data, Data::List(_) | Data::Map(_))
        }
        Shape::Command => {
            matches!(item.data, Data::Null | Data::List(_) | Data::Text(_) | Data::Time(_))
        }
        Shape::Test | Shape::OneOrMore(_) => {
            matches!(item.data, Data::List(_) | Data::Text(_) | Data::Time(_))
        }
    }
}

fn scalar_fits(item: &Item, kinds: u8) -> bool {
    match item.data {
        Data::Null => kinds & NULL != 0,
        Data::Bool(_) => kinds & BOOL != 0,
        Data::Int(_) => kinds & INT != 0,
        Data::Float(number) => {
            kinds & NUMBER == NUMBER || (kinds & INT != 0 && number.fract() == 0.0)
        }
        Data::Time(_) | Data::Text(_) => kinds & TEXT != 0,
        Data::List(_) | Data::Map(_) => false,
    }
}

/// What a shape asks for, in words.
fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(kinds, ..) => scalar_wanted(*kinds),
        Shape::List(..) => "a list".to_owned(),
        Shape::Record(_) | Shape::Table(..) => "a mapping".to_owned(),
        Shape::Either(shapes) => {
            let words: Vec<String> = shapes.iter().map(wanted).collect();
            words.join(" or ")
        }
        Shape::OrNull(inner) => wanted(inner),
        Shape::OneOrMoreOf(one) => format!("{} or a list", wanted(one)),
        Shape::Pairs(_) | Shape::Ssh | Shape::Hosts => "a mapping or a list".to_owned(),
        Shape::Command | Shape::Test | Shape::OneOrMore(_) => "text or a list".to_owned(),
    }
}

fn scalar_wanted(kinds: u8) -> String {
    let words = [
        (TEXT, "text"),
        (NUMBER, "a number"),
        (INT, "a whole number"),
        (BOOL, "a boolean"),
        (NULL, "nothing"),
    ];
    let mut left = kinds;
    let mut shown = Vec::new();
    for (bits, word) in words {
        if left & bits == bits {
            shown.push(word);
            left &= !bits;
        }
    }
    shown.join(" or ")
}

fn kind(item: &Item, shape: &Shape, path: &str) -> Error {
    Error::value(item, path, Problem::Kind { wanted: wanted(shape), found: item.kind() })
}

fn scalar(item: &Item, kinds: u8, rule: Rule, path: &str) -> Result<(), Error> {
    if !scalar_fits(item, kinds) {
        let problem = Problem::Kind { wanted: scalar_wanted(kinds), found: item.kind() };
        return Err(Error::value(item, path, problem));
    }
    let fail = |problem| Err(Error::value(item, path, problem));
    match rule {
        Rule::Any => Ok(()),
        Rule::Words(allowed) => match item.as_text() {
            Some(text) if !allowed.contains(&text) => {
                fail(Problem::Word { text: item.shown(), allowed })
            }
            Some(_) | None => Ok(()),
        },
        Rule::Range(min, max) => {
            if outside(item, min, max) {
                fail(Problem::Range { min, max })
            } else {
                Ok(())
            }
        }
        Rule::ContainerName => match item.as_text() {
            Some(text) if !has_container_name(text) => fail(Problem::Pattern {
                text: item.shown(),
                wanted: "a container name of two characters or more",
            }),
            Some(_) | None => Ok(()),
        },
        Rule::PullPolicy => match item.as_text() {
            Some(text) if !is_pull_policy(text) => fail(Problem::Pattern {
                text: item.shown(),
                wanted: "a pull policy: `always`, `never`, `missing`, `build`, `refresh`, `daily`, `weekly` or `every_` with a duration",
            }),
            Some(_) | None => Ok(()),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "the bounds are small, or no bounds at all")]
fn outside(item: &Item, min: i64, max: i64) -> bool {
    match item.data {
        Data::Int(number) => !(min.into()..=max.into()).contains(&number),
        Data::Float(number) => !(min as f64..=max as f64).contains(&number),
        Data::Null
        | Data::Bool(_)
        | Data::Time(_)
        | Data::Text(_)
        | Data::List(_)
        | Data::Map(_) => false,
    }
}

/// Compose asks for a name somewhere in the text, not for the whole text to be one.
fn has_container_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| {
        pair[0].is_ascii_alphanumeric()
            && (pair[1].is_ascii_alphanumeric() || matches!(pair[1], b'_' | b'.' | b'-'))
    })
}

/// Compose asks for a policy somewhere in the text, not for the whole text to be one.
fn is_pull_policy(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
    WORDS.iter().any(|word| text.contains(word))
        || text.match_indices("every_").any(|(index, every)| {
            let rest = &text[index + every.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest[digits..].starts_with(['w', 'd', 'h', 'm', 's'])
        })
}

fn list(item: &Item, shape: &Shape, unique: Unique, path: &str, faults: &mut Faults) {
    let Some(items) = item.as_list() else {
        let problem = Problem::Kind { wanted: "a list".to_owned(), found: item.kind() };
        faults.push(Error::value(item, path, problem));
        return;
    };
    for (index, item) in items.iter().enumerate() {
        value(item, shape, &format!("{path}[{index}]"), faults);
    }
    if unique == Unique::Yes {
        faults.extend(differ(items, path).err());
    }
}

fn differ(items: &[Item], path: &str) -> Result<(), Error> {
    // Only items that are written alike can be equal.
    let mut alike: HashMap<String, Vec<usize>> = HashMap::with_capacity(items.len());
    for (second, item) in items.iter().enumerate() {
        let before = alike.entry(raw(item).to_string()).or_default();
        if let Some(first) = before.iter().copied().find(|first| items[*first] == *item) {
            return Err(Error::value(item, path, Problem::Duplicate { first, second }));
        }
        before.push(second);
    }
    Ok(())
}

fn one_or_more(item: &Item, unique: Unique, shape: &Shape, path: &str, faults: &mut Faults) {
    if item.as_list().is_some() {
        list(item, &WORD, unique, path, faults);
    } else if !scalar_fits(item, TEXT) {
        faults.push(kind(item, shape, path));
    }
}

fn pairs(item: &Item, shape: &Shape, path: &str, faults: &mut Faults) {
    if item.as_list().is_some() {
        list(item, &WORD, Unique::Yes, path, faults);
        return;
    }
    let Some(map) = item.as_map() else {
        faults.push(kind(item, shape, path));
        return;
    };
    for (key, value) in map {
        let path = join(path, key);
        if !matches!(shape, Shape::Hosts) {
            faults.extend(scalar(value, TEXT | NUMBER | BOOL | NULL, Rule::Any, &path).err());
        } else if value.as_list().is_some() {
            list(value, &WORD, Unique::No, &path, faults);
        } else {
            faults.extend(scalar(value, TEXT, Rule::Any, &path).err());
        }
    }
}

fn record(item: &Item, map: &Map, record: &Record, path: &str, faults: &mut Faults) {
    for (key, member) in map {
        if let Some(field) = record.field(key) {
            value(member, &field.shape, &join(path, key), faults);
        } else if !record.open && (!record.extensible || !key.starts_with("x-")) {
            let nearest = nearest(key, record.fields.iter().map(|field| field.name));
            faults.push(Error::key(
                member,
                path,
                Problem::UnknownKey { key: key.clone(), nearest },
            ));
        }
    }
    let missing = record.fields.iter().filter(|field| field.required);
    let missing = missing.filter(|field| !map.contains_key(field.name));
    faults
        .extend(missing.map(|field| Error::key(item, path, Problem::Missing { key: field.name })));
}

fn table(map: &Map, values: &Shape, keys: Keys, path: &str, faults: &mut Faults) {
    for (key, member) in map {
        let is_name = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let looked_at = match keys {
            Keys::Names if !is_name => {
                faults.push(Error::key(member, path, Problem::ElementName { name: key.clone() }));
                false
            }
            Keys::Names | Keys::Free => true,
            Keys::NamesOrAnything => is_name,
            Keys::Limits => !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase()),
        };
        if looked_at {
            value(member, values, &join(path, key), faults);
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
