//! INI files, as far as SOPS writes them: sections, `key = value`, quotes, comments.

use super::buffer::Buffer;
use crate::secrets::error::Cause;
use crate::secrets::tree::{Document, Item, Value};

/// The section of keys that stand before the first section.
const DEFAULT: &str = "DEFAULT";
/// Quotes around several lines.
const LONG: &str = "\"\"\"";

/// Reads sections of entries; a comment stands behind the key, or first in the section, that it was written above.
pub(super) fn load(bytes: &[u8]) -> Result<Document, Cause> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut sections: Vec<(String, Document)> = vec![(DEFAULT.to_owned(), Vec::new())];
    let mut comment = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim();
        let bad = || Cause::Syntax { format: "INI", line: index + 1 };
        if line.is_empty() {
            continue;
        }
        if let Some(text) = line.strip_prefix(['#', ';']) {
            push_line(&mut comment, text);
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (name, _) = rest.rsplit_once(']').ok_or_else(bad)?;
            let mut items = Vec::new();
            push_comment(&mut items, &mut comment);
            sections.push((name.to_owned(), items));
            continue;
        }
        let (key, rest) = split_key(line).ok_or_else(bad)?;
        let (value, inline) =
            read_value(rest, &mut || lines.next().map(|(_, line)| line)).ok_or_else(bad)?;
        if let Some(text) = inline {
            push_line(&mut comment, text);
        }
        if let Some((_, items)) = sections.last_mut() {
            items.push(Item::Entry(key.to_owned(), Value::text(&value)));
            push_comment(items, &mut comment);
        }
    }
    Ok(sections.into_iter().map(|(name, items)| Item::Entry(name, Value::Map(items))).collect())
}

fn push_line(comment: &mut String, text: &str) {
    if !comment.is_empty() {
        comment.push('\n');
    }
    comment.push_str(text.trim());
}

fn push_comment(items: &mut Document, comment: &mut String) {
    if !comment.is_empty() {
        items.push(Item::Comment(std::mem::take(comment).into_bytes().into()));
    }
}

/// The key, with or without quotes, and what follows `=` or `:`.
fn split_key(line: &str) -> Option<(&str, &str)> {
    for quote in [LONG, "`", "\""] {
        if let Some(rest) = line.strip_prefix(quote) {
            let (key, rest) = rest.split_once(quote)?;
            return Some((key, rest.trim_start().strip_prefix(['=', ':'])?));
        }
    }
    let (key, rest) = line.split_once(['=', ':'])?;
    Some((key.trim(), rest))
}

/// The value and an inline comment behind it.
fn read_value<'t>(
    text: &'t str,
    next: &mut dyn FnMut() -> Option<&'t str>,
) -> Option<(String, Option<&'t str>)> {
    let text = text.trim();
    for quote in [LONG, "`"] {
        if let Some(rest) = text.strip_prefix(quote) {
            return quoted(rest, quote, next).map(|value| (value, None));
        }
    }
    let mut value = String::new();
    let mut line = text;
    while let Some(begun) = line.strip_suffix('\\') {
        value.push_str(begun);
        line = next()?.trim();
    }
    let (last, comment) = match line.find(['#', ';']) {
        Some(at) => (line[..at].trim(), Some(&line[at + 1..])),
        None => (line, None),
    };
    value.push_str(last);
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return Some((inner.to_owned(), comment));
        }
    }
    Some((value, comment))
}

fn quoted<'t>(
    first: &str,
    quote: &str,
    next: &mut dyn FnMut() -> Option<&'t str>,
) -> Option<String> {
    if let Some((value, _)) = first.split_once(quote) {
        return Some(value.to_owned());
    }
    let mut value = first.to_owned();
    loop {
        let line = next()?;
        value.push('\n');
        if let Some((last, _)) = line.split_once(quote) {
            value.push_str(last);
            return Some(value);
        }
        value.push_str(line);
    }
}

/// Writes sections, their `=` aligned.
pub(super) fn emit(items: &[Item]) -> Vec<u8> {
    let mut out = Buffer::default();
    for item in items {
        let Item::Entry(name, value) = item else { continue };
        let Some(items) = value.as_map() else { continue };
        let leading = items.iter().take_while(|item| matches!(item, Item::Comment(_))).count();
        let (head, entries) = items.split_at(leading);
        if name == DEFAULT && entries.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(b"\n");
        }
        for comment in head {
            emit_comment(&mut out, comment);
        }
        if name != DEFAULT {
            out.push_str(&format!("[{name}]\n"));
        }
        emit_entries(&mut out, entries);
    }
    out.into_bytes()
}

fn emit_entries(out: &mut Buffer, items: &[Item]) {
    let width = items.iter().map(|item| match item {
        Item::Entry(key, _) => spelled_key(key).chars().count(),
        Item::Comment(_) => 0,
    });
    let width = width.max().unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        let Item::Entry(key, value) = item else { continue };
        let behind = items[index + 1..].iter().take_while(|item| matches!(item, Item::Comment(_)));
        for comment in behind {
            emit_comment(out, comment);
        }
        out.push_str(&format!("{:<width$} = ", spelled_key(key)));
        push_value(out, &value.canonical().unwrap_or_default());
        out.push(b"\n");
    }
}

fn emit_comment(out: &mut Buffer, item: &Item) {
    if let Item::Comment(text) = item {
        for line in String::from_utf8_lossy(text).lines() {
            out.push(b"; ");
            out.push_str(line.trim_start());
            out.push(b"\n");
        }
    }
}

fn spelled_key(key: &str) -> String {
    if key.contains(['"', '=', ':']) {
        format!("`{key}`")
    } else if key.contains('`') {
        format!("{LONG}{key}{LONG}")
    } else {
        key.to_owned()
    }
}

fn push_value(out: &mut Buffer, value: &[u8]) {
    let value = String::from_utf8_lossy(value);
    let quote = if value.contains(['\n', '`']) {
        LONG
    } else if value.contains(['#', ';']) {
        "`"
    } else if value.trim().len() != value.len() {
        "\""
    } else {
        ""
    };
    out.push_str(quote);
    out.push_str(&value);
    out.push_str(quote);
}
