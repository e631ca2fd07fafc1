//! The model as Compose prints it as YAML: with the extensions that JSON leaves out, and names in the order in which people
//! count.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Json, Value};

use super::bind::raw;
use super::schema::{self, Record, Shape};
use super::value::{Item, Map, Taint};

/// The parts of a model, in the order of YAML, each with the table of its elements.
const PARTS: [(&str, &Record); 6] = [
    ("services", &schema::SERVICE),
    ("networks", &schema::NETWORK),
    ("volumes", &schema::VOLUME),
    ("secrets", &schema::SECRET),
    ("configs", &schema::CONFIG),
    ("models", &schema::MODEL),
];

/// A model in the order and with the members of YAML, and the paths of what in it came out of encrypted files.
pub(super) struct Printed {
    /// The model; dollar signs are not doubled.
    pub(super) model: Value,
    /// Paths of extensions that may not be shown.
    pub(super) secrets: BTreeSet<Vec<String>>,
}

/// A model as YAML has it: its typed `parts`, and what only the canonical model `map` has that they were bound from.
pub(super) fn printed(mut parts: BTreeMap<String, Value>, map: &Map) -> Printed {
    let mut writer = Writer { path: Vec::new(), secrets: BTreeSet::new() };
    let mut model = Json::new();
    model.extend(parts.remove_entry("name"));
    for (kind, record) in PARTS {
        let Some(Value::Object(elements)) = parts.remove(kind) else { continue };
        let shape = Shape::Record(record);
        let elements = writer.below(kind, |writer| writer.table(elements, map.get(kind), &shape));
        model.insert(kind.to_owned(), Value::Object(elements));
    }
    members(&mut model, "services").filter_map(Value::as_object_mut).for_each(prune);
    for network in members(&mut model, "networks") {
        let Some(network) = network.as_object_mut() else { continue };
        network
            .retain(|key, value| !(key == "ipam" && value.as_object().is_some_and(Json::is_empty)));
    }
    model.extend(extensions(map));
    Printed { model: Value::Object(model), secrets: writer.secrets }
}

/// Takes out what JSON cannot leave out.
fn prune(service: &mut Json<String, Value>) {
    service.retain(|key, value| {
        !(value.is_null() && matches!(key.as_str(), "command" | "entrypoint"))
    });
    let hooks = service.get_mut("pre_start").and_then(Value::as_array_mut).into_iter().flatten();
    for hook in hooks.filter_map(Value::as_object_mut) {
        hook.retain(|key, value| !(value.is_null() && key == "command"));
    }
    let is_empty = |value: &Value| value.as_object().is_some_and(Json::is_empty);
    if let Some(deploy) = service.get_mut("deploy").and_then(Value::as_object_mut) {
        deploy.retain(|key, value| {
            !(is_empty(value) && matches!(key.as_str(), "resources" | "placement"))
        });
    }
    let env_files = service.get_mut("env_file").and_then(Value::as_array_mut).into_iter().flatten();
    for file in env_files.filter_map(Value::as_object_mut) {
        file.retain(|key, value| !(key == "required" && *value == Value::Bool(true)));
    }
    lower(service.get_mut("blkio_config"));
    let watches =
        service.get_mut("develop").and_then(|develop| develop.get_mut("watch")?.as_array_mut());
    for watch in watches.into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(exec) = watch.get_mut("exec").and_then(Value::as_object_mut) {
            exec.retain(|_, value| !value.is_null());
        }
        watch.retain(|key, value| !(key == "exec" && is_empty(value)));
    }
}

/// Writes the keys of devices as people write them; JSON has them with a capital.
fn lower(limits: Option<&mut Value>) {
    for devices in limits.and_then(Value::as_object_mut).into_iter().flat_map(Json::values_mut) {
        for device in devices.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut)
        {
            let members = std::mem::take(device).into_iter();
            *device = members.map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
        }
    }
}

fn members<'m>(
    model: &'m mut Json<String, Value>,
    kind: &str,
) -> impl Iterator<Item = &'m mut Value> {
    let elements = model.get_mut(kind).and_then(Value::as_object_mut);
    elements.into_iter().flat_map(|elements| elements.values_mut())
}

struct Writer {
    path: Vec<String>,
    secrets: BTreeSet<Vec<String>>,
}

impl Writer {
    fn below<T>(&mut self, part: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part.to_owned());
        let result = run(self);
        self.path.pop();
        result
    }

    fn value(&mut self, value: Value, item: Option<&Item>, shape: &Shape) -> Value {
        match (shape, value) {
            (Shape::Record(record), Value::Object(members)) => {
                Value::Object(self.record(members, item, record))
            }
            (Shape::OrNull(inner), value) => self.value(value, item, inner),
            (Shape::Table(inner, _), Value::Object(members)) => {
                Value::Object(self.table(members, item, inner))
            }
            (Shape::List(inner, _) | Shape::OneOrMoreOf(inner), Value::Array(items)) => {
                let all = item.and_then(Item::as_list);
                let items = items.into_iter().enumerate().map(|(index, value)| {
                    let below = all.and_then(|all| all.get(index));
                    self.below(&index.to_string(), |writer| writer.value(value, below, inner))
                });
                Value::Array(items.collect())
            }
            (Shape::Either(shapes), value) => {
                let fitting =
                    item.and_then(|item| shapes.iter().find(|shape| schema::fits(item, shape)));
                match fitting {
                    Some(shape) => self.value(value, item, shape),
                    None => ordered(value),
                }
            }
            (_, value) => ordered(value),
        }
    }

    fn table(
        &mut self,
        members: Json<String, Value>,
        item: Option<&Item>,
        shape: &Shape,
    ) -> Json<String, Value> {
        let mut members: Vec<(String, Value)> = members.into_iter().collect();
        members.sort_by(|(a, _), (b, _)| natural(a, b));
        let one = |(key, value): (String, Value)| {
            let below = item.and_then(|item| item.get(&key));
            let value = self.below(&key, |writer| writer.value(value, below, shape));
            (key, value)
        };
        members.into_iter().map(one).collect()
    }

    fn record(
        &mut self,
        members: Json<String, Value>,
        item: Option<&Item>,
        record: &Record,
    ) -> Json<String, Value> {
        let mut out = Json::new();
        for (key, value) in members {
            let below = item.and_then(|item| item.get(&key));
            let value = match record.field(&key) {
                Some(field) => self.below(&key, |writer| writer.value(value, below, &field.shape)),
                None => ordered(value),
            };
            out.insert(key, value);
        }
        let Some(map) = item.and_then(Item::as_map) else { return out };
        for (key, extension) in map.iter().filter(|(key, _)| key.starts_with("x-")) {
            self.below(key, |writer| writer.note(extension));
        }
        out.extend(extensions(map));
        out
    }

    fn note(&mut self, item: &Item) {
        if item.taint == Taint::Secret {
            self.secrets.insert(self.path.clone());
        }
        for (index, item) in item.as_list().into_iter().flatten().enumerate() {
            self.below(&index.to_string(), |writer| writer.note(item));
        }
        for (key, item) in item.as_map().into_iter().flatten() {
            self.below(key, |writer| writer.note(item));
        }
    }
}

/// The extensions of a mapping, in order.
fn extensions(map: &Map) -> impl Iterator<Item = (String, Value)> {
    let mut extensions: Vec<_> = map.iter().filter(|(key, _)| key.starts_with("x-")).collect();
    extensions.sort_by(|(a, _), (b, _)| natural(a, b));
    extensions.into_iter().map(|(key, item)| (key.clone(), ordered(raw(item))))
}

/// A value with its names in order, at every depth.
pub(super) fn ordered(mut value: Value) -> Value {
    order(&mut value);
    value
}

fn order(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(order);
            if !members.keys().is_sorted_by(|a, b| natural(a, b).is_le()) {
                let mut all: Vec<(String, Value)> = std::mem::take(members).into_iter().collect();
                all.sort_by(|(a, _), (b, _)| natural(a, b));
                members.extend(all);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(order),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}

/// The order of Go's YAML library: numbers within names by their value, letters behind other characters, or before them where
/// digits precede.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let (before, a) = a.split_at(same.map(|(c, _)| c.len_utf8()).sum());
    let b = &b[before.len()..];
    let (Some(one), Some(other)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    let behind_digit = before.chars().next_back().is_some_and(char::is_numeric);
    match (one.is_alphabetic(), other.is_alphabetic()) {
        (true, true) => one.cmp(&other),
        (true, false) if behind_digit => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if behind_digit => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let zero = one == '0' || other == '0';
            let mut before = before.chars().rev().take_while(|c| c.is_numeric());
            let lead = i64::from(zero && before.any(|c| c != '0'));
            let number = |rest: &str| {
                let digits = rest.chars().take_while(|c| c.is_numeric());
                digits.fold((lead, 0_usize), |(value, count), c| {
                    let digit = i64::from(u32::from(c)) - i64::from(u32::from('0'));
                    (value.wrapping_mul(10).wrapping_add(digit), count + 1)
                })
            };
            number(a).cmp(&number(b)).then(one.cmp(&other))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_in_which_people_count() {
        let mut names =
            ["web10", "web2", "web", "a-b", "ab", "a_c", "web02", "Web", "a1b", "a10", "a1-"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names.join(" "), "Web a-b a_c a1b a1- a10 ab web web2 web02 web10");
    }
}
