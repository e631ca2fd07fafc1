//! Documents to the plaintext of a format, whichever they came from.

use std::path::Path;

use super::error::Error;
use crate::secrets::formats::Format;
use crate::secrets::tree::{Document, Item, Value};

/// Writes documents in a format, if it has words for them.
pub(super) fn emit(file: &Path, documents: &[Document], format: Format) -> Result<Vec<u8>, Error> {
    check(file, documents, format)?;
    Ok(format.emit(documents))
}

/// Refuses what a format has no words for.
pub(super) fn check(file: &Path, documents: &[Document], format: Format) -> Result<(), Error> {
    fits(documents, format).map_err(|reason| Error::Shape { file: file.to_owned(), format, reason })
}

/// Writes one value in a format: text as it is, without a line break.
pub(super) fn emit_value(file: &Path, value: &Value, format: Format) -> Result<Vec<u8>, Error> {
    match value {
        Value::Text(text) => Ok(text.to_vec()),
        Value::Map(items) => emit(file, std::slice::from_ref(items), format),
        Value::List(_) => {
            let reason = "it is a list".to_owned();
            let refused = Error::Shape { file: file.to_owned(), format, reason };
            format.emit_value(value).ok_or(refused)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Comment(_) => {
            let plain = || value.canonical().map(|text| text.to_vec()).unwrap_or_default();
            Ok(format.emit_value(value).unwrap_or_else(plain))
        }
    }
}

/// Why a format cannot hold the documents; the reason names keys, never values.
fn fits(documents: &[Document], format: Format) -> Result<(), String> {
    let entries = || {
        documents.iter().flatten().filter_map(|item| match item {
            Item::Entry(key, value) => Some((key, value)),
            Item::Comment(_) => None,
        })
    };
    if documents.len() > 1 && format != Format::Yaml {
        return Err("it has several documents".to_owned());
    }
    let complex = |value: &Value| matches!(value, Value::Map(_) | Value::List(_));
    match format {
        Format::Yaml | Format::Json => Ok(()),
        Format::Binary => match entries().find(|(key, _)| *key == "data") {
            Some((_, value)) if !complex(value) => Ok(()),
            Some(_) | None => Err("it has no text called `data`".to_owned()),
        },
        Format::Dotenv => match entries().find(|(_, value)| complex(value)) {
            Some((key, _)) => Err(format!("`{key}` is a mapping or a list")),
            None => Ok(()),
        },
        Format::Ini => {
            let flat = |value: &Value| {
                value.as_map().is_some_and(|items| {
                    !items
                        .iter()
                        .any(|item| matches!(item, Item::Entry(_, value) if complex(value)))
                })
            };
            match entries().find(|(_, value)| !flat(value)) {
                Some((key, _)) => Err(format!("`{key}` is not a section of single values")),
                None => Ok(()),
            }
        }
    }
}
