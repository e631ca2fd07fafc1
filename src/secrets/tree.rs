//! What SOPS sees in a file, whatever its format: ordered documents of keys, values and comments.

use zeroize::{Zeroize as _, Zeroizing};

use crate::yaml::Timestamp;

/// One document: entries and comments in their order. Keys may repeat where the format lets them.
pub(super) type Document = Vec<Item>;

/// Text that is wiped from memory when it is dropped.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// One place of a document or of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A comment without its `#`.
    Comment(Bytes),
    /// A key and its value.
    Entry(String, Value),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(Timestamp),
    /// Nearly always UTF-8.
    Text(Bytes),
    List(Vec<Value>),
    Map(Document),
    /// A comment that stands among the items of a list.
    Comment(Bytes),
}

impl Value {
    /// A text value.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.as_bytes().to_vec()))
    }

    /// The text, where it is UTF-8; a time as SOPS writes times.
    pub(super) fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Time(time) => Some(time.rfc3339()),
            Self::Int(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Comment(_) => None,
        }
    }

    /// The entries, of a map.
    pub(super) fn as_map(&self) -> Option<&Document> {
        if let Self::Map(items) = self { Some(items) } else { None }
    }

    /// The items, of a list.
    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The bytes that SOPS encrypts and feeds to the MAC; `None` for what it leaves alone.
    pub(super) fn canonical(&self) -> Option<Bytes> {
        Some(Zeroizing::new(match self {
            Self::Bool(value) => if *value { "True" } else { "False" }.into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float(number) => float_text(*number).into(),
            Self::Time(time) => time.rfc3339().into(),
            Self::Text(bytes) => bytes.to_vec(),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Comment(_) => return None,
        }))
    }
}

/// The shortest digits that read back the same, never with an exponent.
fn float_text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    number.to_string()
}

/// The value of `key` in a document; the first, where it repeats.
pub(super) fn get<'d>(document: &'d [Item], key: &str) -> Option<&'d Value> {
    document.iter().find_map(|item| match item {
        Item::Entry(name, value) if name == key => Some(value),
        Item::Entry(..) | Item::Comment(_) => None,
    })
}

/// The documents of a file: wiped from memory when they are dropped, numbers as well.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Documents(pub(super) Vec<Document>);

impl Drop for Documents {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|document| wipe(document));
    }
}

/// Overwrites what text does not overwrite by itself.
fn wipe(items: &mut [Item]) {
    for item in items {
        if let Item::Entry(_, value) = item {
            wipe_value(value);
        }
    }
}

fn wipe_value(value: &mut Value) {
    match value {
        Value::Bool(value) => value.zeroize(),
        Value::Int(number) => number.zeroize(),
        Value::Float(number) => number.zeroize(),
        Value::List(items) => items.iter_mut().for_each(wipe_value),
        Value::Map(items) => wipe(items),
        Value::Null | Value::Time(_) | Value::Text(_) | Value::Comment(_) => (),
    }
}
