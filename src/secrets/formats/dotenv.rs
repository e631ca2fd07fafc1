//! SOPS's dotenv files: no quotes, no trimming, `\n` for a line break.

use zeroize::Zeroizing;

use crate::secrets::error::Cause;
use crate::secrets::tree::{Document, Item, Value};

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
                items.push(Item::Entry(
                    key,
                    Value::Text(Zeroizing::new(replaced(&line[split + 1..], b"\\n", b"\n"))),
                ));
            }
        }
    }
    Ok(items)
}

/// Writes them.
pub(super) fn emit(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in items {
        match item {
            Item::Comment(text) => {
                out.push(b'#');
                out.extend(replaced(text, b"\n", b"\\n"));
            }
            Item::Entry(key, value) => {
                out.extend(key.as_bytes());
                out.push(b'=');
                out.extend(replaced(&value.canonical().unwrap_or_default(), b"\n", b"\\n"));
            }
        }
        out.push(b'\n');
    }
    out
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        if let Some(behind) = rest.strip_prefix(from) {
            out.extend(to);
            rest = behind;
        } else {
            out.push(*first);
            rest = &rest[1..];
        }
    }
    out
}
