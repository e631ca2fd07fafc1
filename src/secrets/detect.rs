//! What a file is: plain, a SOPS file of some format, or encrypted by age as a whole. Its content says so; its name only
//! decides where the content leaves a choice.

use std::path::Path;

use super::error::Cause;
use super::formats::Format;
use super::leaf::is_sealed;
use super::tree::{Document, Documents, Item, Value};

/// Bytes of a SOPS file at most: its tree takes many times as much memory.
const MAX_SIZE: usize = 16 << 20;
/// What an encrypted value begins with.
const SEALED: &[u8] = b"ENC[AES256_GCM,data:";

/// What a file turned out to be.
pub(super) enum Detected {
    Plain,
    /// Encrypted by age as a whole.
    Age,
    Sops(Found),
}

/// A SOPS file, read.
pub(super) struct Found {
    pub(super) format: Format,
    /// The documents without their metadata.
    pub(super) documents: Documents,
    pub(super) metadata: Value,
}

/// Finds out what a file is; an error means that it is encrypted, but damaged.
pub(super) fn detect(name: &Path, bytes: &[u8]) -> Result<Detected, Cause> {
    if is_age(bytes) {
        return Ok(Detected::Age);
    }
    // Most files are plain: do not parse what cannot be a SOPS file.
    let sealed = contains(bytes, SEALED);
    if !sealed && !contains(bytes, b"sops") {
        return Ok(Detected::Plain);
    }
    if bytes.len() > MAX_SIZE {
        return if sealed { Err(Cause::TooLarge { bytes: MAX_SIZE }) } else { Ok(Detected::Plain) };
    }
    let (mut sealed, mut damaged) = (false, None);
    for format in candidates(bytes) {
        match format.load(bytes) {
            Ok(mut documents) => {
                if let Some(metadata) = format.take_metadata(&mut documents)? {
                    let format = refined(format, name, &documents);
                    let documents = Documents(documents);
                    return Ok(Detected::Sops(Found { format, documents, metadata }));
                }
                sealed |= documents.iter().any(|document| any_sealed(document));
            }
            Err(cause) if is_meant(format, bytes) => damaged = damaged.or(Some(cause)),
            Err(_) => (),
        }
    }
    match damaged {
        Some(cause) => Err(cause),
        None if sealed => Err(Cause::NoMetadata),
        None => Ok(Detected::Plain),
    }
}

/// Whether the bytes are an age message, as text or not.
fn is_age(bytes: &[u8]) -> bool {
    let begin = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    bytes.starts_with(b"age-encryption.org/v1\n")
        || bytes[begin..].starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

/// The formats that the content may be, the one first that says so most clearly.
fn candidates(bytes: &[u8]) -> Vec<Format> {
    let mut formats = Vec::new();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.trim_ascii_start().starts_with(b"{") {
        formats.push(Format::Json);
    }
    if lines(bytes).any(|line| {
        line.starts_with(b"sops_mac=")
            || line.starts_with(b"sops_lastmodified=")
            || is_sealed_assignment(line)
    }) {
        formats.push(Format::Dotenv);
    }
    if lines(bytes).any(|line| line.trim_ascii() == b"[sops]" || is_sealed_assignment(line)) {
        formats.push(Format::Ini);
    }
    formats.push(Format::Yaml);
    formats
}

/// `KEY=ENC[…]` or `key = ENC[…]`.
fn is_sealed_assignment(line: &[u8]) -> bool {
    let Some(split) = line.iter().position(|byte| *byte == b'=') else { return false };
    let (key, value) = (line[..split].trim_ascii(), line[split + 1..].trim_ascii());
    !key.is_empty()
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte))
        && is_sealed(value)
        && value.ends_with(b"]")
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n')
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return true };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(wanted) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// JSON text in a YAML file is YAML; a JSON object with nothing but `data` holds any bytes, unless the file's name says that
/// it is meant as JSON.
fn refined(format: Format, name: &Path, documents: &[Document]) -> Format {
    let named =
        |wanted| name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
    let only_data = matches!(documents, [document] if matches!(document.as_slice(),
        [Item::Entry(key, Value::Text(_))] if key == "data"));
    match format {
        Format::Json if named("yaml") || named("yml") => Format::Yaml,
        Format::Json if only_data && !named("json") => Format::Binary,
        Format::Yaml | Format::Json | Format::Binary | Format::Dotenv | Format::Ini => format,
    }
}

/// Whether a text that cannot be read was meant as a SOPS file.
fn is_meant(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Yaml => {
            let has = |wanted: &[&[u8]]| {
                lines(bytes)
                    .any(|line| wanted.iter().any(|wanted| line.trim_ascii().starts_with(wanted)))
            };
            let meant = lines(bytes).any(|line| line.starts_with(b"sops:"))
                && has(&[b"mac:", b"lastmodified:"]);
            meant || (begins_with_a_key(bytes) && contains(bytes, b": ENC[AES256_GCM,data:"))
        }
        Format::Json | Format::Binary => contains(bytes, b"\"ENC[AES256_GCM,data:"),
        Format::Dotenv => {
            lines(bytes).any(|line| line.starts_with(b"sops_") || is_sealed_assignment(line))
        }
        Format::Ini => {
            lines(bytes).any(|line| line.trim_ascii() == b"[sops]" || is_sealed_assignment(line))
        }
    }
}

/// Whether the first line that is no comment is a key of YAML, and no prose.
fn begins_with_a_key(bytes: &[u8]) -> bool {
    let says = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#") && *line != b"---";
    let Some(first) = lines(bytes).map(<[u8]>::trim_ascii).find(says) else { return false };
    let key = first.split(|byte| *byte == b':').next().unwrap_or_default();
    let behind = first.get(key.len()..).unwrap_or_default();
    let ends = behind == b":" || behind.starts_with(b": ");
    ends && !key.is_empty() && !key.contains(&b' ')
}

fn any_sealed(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Comment(_) => false,
        Item::Entry(_, value) => is_sealed_value(value),
    })
}

fn is_sealed_value(value: &Value) -> bool {
    match value {
        Value::Text(text) => is_sealed(text) && text.ends_with(b"]"),
        Value::List(items) => items.iter().any(is_sealed_value),
        Value::Map(items) => any_sealed(items),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Comment(_) => false,
    }
}
