//! YAML nodes to values; the tags `!reset` and `!override` on the way.

use std::sync::Arc;

use crate::yaml::{self, Node, Value};

use super::error::{Error, Location};
use super::problem::Problem;
use super::session::Text;
use super::value::{Data, Item, Map, Place, Source, Taint};

/// One YAML document of a Compose file.
#[derive(Clone)]
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
        let mut resets = Vec::new();
        if strip_resets(&mut node, &mut Vec::new(), &mut resets) {
            continue;
        }
        yaml::apply_merges(&mut node).map_err(yaml_error)?;
        let taint = if text.is_secret() { Taint::Secret } else { Taint::Written };
        let mut reader = Reader { source: &text.source, taint, path: Vec::new() };
        let place = reader.place(&node);
        documents.push(Document { root: reader.item(&node, place)?, resets });
    }
    Ok(documents)
}

/// Takes out what is tagged `!reset`, before `<<` could bring it back, and notes its path and that of `!override`. A path
/// through `<<` is that of the mapping around it. True when the node itself is reset.
fn strip_resets(node: &mut Node, path: &mut Vec<String>, resets: &mut Vec<Vec<String>>) -> bool {
    let reset = node.tag.as_deref() == Some("!reset");
    if reset || node.tag.as_deref() == Some("!override") {
        resets.push(path.iter().filter(|part| *part != "<<").cloned().collect());
    }
    if let Value::Mapping(entries) = &mut node.value {
        entries.retain_mut(|entry| {
            path.push(entry.key.text().unwrap_or_default().to_owned());
            let stripped = strip_resets(&mut entry.value, path, resets);
            path.pop();
            !stripped
        });
    } else if let Value::Sequence(items) = &mut node.value {
        path.push("[]".to_owned());
        items.retain_mut(|item| !strip_resets(item, path, resets));
        path.pop();
    }
    reset
}

struct Reader<'t> {
    source: &'t Arc<Source>,
    taint: Taint,
    path: Vec<String>,
}

impl Reader<'_> {
    fn place(&self, node: &Node) -> Place {
        Place { source: Some(Arc::clone(self.source)), at: node.at, key: node.at }
    }

    fn item(&mut self, node: &Node, place: Place) -> Result<Item, Error> {
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
        Ok(Item { data, place, taint: self.taint })
    }

    fn list(&mut self, nodes: &[Node]) -> Result<Data, Error> {
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            self.path.push(format!("[{index}]"));
            items.push(self.item(node, self.place(node))?);
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
                return Err(Error::invalid(
                    at,
                    self.path.join(".").replace(".[", "["),
                    Problem::KeyNotText { key },
                ));
            };
            self.path.push(key.clone());
            let place = Place { key: entry.key.at, ..self.place(&entry.value) };
            map.insert(key.clone(), self.item(&entry.value, place)?);
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
