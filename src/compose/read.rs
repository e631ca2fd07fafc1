//! YAML nodes to values; the tags `!reset` and `!override` on the way.

use std::sync::Arc;

use crate::yaml::{self, Node, Value};

use super::error::{Error, Location};
use super::problem::Problem;
use super::session::Text;
use super::value::{Data, Item, Map, Place, Source, Taint};

/// One YAML document of a Compose file.
pub(super) struct Document {
    /// Its top level.
    pub(super) root: Item,
    /// What it resets in the files before it, as paths of the model.
    pub(super) resets: Vec<Vec<String>>,
}

/// Reads the documents of a file.
pub(super) fn documents(text: &Text) -> Result<Vec<Document>, Error> {
    let yaml_error = |source: yaml::Error| {
        let at = Box::new(Location::of(&text.source, source.at));
        Error::Yaml { at, source }
    };
    let mut documents = Vec::new();
    for mut node in yaml::parse(text.as_str()).map_err(yaml_error)? {
        yaml::apply_merges(&mut node).map_err(yaml_error)?;
        let taint = if text.is_secret() { Taint::Secret } else { Taint::Written };
        let mut reader =
            Reader { source: &text.source, taint, path: Vec::new(), resets: Vec::new() };
        let place = reader.place(&node);
        if let Some(root) = reader.item(&node, place)? {
            documents.push(Document { root, resets: reader.resets });
        }
    }
    Ok(documents)
}

struct Reader<'t> {
    source: &'t Arc<Source>,
    taint: Taint,
    path: Vec<String>,
    resets: Vec<Vec<String>>,
}

impl Reader<'_> {
    fn place(&self, node: &Node) -> Place {
        Place { source: Some(Arc::clone(self.source)), at: node.at, key: node.at }
    }

    /// The value of a node; `None` when it is reset.
    fn item(&mut self, node: &Node, place: Place) -> Result<Option<Item>, Error> {
        match node.tag.as_deref() {
            Some("!reset") => {
                self.resets.push(self.path.clone());
                return Ok(None);
            }
            Some("!override") => self.resets.push(self.path.clone()),
            Some(_) | None => (),
        }
        let data = match &node.value {
            Value::Null => Data::Null,
            Value::Bool(flag) => Data::Bool(*flag),
            Value::Int(number) => Data::Int(i128::from(*number)),
            Value::Uint(number) => Data::Int(i128::from(*number)),
            Value::Float(number) => Data::Float(*number),
            Value::Timestamp(text) => Data::Time(text.clone()),
            Value::String(text) if node.tag.is_some() && text.is_empty() => Data::Null,
            Value::String(text) => Data::Text(text.clone()),
            Value::Sequence(items) => self.list(items)?,
            Value::Mapping(entries) => self.map(entries)?,
        };
        Ok(Some(Item { data, place, taint: self.taint }))
    }

    fn list(&mut self, nodes: &[Node]) -> Result<Data, Error> {
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            self.path.push(format!("[{index}]"));
            let place = self.place(node);
            items.extend(self.item(node, place)?);
            self.path.pop();
        }
        Ok(Data::List(items))
    }

    fn map(&mut self, entries: &[yaml::Entry]) -> Result<Data, Error> {
        let mut map = Map::new();
        for entry in entries {
            let Value::String(key) = &entry.key.value else {
                let key = entry.key.text().unwrap_or("[…]").to_owned();
                let at = Location::of(self.source, entry.key.at);
                return Err(Error::invalid(at, self.path.join("."), Problem::KeyNotText { key }));
            };
            self.path.push(key.clone());
            let place = Place { key: entry.key.at, ..self.place(&entry.value) };
            if let Some(item) = self.item(&entry.value, place)? {
                map.insert(key.clone(), item);
            }
            self.path.pop();
        }
        Ok(Data::Map(map))
    }
}

/// Removes what a later document resets.
pub(super) fn apply_resets(map: &mut Map, resets: &[Vec<String>]) {
    for path in resets {
        remove(map, path);
    }
}

fn remove(map: &mut Map, path: &[String]) {
    match path {
        [] => (),
        [key] => {
            map.remove(key);
        }
        [key, rest @ ..] => {
            if let Some(inner) = map.get_mut(key).and_then(Item::as_map_mut) {
                remove(inner, rest);
            }
        }
    }
}
