//! YAML nodes to values; the tags `!reset` and `!override` on the way.

use std::sync::Arc;

use crate::yaml::{self, Node, Position, Value};

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
        if is_tagged(&node) && strip_resets(&mut node, &mut Vec::new(), &mut resets) {
            continue;
        }
        yaml::apply_merges(&mut node).map_err(yaml_error)?;
        keys(&node, &mut Vec::new(), &text.source)?;
        let taint = if text.is_secret() { Taint::Secret } else { Taint::Written };
        let reader = Reader { source: &text.source, taint };
        let place = reader.place(node.at);
        documents.push(Document { root: reader.item(node, place), resets });
    }
    Ok(documents)
}

/// Whether a node has a tag, or one below it.
fn is_tagged(node: &Node) -> bool {
    node.tag.is_some()
        || node.as_sequence().into_iter().flatten().any(is_tagged)
        || node.as_mapping().into_iter().flatten().any(|entry| is_tagged(&entry.value))
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

/// A part of a path: a member, or an item of a list.
enum Part<'n> {
    Key(&'n str),
    Index(usize),
}

/// Fails where a key is not text.
fn keys<'n>(node: &'n Node, path: &mut Vec<Part<'n>>, source: &Arc<Source>) -> Result<(), Error> {
    for (index, item) in node.as_sequence().into_iter().flatten().enumerate() {
        path.push(Part::Index(index));
        keys(item, path, source)?;
        path.pop();
    }
    for entry in node.as_mapping().into_iter().flatten() {
        let Some(key) = entry.key.as_str() else {
            let key = entry.key.text().unwrap_or("[…]").to_owned();
            let at = Location::of(source, entry.key.at);
            return Err(Error::invalid(at, shown(path), Problem::KeyNotText { key }));
        };
        path.push(Part::Key(key));
        keys(&entry.value, path, source)?;
        path.pop();
    }
    Ok(())
}

/// A path for people: `services.web.ports[0]`.
fn shown(path: &[Part<'_>]) -> String {
    path.iter().fold(String::new(), |shown, part| match part {
        Part::Index(index) => format!("{shown}[{index}]"),
        Part::Key(key) if shown.is_empty() => (*key).to_owned(),
        Part::Key(key) => format!("{shown}.{key}"),
    })
}

/// Makes values of nodes, whose keys are text.
struct Reader<'t> {
    source: &'t Arc<Source>,
    taint: Taint,
}

impl Reader<'_> {
    fn place(&self, at: Position) -> Place {
        Place { source: Some(Arc::clone(self.source)), at, key: at }
    }

    fn item(&self, node: Node, place: Place) -> Item {
        let data = match node.value {
            Value::Null => Data::Null,
            Value::Bool(flag) => Data::Bool(flag),
            Value::Int(number) => Data::Int(i128::from(number)),
            Value::Uint(number) => Data::Int(i128::from(number)),
            Value::Float(number) => Data::Float(number),
            Value::Timestamp(text) => Data::Time(text),
            Value::String(text) if node.tag.is_some() && text.is_empty() => Data::Null,
            Value::String(text) => Data::Text(text),
            Value::Sequence(nodes) => Data::List(self.list(nodes)),
            Value::Mapping(entries) => Data::Map(self.map(entries)),
        };
        Item { data, place, taint: self.taint }
    }

    fn list(&self, nodes: Vec<Node>) -> Vec<Item> {
        // Not collected in place: a node is larger than what becomes of it.
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            let place = self.place(node.at);
            items.push(self.item(node, place));
        }
        items
    }

    fn map(&self, entries: Vec<yaml::Entry>) -> Map {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = Place { key: entry.key.at, ..self.place(entry.value.at) };
            let Value::String(key) = entry.key.value else { continue };
            members.push((key, self.item(entry.value, place)));
        }
        // No key comes twice: the parser sees to it, and so does what applies `<<`.
        members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Map::from_sorted_store_unchecked(members)
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
