//! JSON files: order and repeated keys are kept, because the MAC covers them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::buffer::Buffer;
use crate::secrets::error::Cause;
use crate::secrets::tree::{Document, Item, Value};

/// Reads one value.
pub(super) fn load_value(bytes: &[u8]) -> Result<Value, Cause> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Result<Any, _> = serde_json::from_slice(bytes);
    value.map(|value| value.0).map_err(|error| Cause::Syntax { format: "JSON", line: error.line() })
}

/// Reads one object.
pub(super) fn load(bytes: &[u8]) -> Result<Document, Cause> {
    match load_value(bytes)? {
        Value::Map(items) => Ok(items),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Comment(_) => Err(Cause::Syntax { format: "JSON", line: 1 }),
    }
}

/// Writes one object, indented with tabs as SOPS does.
pub(super) fn emit(items: &[Item]) -> Vec<u8> {
    let mut out = Buffer::default();
    push_map(&mut out, 0, items);
    out.push(b"\n");
    out.into_bytes()
}

/// The text with another indent in the place of tabs.
pub(super) fn indented(text: &[u8], blanks: Option<usize>) -> Vec<u8> {
    let Some(blanks) = blanks else { return text.to_vec() };
    let mut out = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let depth = line.iter().take_while(|byte| **byte == b'\t').count();
        out.extend(std::iter::repeat_n(b' ', depth * blanks));
        out.extend(&line[depth..]);
    }
    out
}

/// Writes one value.
pub(super) fn emit_value(value: &Value) -> Vec<u8> {
    let mut out = Buffer::default();
    push(&mut out, 0, value);
    out.into_bytes()
}

struct Any(Value);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any(Value::Bool(value)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Any, E> {
        Ok(Any(Value::Int(number)))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "SOPS reads numbers above 64 bits with a sign as floats"
    )]
    fn visit_u64<E>(self, number: u64) -> Result<Any, E> {
        Ok(Any(i64::try_from(number).map_or(Value::Float(number as f64), Value::Int)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Any, E> {
        Ok(Any(Value::Float(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any(Value::text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Any, A::Error> {
        let mut items = Vec::new();
        while let Some(Any(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Any(Value::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut items = Vec::new();
        while let Some((key, Any(value))) = map.next_entry()? {
            items.push(Item::Entry(key, value));
        }
        Ok(Any(Value::Map(items)))
    }
}

fn push_map(out: &mut Buffer, depth: usize, items: &[Item]) {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry(key, value) => Some((key, value)),
        Item::Comment(_) => None,
    });
    let mut first = true;
    out.push(b"{");
    for (key, value) in entries {
        begin(out, depth + 1, &mut first);
        push_text(out, key);
        out.push_str(": ");
        push(out, depth + 1, value);
    }
    end(out, depth, first);
    out.push(b"}");
}

fn push_list(out: &mut Buffer, depth: usize, items: &[Value]) {
    let mut first = true;
    out.push(b"[");
    for item in items.iter().filter(|item| !matches!(item, Value::Comment(_))) {
        begin(out, depth + 1, &mut first);
        push(out, depth + 1, item);
    }
    end(out, depth, first);
    out.push(b"]");
}

fn begin(out: &mut Buffer, depth: usize, first: &mut bool) {
    out.push_str(if std::mem::take(first) { "\n" } else { ",\n" });
    out.push(&b"\t".repeat(depth));
}

fn end(out: &mut Buffer, depth: usize, empty: bool) {
    if !empty {
        out.push(b"\n");
        out.push(&b"\t".repeat(depth));
    }
}

fn push(out: &mut Buffer, depth: usize, value: &Value) {
    match value {
        Value::Null | Value::Comment(_) => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&Zeroizing::new(number.to_string())),
        Value::Float(number) if number.is_finite() => {
            out.push_str(&Zeroizing::new(number.to_string()));
        }
        Value::Float(number) => push_text(out, &number.to_string()),
        Value::Time(time) => push_text(out, &time.rfc3339()),
        Value::Text(bytes) => push_text(out, &String::from_utf8_lossy(bytes)),
        Value::List(items) => push_list(out, depth, items),
        Value::Map(items) => push_map(out, depth, items),
    }
}

fn push_text(out: &mut Buffer, text: &str) {
    // A text is always JSON, and memory can always be written to.
    serde_json::to_writer(out, text).unwrap_or_default();
}
