//! The canonical model to JSON with the right types, guided by the tables of the schema.

use std::collections::BTreeSet;

use serde_json::{Map as Json, Value};

use super::error::{Error, Location};
use super::extras;
use super::hosts;
use super::interpolate::flag;
use super::problem::Problem;
use super::schema::{NUMBER, Pairs, Record, Shape, To, fits};
use super::session::Warning;
use super::shellwords;
use super::units;
use super::value::{Data, Item, Map, Taint};
use crate::model::scalar::GoDuration;

/// A value, and which of its leaves came out of encrypted files.
pub(super) struct Binder {
    path: Vec<String>,
    /// Paths of leaves, or of what holds them.
    pub(super) secrets: BTreeSet<Vec<String>>,
    /// What is bound, but not as it was meant.
    pub(super) warnings: Vec<Warning>,
}

impl Binder {
    /// Begins at `path`.
    pub(super) fn new(path: &[&str]) -> Self {
        Self {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            secrets: BTreeSet::new(),
            warnings: Vec::new(),
        }
    }

    /// The members of a mapping, in the order of its table; `x-…` is left out, and so is null.
    pub(super) fn record(&mut self, item: &Item, record: &Record) -> Result<Value, Error> {
        let mut json = Json::new();
        for field in record.fields {
            let Some(value) = item.get(field.name) else { continue };
            if value.is_null() && !matches!(field.shape, Shape::Command) {
                continue;
            }
            let bound = self.at(field.name, |binder| binder.value(value, &field.shape))?;
            json.insert(field.name.to_owned(), bound);
        }
        Ok(Value::Object(json))
    }

    fn at<T>(&mut self, name: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_owned());
        let result = run(self);
        self.path.pop();
        result
    }

    fn note(&mut self, item: &Item) {
        if item.taint == Taint::Secret {
            self.secrets.insert(self.path.clone());
        }
    }

    /// The path for people: `services.web.ports[0]`.
    fn shown(&self) -> String {
        self.path.iter().fold(String::new(), |shown, part| match part.parse::<usize>() {
            Ok(index) => format!("{shown}[{index}]"),
            Err(_) if shown.is_empty() => part.clone(),
            Err(_) => format!("{shown}.{part}"),
        })
    }

    fn value(&mut self, item: &Item, shape: &Shape) -> Result<Value, Error> {
        match shape {
            Shape::Scalar(kinds, to, _) => self.scalar(item, *kinds, *to),
            Shape::List(items, _) => self.list(item, items),
            Shape::Record(record) => self.record(item, record),
            Shape::Table(values, _) => self.table(item, values),
            Shape::Either(shapes) => match shapes.iter().find(|shape| fits(item, shape)) {
                Some(fitting) => self.value(item, fitting),
                None => Ok(raw(item)),
            },
            Shape::OneOrMoreOf(one) if item.as_list().is_some() => self.list(item, one),
            Shape::OneOrMoreOf(one) => {
                Ok(Value::Array(vec![self.at("0", |binder| binder.value(item, one))?]))
            }
            Shape::OrNull(_) if item.is_null() => Ok(Value::Null),
            Shape::OrNull(inner) => self.value(item, inner),
            Shape::Pairs(kind) => self.pairs(item, *kind),
            Shape::Hosts => {
                self.note_all(item);
                if let Some(extras) = item.as_map().and_then(extras::of) {
                    return Err(Error::key(&extras, self.shown(), Problem::ExtensionKey));
                }
                hosts::list(item)
                    .map_err(|(item, problem)| Error::value(item, self.shown(), problem))
            }
            Shape::Command => self.command(item),
            Shape::Test => self.test(item),
            Shape::OneOrMore(_) if item.as_list().is_some() => self.list(item, &WORD),
            Shape::OneOrMore(_) => Ok(Value::Array(vec![
                self.at("0", |binder| binder.scalar(item, u8::MAX, To::Text))?,
            ])),
            Shape::Ssh => Ok(ssh(item)),
        }
    }

    fn list(&mut self, item: &Item, shape: &Shape) -> Result<Value, Error> {
        let items = item.as_list().unwrap_or_default().iter().enumerate();
        let bound = items
            .map(|(index, item)| self.at(&index.to_string(), |binder| binder.value(item, shape)));
        Ok(Value::Array(bound.collect::<Result<_, _>>()?))
    }

    fn table(&mut self, item: &Item, shape: &Shape) -> Result<Value, Error> {
        let mut json = Json::new();
        let extras = self.extras(item);
        for (key, value) in item.as_map().into_iter().flatten() {
            if extras.is_some() && extras::is_extra(key) {
                continue;
            }
            let bound = self.at(key, |binder| binder.value(value, shape))?;
            json.insert(key.clone(), bound);
        }
        if let Some(extras) = extras {
            let gathered = match shape {
                Shape::Scalar(..) if self.takes_text_alone() => {
                    let problem = Problem::ExtensionKey;
                    return Err(Error::key(&extras, self.shown(), problem));
                }
                Shape::Scalar(..) => Value::from(extras::go_text(&extras)),
                Shape::OneOrMoreOf(_) => Value::from(vec![extras::go_text(&extras)]),
                Shape::List(..)
                | Shape::Record(_)
                | Shape::Table(..)
                | Shape::Either(_)
                | Shape::OrNull(_)
                | Shape::Pairs(_)
                | Shape::Hosts
                | Shape::Command
                | Shape::Test
                | Shape::OneOrMore(_)
                | Shape::Ssh => Value::Object(Json::new()),
            };
            self.at(extras::GATHERED, |binder| binder.note_all(&extras));
            json.insert(extras::GATHERED.to_owned(), gathered);
            json.sort_keys();
        }
        Ok(Value::Object(json))
    }

    /// Members that Compose takes for extensions, unless the keys are those of services. They do not get where they were
    /// meant to.
    fn extras(&mut self, item: &Item) -> Option<Item> {
        if matches!(&self.path[..], [kind, _, key] if kind == "services" && key == "depends_on") {
            return None;
        }
        let extras = extras::of(item.as_map()?)?;
        for (key, value) in extras.as_map().into_iter().flatten() {
            self.warnings.push(Warning {
                at: Location::key(&value.place),
                text: format!(
                    "`{}.{key}` is taken for an extension and does not count",
                    self.shown()
                ),
                hint: Some(
                    "choose a name that does not begin with `x-`, or write a list of `NAME=value`"
                        .to_owned(),
                ),
            });
        }
        Some(extras)
    }

    /// Whether Compose cannot put anything but text there.
    fn takes_text_alone(&self) -> bool {
        matches!(&self.path[..], [.., key] if key == "storage_opt")
            || matches!(&self.path[..], [kind, _, key] if kind == "secrets" && key == "driver_opts")
    }

    fn scalar(&mut self, item: &Item, kinds: u8, to: To) -> Result<Value, Error> {
        self.note(item);
        let fail = |wanted: &'static str| Problem::Cast { text: item.shown(), wanted };
        let bound = match to {
            To::Text if matches!(item.data, Data::Float(_)) && kinds & NUMBER != NUMBER => {
                Err(fail("text or a whole number"))
            }
            To::Text => Ok(Value::from(item.printed())),
            To::Flag => flag(&item.printed()).map(Value::from).ok_or_else(|| fail("a boolean")),
            To::Count if item.as_text().is_some() => Err(fail("a whole number")),
            To::Unsigned => match whole(item) {
                None => Err(fail("a whole number")),
                Some(i64::MIN) if !item.printed().starts_with('-') => Ok(Value::from(i64::MAX)),
                Some(..=-1) => Err(Problem::Range { min: 0, max: i64::MAX }),
                Some(number) => Ok(Value::from(number)),
            },
            To::Int if self.path.last().is_some_and(|key| key == "count") => {
                whole(item).map(Value::from).ok_or_else(|| fail("a whole number, nor `all`"))
            }
            To::Int | To::Count => {
                whole(item).map(Value::from).ok_or_else(|| fail("a whole number"))
            }
            To::Float => {
                item.printed().parse::<f64>().map(Value::from).map_err(|_| fail("a number"))
            }
            To::Bytes => bytes(item).map(|bytes| Value::from(bytes.to_string())),
            To::Duration => {
                let text = item.printed();
                GoDuration::parse(&text)
                    .map(|duration| Value::from(duration.to_string()))
                    .ok_or_else(|| Problem::Duration { text: item.shown() })
            }
            To::Mode => mode(item).map(|mode| Value::from(format!("0{mode:o}"))),
            To::ModeNumber if item.as_text().is_some() => Err(fail("a number")),
            To::ModeNumber => whole(item).map(Value::from).ok_or_else(|| fail("a number")),
        };
        bound.map_err(|problem| Error::value(item, self.shown(), problem))
    }

    fn pairs(&mut self, item: &Item, kind: Pairs) -> Result<Value, Error> {
        let mut json = Json::new();
        let missing = || match kind {
            Pairs::Text => Value::from(""),
            Pairs::Variables => Value::Null,
        };
        let extras = self.extras(item);
        if let Some(extras) = &extras {
            self.at(extras::GATHERED, |binder| binder.note(extras));
            json.insert(extras::GATHERED.to_owned(), Value::from(extras::go_text(extras)));
        }
        for (key, value) in item.as_map().into_iter().flatten() {
            if extras.is_some() && extras::is_extra(key) {
                continue;
            }
            self.at(key, |binder| binder.note(value));
            let bound = if value.is_null() { missing() } else { Value::from(value.printed()) };
            json.insert(key.clone(), bound);
        }
        for pair in item.as_list().into_iter().flatten() {
            let text = pair.printed();
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Value::from(value)),
                None => (text.as_str(), missing()),
            };
            if kind == Pairs::Variables && key.ends_with(char::is_whitespace) {
                let problem = Problem::TrailingSpace { name: key.trim_end().to_owned() };
                return Err(Error::value(pair, self.shown(), problem));
            }
            self.at(key, |binder| binder.note(pair));
            json.insert(key.to_owned(), value);
        }
        json.sort_keys();
        Ok(Value::Object(json))
    }

    fn command(&mut self, item: &Item) -> Result<Value, Error> {
        let Some(text) = item.as_text() else {
            return if item.is_null() { Ok(Value::Null) } else { self.list(item, &WORD) };
        };
        self.note(item);
        let words = shellwords::split(text);
        words.map(Value::from).map_err(|problem| Error::value(item, self.shown(), problem))
    }

    fn test(&mut self, item: &Item) -> Result<Value, Error> {
        let Some(text) = item.as_text() else { return self.list(item, &WORD) };
        self.note(item);
        Ok(Value::from(vec!["CMD-SHELL", text]))
    }

    fn note_all(&mut self, item: &Item) {
        let list = item.as_list().into_iter().flatten();
        let values = item.as_map().into_iter().flat_map(Map::values);
        if list.chain(values).any(|item| item.taint == Taint::Secret) {
            self.secrets.insert(self.path.clone());
        }
    }
}

const WORD: Shape = Shape::Scalar(u8::MAX, To::Text, super::schema::Rule::Any);

fn whole(item: &Item) -> Option<i64> {
    if let Data::Float(number) = &item.data {
        return Some(units::truncated(*number));
    }
    item.printed().parse().ok()
}

/// A size; a fraction without quotes counts for nothing, as it does for Compose.
fn bytes(item: &Item) -> Result<i64, Problem> {
    if matches!(item.data, Data::Float(_)) {
        return Ok(0);
    }
    units::bytes(&item.printed()).map_err(|_| Problem::Size { text: item.shown() })
}

fn mode(item: &Item) -> Result<i64, Problem> {
    let mode = match (item.as_text(), &item.data) {
        (Some(text), _) => i64::from_str_radix(text, 8).ok(),
        (None, Data::Float(_)) => None,
        (None, _) => whole(item),
    };
    mode.filter(|mode| (0..=i64::from(u32::MAX)).contains(mode))
        .ok_or_else(|| Problem::FileMode { text: item.shown() })
}

fn ssh(item: &Item) -> Value {
    let pairs = super::merge::as_sequence(item.clone());
    Value::from(pairs.iter().map(Item::printed).collect::<Vec<_>>())
}

/// A value as it is.
pub(super) fn raw(item: &Item) -> Value {
    match &item.data {
        Data::Null => Value::Null,
        Data::Bool(flag) => Value::from(*flag),
        Data::Int(number) => i64::try_from(*number)
            .map(Value::from)
            .or_else(|_| u64::try_from(*number).map(Value::from))
            .unwrap_or_default(),
        Data::Float(number) => Value::from(*number),
        Data::Time(_) | Data::Text(_) => Value::from(item.printed()),
        // Go takes a list without items for nothing.
        Data::List(list) if list.is_empty() => Value::Null,
        Data::List(list) => Value::from(list.iter().map(raw).collect::<Vec<_>>()),
        Data::Map(map) => {
            Value::Object(map.iter().map(|(key, item)| (key.clone(), raw(item))).collect())
        }
    }
}
