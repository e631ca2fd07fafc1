//! SOPS's dotenv files: no quotes, no trimming, `\n` for a line break.

use zeroize::Zeroizing;

use super::buffer::Buffer;
use crate::secrets::error::Cause;
use crate::secrets::tree::{Bytes, Document, Item, Value};

/// Reads `KEY=value` lines and comments.
pub(super) fn load(bytes: &[u8]) -> Result<Document, Cause> {
    let mut items = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match line {
            [] => (),
            [b'#', comment @ ..] => items.push(Item::Comment(Zeroizing::new(comment.to_vec()))),
            line => {
                let split = line.iter().position(|byte| *byte == b'=');
                let split = split.ok_or(Cause::Syntax { format: "dotenv", line: index + 1 })?;
                let key = String::from_utf8_lossy(&line[..split]).into_owned();
                items.push(Item::Entry(key, Value::Text(unescaped(&line[split + 1..]))));
            }
        }
    }
    Ok(items)
}

/// Writes them.
pub(super) fn emit(items: &[Item]) -> Vec<u8> {
    let mut out = Buffer::default();
    for item in items {
        match item {
            Item::Comment(text) => {
                out.push(b"#");
                out.push_replaced(text, b'\n', b"\\n");
            }
            Item::Entry(key, value) => {
                out.push_str(key);
                out.push(b"=");
                out.push_replaced(&value.canonical().unwrap_or_default(), b'\n', b"\\n");
            }
        }
        out.push(b"\n");
    }
    out.into_bytes()
}

/// The text with line breaks in the place of `\n`.
fn unescaped(text: &[u8]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(first) = rest.first() {
        if let Some(behind) = rest.strip_prefix(b"\\n") {
            out.push(b'\n');
            rest = behind;
        } else {
            out.push(*first);
            rest = &rest[1..];
        }
    }
    out
}
