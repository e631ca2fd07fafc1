//! What a Compose file says, before it has types: plain data that remembers where each piece was written, and whether it
//! came out of an encrypted file.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use litemap::LiteMap;

use crate::yaml::{Position, Timestamp, go_float};

/// A file that was read.
#[derive(PartialEq, Eq)]
pub(super) struct Source {
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its text; `None` when it was decrypted, because an excerpt must not show it.
    pub(super) text: Option<String>,
    /// Where its lines begin, once somebody asked for one.
    lines: OnceLock<Vec<usize>>,
}

impl Source {
    /// A file with its text.
    pub(super) fn new(path: PathBuf, text: Option<String>) -> Self {
        Self { path, text, lines: OnceLock::new() }
    }

    /// A line, counted from 1; `None` where it may not be shown.
    pub(super) fn line(&self, number: u32) -> Option<&str> {
        let text = self.text.as_deref()?;
        let behind = |(at, _): (usize, &str)| at + 1;
        let lines = self.lines.get_or_init(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(behind)).collect()
        });
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        text.get(*lines.get(index)?..)?.lines().next()
    }
}

/// Where a value was written.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The file; `None` for what Conductor filled in.
    pub(super) source: Option<Arc<Source>>,
    /// Where the value begins.
    pub(super) at: Position,
    /// Where its key begins, or the value itself where it has none.
    pub(super) key: Position,
}

/// Where the text of a value came from, as far as printing it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Taint {
    /// It stands in the file as it is.
    #[default]
    Written,
    /// A variable was put in: shown to the person who asks for the model, not in errors.
    Expanded,
    /// It came out of an encrypted file.
    Secret,
}

/// One value.
#[derive(Clone, Default)]
pub(super) struct Item {
    /// What it says.
    pub(super) data: Data,
    /// Where it was written.
    pub(super) place: Place,
    /// Whether it may be shown.
    pub(super) taint: Taint,
}

/// The members of a mapping; Compose gives their order no meaning.
pub(super) type Map = LiteMap<String, Item>;

/// What a value says.
#[derive(Clone, Default, PartialEq)]
pub(super) enum Data {
    /// Nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Another number.
    Float(f64),
    /// A date or time, as written.
    Time(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Item>),
    /// A mapping.
    Map(Map),
}

impl PartialEq for Item {
    /// Equal in what they say, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Item {
    /// A value that takes place and taint of another.
    pub(super) fn like(other: &Self, data: Data) -> Self {
        Self { data, place: other.place.clone(), taint: other.taint }
    }

    /// Text that takes place and taint of another value.
    pub(super) fn text_like(other: &Self, text: impl Into<String>) -> Self {
        Self::like(other, Data::Text(text.into()))
    }

    /// The text, of a string.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// The members, of a mapping.
    pub(super) fn as_map(&self) -> Option<&Map> {
        if let Data::Map(map) = &self.data { Some(map) } else { None }
    }

    /// The members, of a mapping.
    pub(super) fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Data::Map(map) = &mut self.data { Some(map) } else { None }
    }

    /// The items, of a list.
    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Data::List(list) = &self.data { Some(list) } else { None }
    }

    /// The items, of a list.
    pub(super) fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Data::List(list) = &mut self.data { Some(list) } else { None }
    }

    /// The member `key`, of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Whether it is null.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Any scalar as Go prints it; null is nothing, and so are lists and mappings.
    pub(super) fn printed(&self) -> String {
        match &self.data {
            Data::Null | Data::List(_) | Data::Map(_) => String::new(),
            Data::Bool(flag) => flag.to_string(),
            Data::Int(number) => number.to_string(),
            Data::Float(number) => go_float(*number),
            Data::Time(text) => {
                Timestamp::parse(text).map_or_else(|| text.clone(), |stamp| stamp.go_string())
            }
            Data::Text(text) => text.clone(),
        }
    }

    /// The text for an error message; hidden where it is not simply what stands in the file.
    pub(super) fn shown(&self) -> String {
        match self.taint {
            Taint::Written => self.printed(),
            Taint::Expanded | Taint::Secret => "***".to_owned(),
        }
    }

    /// What people call this kind of value.
    pub(super) fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "a whole number",
            Data::Float(_) => "a number",
            Data::Time(_) => "a date",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}
