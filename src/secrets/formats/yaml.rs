//! YAML files: several documents, comments, typed values; aliases are expanded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secrets::error::Cause;
use crate::secrets::tree::{Bytes, Document, Item, Value};
use crate::yaml::{self, Comments, Entry, Node, Style, Timestamp};

/// Reads the documents; each must be a mapping or empty.
pub(super) fn load(bytes: &[u8]) -> Result<Vec<Document>, Cause> {
    yaml::parse_bytes(bytes).map_err(Cause::Yaml)?.iter().map(document).collect()
}

/// Writes the documents, quoted with care. What was built on the way is wiped.
pub(super) fn emit(documents: &[Document]) -> Vec<u8> {
    let text = |document: &Document| {
        let mut node = map_node(document);
        let text = Zeroizing::new(yaml::write(&node));
        each(&mut node, &mut wipe);
        text
    };
    let texts: Vec<_> = documents.iter().map(text).collect();
    // Of the right size from the beginning: what grows leaves copies behind.
    let mut out = Vec::with_capacity(texts.iter().map(|text| text.len() + 4).sum());
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b"---\n");
        }
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// Does something with a node and all below it, keys not counted.
fn each(node: &mut Node, act: &mut dyn FnMut(&mut Node)) {
    if let yaml::Value::Mapping(entries) = &mut node.value {
        for entry in entries {
            each(&mut entry.value, act);
        }
    } else if let yaml::Value::Sequence(items) = &mut node.value {
        for item in items {
            each(item, act);
        }
    }
    act(node);
}

fn wipe(node: &mut Node) {
    if let yaml::Value::String(text) = &mut node.value {
        text.zeroize();
    }
    node.raw.zeroize();
}

/// Writes the documents, indented by `step` blanks.
pub(super) fn emit_indented(documents: &[Document], step: usize) -> Vec<u8> {
    let text = |document: &Document| yaml::write_indented(&map_node(document), step);
    documents.iter().map(text).collect::<Vec<_>>().join("---\n").into_bytes()
}

/// Writes one value as a document.
pub(super) fn emit_value(value: &Value) -> Vec<u8> {
    yaml::write(&node(value)).into_bytes()
}

fn document(node: &Node) -> Result<Document, Cause> {
    match &node.value {
        yaml::Value::Mapping(entries) => map(node, entries, ""),
        yaml::Value::Null => Ok(comments(node.comments_tail()).map(Item::Comment).collect()),
        yaml::Value::Bool(_)
        | yaml::Value::Int(_)
        | yaml::Value::Uint(_)
        | yaml::Value::Float(_)
        | yaml::Value::Timestamp(_)
        | yaml::Value::String(_)
        | yaml::Value::Sequence(_) => Err(bad("(top)", "it is not a mapping")),
    }
}

fn bad(path: &str, reason: &'static str) -> Cause {
    Cause::Value { path: path.to_owned(), reason }
}

fn comments(texts: &[String]) -> impl Iterator<Item = Bytes> {
    texts.iter().map(|text| text.as_bytes().to_vec().into())
}

fn map(node: &Node, entries: &[Entry], path: &str) -> Result<Document, Cause> {
    let mut items = Vec::new();
    for Entry { key, value } in entries {
        items.extend(comments(key.comments_before()).map(Item::Comment));
        let name = key.as_str().ok_or_else(|| bad(path, "a key is not text"))?;
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        items.push(Item::Entry(name.to_owned(), tree_value(value, &path)?));
    }
    items.extend(comments(node.comments_tail()).map(Item::Comment));
    Ok(items)
}

fn tree_value(node: &Node, path: &str) -> Result<Value, Cause> {
    Ok(match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(value) => Value::Bool(*value),
        yaml::Value::Int(number) => Value::Int(*number),
        yaml::Value::Uint(_) => return Err(bad(path, "the number is too large")),
        yaml::Value::Float(number) => Value::Float(*number),
        yaml::Value::Timestamp(text) => {
            Timestamp::parse(text).map_or_else(|| Value::text(text), Value::Time)
        }
        yaml::Value::String(text) => Value::text(text),
        yaml::Value::Mapping(entries) => Value::Map(map(node, entries, path)?),
        yaml::Value::Sequence(nodes) => {
            let mut items = Vec::new();
            for item in nodes {
                items.extend(comments(item.comments_before()).map(Value::Comment));
                items.push(tree_value(item, path)?);
            }
            items.extend(comments(node.comments_tail()).map(Value::Comment));
            Value::List(items)
        }
    })
}

/// Comments that wait for the entry which they stand before.
#[derive(Default)]
struct Waiting(Vec<String>);

impl Waiting {
    fn add(&mut self, text: &[u8]) {
        self.0.push(String::from_utf8_lossy(text).into_owned());
    }

    fn before(&mut self) -> Option<Box<Comments>> {
        let before = std::mem::take(&mut self.0);
        (!before.is_empty()).then(|| Box::new(Comments { before, tail: Vec::new() }))
    }

    fn tail(self) -> Option<Box<Comments>> {
        (!self.0.is_empty()).then(|| Box::new(Comments { before: Vec::new(), tail: self.0 }))
    }
}

fn map_node(items: &[Item]) -> Node {
    let mut entries = Vec::new();
    let mut waiting = Waiting::default();
    for item in items {
        match item {
            Item::Comment(text) => waiting.add(text),
            Item::Entry(name, value) => {
                // The merge key is an ordinary key to SOPS, but has to stay one in the file.
                let style = if name == "<<" { Style::Plain } else { Style::DoubleQuoted };
                let key = Node { style, comments: waiting.before(), ..Node::string(name.as_str()) };
                entries.push(Entry { key, value: node(value) });
            }
        }
    }
    Node { comments: waiting.tail(), ..Node::new(yaml::Value::Mapping(entries)) }
}

fn list_node(values: &[Value]) -> Node {
    let mut items = Vec::new();
    let mut waiting = Waiting::default();
    for value in values {
        if let Value::Comment(text) = value {
            waiting.add(text);
        } else {
            items.push(Node { comments: waiting.before().or(node(value).comments), ..node(value) });
        }
    }
    Node { comments: waiting.tail(), ..Node::new(yaml::Value::Sequence(items)) }
}

fn node(value: &Value) -> Node {
    match value {
        Value::Null | Value::Comment(_) => Node::new(yaml::Value::Null),
        Value::Bool(value) => Node::new(yaml::Value::Bool(*value)),
        Value::Int(number) => Node::new(yaml::Value::Int(*number)),
        Value::Float(number) => {
            Node { raw: Some(float_text(*number)), ..Node::new(yaml::Value::Float(*number)) }
        }
        Value::Time(time) => Node::new(yaml::Value::Timestamp(time.rfc3339())),
        Value::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Node::string(text),
            Err(_) => {
                Node { tag: Some("!!binary".to_owned()), ..Node::string(STANDARD.encode(bytes)) }
            }
        },
        Value::List(values) => list_node(values),
        Value::Map(items) => map_node(items),
    }
}

/// As SOPS's YAML library writes it: `1` for 1.0, an exponent for what is large or very small (from Go's `%g` with the fewest
/// digits). Without one, 1e19 would be an integer that is too large.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(size) => format!("{digits}e-{size:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
        None => text,
    }
}
