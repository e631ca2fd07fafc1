//! What SOPS sees in a file, whatever its format: ordered documents of keys, values and comments.

use crate::yaml::Timestamp;

/// One document: entries and comments in their order. Keys may repeat where the format lets them.
pub(super) type Document = Vec<Item>;

/// One place of a document or of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A comment without its `#`.
    Comment(Vec<u8>),
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
    Text(Vec<u8>),
    List(Vec<Value>),
    Map(Document),
    /// A comment that stands among the items of a list.
    Comment(Vec<u8>),
}

impl Value {
    /// A text value.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
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
    pub(super) fn canonical(&self) -> Option<Vec<u8>> {
        Some(match self {
            Self::Bool(value) => if *value { "True" } else { "False" }.into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float(number) => float_text(*number).into(),
            Self::Time(time) => time.rfc3339().into(),
            Self::Text(bytes) => bytes.clone(),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Comment(_) => return None,
        })
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
pub(super) fn get<'d>(document: &'d Document, key: &str) -> Option<&'d Value> {
    document.iter().find_map(|item| match item {
        Item::Entry(name, value) if name == key => Some(value),
        Item::Entry(..) | Item::Comment(_) => None,
    })
}
