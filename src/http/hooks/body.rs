//! A body as JSON, and how to ask it for things.

use std::collections::BTreeSet;

use serde_json::Value;

use super::delivery::Delivery;
use super::verdict::Refusal;

/// The body as JSON. Some senders put it into a form, as the field `payload`.
pub(super) fn json(delivery: &Delivery<'_>) -> Result<Value, Refusal> {
    let kind = delivery.text("content-type").unwrap_or_default();
    let form = if kind.starts_with("application/x-www-form-urlencoded") {
        let field =
            delivery.body.split(|byte| *byte == b'&').find_map(|f| f.strip_prefix(b"payload="));
        Some(unescape(field.ok_or_else(|| Refusal::malformed("the form has no field `payload`; JSON is sent with `content-type: application/json`"))?))
    } else {
        None
    };
    let text = form.as_deref().unwrap_or(delivery.body);
    serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Refusal::malformed(format!("the body is not JSON: line {line}, column {column}"))
    })
}

/// A value of a form without its escapes.
fn unescape(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, tail @ ..] = rest {
        let code = match tail {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        rest = tail;
        match code {
            Some((high, low)) => {
                plain.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => plain.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    plain
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The text at a JSON pointer; an empty one counts as absent.
pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// The texts at several pointers, as far as they are there.
pub(super) fn texts(body: &Value, pointers: &[&str]) -> Vec<String> {
    pointers.iter().filter_map(|pointer| text(body, pointer)).map(str::to_owned).collect()
}

/// The list at a pointer; an absent one is empty.
pub(super) fn list<'a>(body: &'a Value, pointer: &str) -> &'a [Value] {
    body.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether an object id says that there is none: a deleted branch has only zeros.
pub(super) fn is_nothing(id: &str) -> bool {
    id.bytes().all(|digit| digit == b'0')
}

/// What commits changed, where every one of them tells.
pub(super) fn paths(commits: &[Value]) -> Option<BTreeSet<String>> {
    if commits.is_empty() {
        return None;
    }
    let mut all = BTreeSet::new();
    for commit in commits {
        for kind in ["added", "modified", "removed"] {
            let paths = commit.get(kind)?.as_array()?;
            all.extend(paths.iter().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    (!all.is_empty()).then_some(all)
}
