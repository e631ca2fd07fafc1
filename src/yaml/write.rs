//! Values to YAML text: block style, two spaces of indent, and every string quoted that some reader of YAML 1.1 or 1.2
//! could take for something else.

use super::node::{Entry, Node, Value};
use super::quote::{fits_literal, float_text, push_indent, push_literal, push_string};

/// Blanks of indent, where nobody asks for another number.
const STEP: usize = 2;

/// Bytes of the signs around a node: dash, colon, quotes, line breaks.
const SIGNS: usize = 16;
/// Bytes of a number at most.
const NUMBER: usize = 400;
/// Bytes of an escaped character at most.
const ESCAPED: usize = 10;

/// How far the text is indented, and by how much a block inside another is: always to a multiple.
#[derive(Clone, Copy)]
struct Level {
    indent: usize,
    step: usize,
}

impl Level {
    /// Where a block inside this one begins.
    fn deeper(self) -> Self {
        Self { indent: self.step * ((self.indent + self.step) / self.step), ..self }
    }

    /// Where a mapping or list that follows `- ` goes on.
    fn behind_dash(self) -> Self {
        Self { indent: self.indent + 2, ..self }
    }
}

/// Writes a JSON-like value as a YAML document, in the order given.
#[cfg(test)]
pub(super) fn to_yaml(value: &serde_json::Value) -> String {
    write(&from_json(value))
}

/// Writes a node as a YAML document, with its tags and comments, and floats as they were written.
pub fn write(node: &Node) -> String {
    write_indented(node, STEP)
}

/// Writes a node as [`write()`] does, indented by another number of blanks, from 2 to 9. The text never grows beyond the
/// room that it has from the beginning: where it holds secrets, no copies of it are left behind.
pub fn write_indented(node: &Node, step: usize) -> String {
    let top = Level { indent: 0, step: if (STEP..10).contains(&step) { step } else { STEP } };
    let mut out = String::with_capacity(room(node, top));
    push_comments(&mut out, top, node.comments_before());
    match &node.value {
        Value::Mapping(entries) if !entries.is_empty() => push_mapping(&mut out, top, entries),
        Value::Sequence(items) if !items.is_empty() => push_sequence(&mut out, top, items),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Float(_)
        | Value::Timestamp(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => {
            push_scalar(&mut out, top, node);
            out.push('\n');
        }
    }
    push_comments(&mut out, top, node.comments_tail());
    out
}

/// Bytes that a node takes at most.
fn room(node: &Node, at: Level) -> usize {
    let line = at.indent + SIGNS;
    let comments = node.comments_before().iter().chain(node.comments_tail());
    let about: usize = comments.map(|text| text_room(text, line)).sum();
    let tag = node.tag.as_ref().map_or(0, String::len);
    let inside = match &node.value {
        Value::Mapping(entries) => entries
            .iter()
            .map(|entry| room(&entry.key, at.deeper()) + room(&entry.value, at.deeper()))
            .sum(),
        Value::Sequence(items) => items.iter().map(|item| room(item, at.deeper())).sum(),
        Value::String(text) | Value::Timestamp(text) => text_room(text, at.deeper().indent + SIGNS),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_) => {
            node.raw.as_ref().map_or(NUMBER, String::len)
        }
    };
    line + about + tag + inside
}

/// Bytes that a text takes at most, spelled in any way, a line of it behind this much indent.
fn text_room(text: &str, line: usize) -> usize {
    let of = |c: char| match c {
        '\n' => line,
        '"' | '\\' => 2,
        ' '..='~' => 1,
        _ => ESCAPED,
    };
    line + text.chars().map(of).sum::<usize>()
}

#[cfg(test)]
fn from_json(value: &serde_json::Value) -> Node {
    use serde_json::Value as Json;

    match value {
        Json::Null => Node::new(Value::Null),
        Json::Bool(value) => Node::new(Value::Bool(*value)),
        Json::Number(number) => {
            let integer =
                number.as_i64().map(Value::Int).or_else(|| number.as_u64().map(Value::Uint));
            Node::new(integer.unwrap_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN))))
        }
        Json::String(text) => Node::string(text.as_str()),
        Json::Array(items) => Node::new(Value::Sequence(items.iter().map(from_json).collect())),
        Json::Object(members) => {
            let entry = |(key, value): (&String, &Json)| Entry {
                key: Node::string(key.as_str()),
                value: from_json(value),
            };
            Node::new(Value::Mapping(members.iter().map(entry).collect()))
        }
    }
}

fn push_mapping(out: &mut String, at: Level, entries: &[Entry]) {
    for (index, Entry { key, value }) in entries.iter().enumerate() {
        if index > 0 || out.ends_with('\n') || out.is_empty() {
            push_comments(out, at, key.comments_before());
            push_indent(out, at.indent);
        }
        out.push_str(&key_text(key));
        out.push(':');
        push_value(out, at, value);
    }
}

fn push_sequence(out: &mut String, at: Level, items: &[Node]) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || out.ends_with('\n') || out.is_empty() {
            push_comments(out, at, item.comments_before());
            push_indent(out, at.indent);
        }
        out.push('-');
        match &item.value {
            Value::Mapping(entries) if can_follow_dash(item, entries) => {
                out.push(' ');
                push_mapping(out, at.behind_dash(), entries);
                push_comments(out, at.behind_dash(), item.comments_tail());
            }
            Value::Sequence(items)
                if !items.is_empty() && item.tag.is_none() && items[0].comments.is_none() =>
            {
                out.push(' ');
                push_sequence(out, at.behind_dash(), items);
                push_comments(out, at.behind_dash(), item.comments_tail());
            }
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::Timestamp(_)
            | Value::String(_)
            | Value::Sequence(_)
            | Value::Mapping(_) => push_value(out, at, item),
        }
    }
}

fn can_follow_dash(item: &Node, entries: &[Entry]) -> bool {
    let quiet = entries.first().is_some_and(|entry| entry.key.comments.is_none());
    quiet && item.tag.is_none()
}

/// What follows `key:` or `-`, with its line break.
fn push_value(out: &mut String, at: Level, node: &Node) {
    if let Some(tag) = &node.tag {
        out.push(' ');
        out.push_str(tag);
    }
    match &node.value {
        Value::Mapping(entries) if !entries.is_empty() => {
            out.push('\n');
            push_mapping(out, at.deeper(), entries);
        }
        Value::Sequence(items) if !items.is_empty() => {
            out.push('\n');
            push_sequence(out, at.deeper(), items);
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Float(_)
        | Value::Timestamp(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => {
            out.push(' ');
            push_scalar(out, at, node);
            out.push('\n');
        }
    }
    push_comments(out, at.deeper(), node.comments_tail());
}

fn push_comments(out: &mut String, at: Level, comments: &[String]) {
    for line in comments.iter().flat_map(|comment| comment.split('\n')) {
        push_indent(out, at.indent);
        out.push('#');
        out.push_str(line);
        out.push('\n');
    }
}

fn key_text(key: &Node) -> String {
    if key.is_merge_key() {
        return "<<".to_owned();
    }
    let mut text = String::new();
    match &key.value {
        Value::String(key) => push_string(&mut text, key),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Float(_)
        | Value::Timestamp(_)
        | Value::Sequence(_)
        | Value::Mapping(_) => push_scalar(&mut text, Level { indent: 0, step: STEP }, key),
    }
    text
}

fn push_scalar(out: &mut String, at: Level, node: &Node) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Uint(value) => out.push_str(&value.to_string()),
        Value::Float(value) => match &node.raw {
            Some(written) => out.push_str(written),
            None => out.push_str(&float_text(*value)),
        },
        Value::Timestamp(text) => out.push_str(text),
        Value::String(text) if fits_literal(text) => push_literal(out, at.deeper().indent, text),
        Value::String(text) => push_string(out, text),
        // Lists and mappings with content are written by their own functions.
        Value::Sequence(_) => out.push_str("[]"),
        Value::Mapping(_) => out.push_str("{}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_written_in_block_style_in_its_order() {
        let model = serde_json::json!({
            "name": "shop",
            "services": {"web": {
                "command": ["sh", "-c", "echo hi\necho ho\n"],
                "ports": [{"target": 80, "published": "8080"}],
                "empty": {}, "none": [], "nothing": null, "ratio": 0.5, "large": 1e22, "nested": [[1, 2], [{"a": true}]],
            }},
        });
        insta::assert_snapshot!(to_yaml(&model), @r#"
        name: shop
        services:
          web:
            command:
              - sh
              - -c
              - |
                echo hi
                echo ho
            ports:
              - target: 80
                published: "8080"
            empty: {}
            none: []
            nothing: null
            ratio: 0.5
            large: 1.0e+22
            nested:
              - - 1
                - 2
              - - a: true
        "#);
    }

    #[test]
    fn a_text_never_outgrows_the_room_that_it_began_with() {
        for text in [
            "a: 1\nb: [x, y, {c: d}]\n",
            "# before\na: # behind\n  - - - - |\n            one\n            two\n  - \"\\x01\\u2028\\U0001F600\"\n",
            "a: {b: {c: {d: {e: {f: {g: \"one\\ntwo\\n\\n three\\n\"}}}}}}\n",
            "- 1e300\n- 2001-01-01\n- !tag \"'\\\"\\\\\"\n- ~\n- ''\n",
            "",
        ] {
            for node in super::super::parse(text).unwrap() {
                for step in 2..10 {
                    let at = Level { indent: 0, step };
                    let written = write_indented(&node, step);
                    assert!(written.len() <= room(&node, at), "{text}");
                }
            }
        }
    }
}
