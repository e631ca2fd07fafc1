//! JSON objects whose members are left out where they would say nothing.

use serde_json::{Map, Value};

use crate::model::parts::StringMap;

/// A JSON object in the making.
#[derive(Debug, Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// Puts a member whatever its value.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Puts a text unless it is empty.
    pub(super) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        if text.is_empty() { self } else { self.put(key, text) }
    }

    /// Puts a number unless it is zero.
    pub(super) fn number(&mut self, key: &str, number: i64) -> &mut Self {
        if number == 0 { self } else { self.put(key, number) }
    }

    /// Puts `true`, and leaves out `false`.
    pub(super) fn flag(&mut self, key: &str, flag: bool) -> &mut Self {
        if flag { self.put(key, true) } else { self }
    }

    /// Puts a value if there is one.
    pub(super) fn some(&mut self, key: &str, value: Option<impl Into<Value>>) -> &mut Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    /// Puts a list unless it is empty.
    pub(super) fn list<T: Into<Value>>(&mut self, key: &str, items: Vec<T>) -> &mut Self {
        if items.is_empty() { self } else { self.put(key, items) }
    }

    /// Puts a map unless it is empty.
    pub(super) fn map(&mut self, key: &str, map: &StringMap) -> &mut Self {
        if map.is_empty() { self } else { self.put(key, text_map(map)) }
    }

    /// Puts an object unless it is empty.
    pub(super) fn object(&mut self, key: &str, object: Members) -> &mut Self {
        if object.0.is_empty() { self } else { self.put(key, object) }
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

/// A map of text as JSON.
pub(super) fn text_map(map: &StringMap) -> Value {
    Value::Object(map.iter().map(|(key, text)| (key.clone(), text.as_str().into())).collect())
}

/// A set of texts as the engine writes sets: an object of empty objects.
pub(super) fn text_set(keys: impl IntoIterator<Item = String>) -> Value {
    Value::Object(keys.into_iter().map(|key| (key, Value::Object(Map::new()))).collect())
}
