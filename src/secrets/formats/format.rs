//! One format of several, and what all of them can do.

use std::path::Path;

use super::{dotenv, flat, ini, json, yaml};
use crate::secrets::error::Cause;
use crate::secrets::metadata::is_metadata;
use crate::secrets::tree::{Document, Item, Value, get};

/// How a SOPS file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, one document or several.
    Yaml,
    /// A JSON object.
    Json,
    /// Any bytes, as the member `data` of a JSON object.
    Binary,
    /// `KEY=value` lines.
    Dotenv,
    /// Sections of `key = value` lines.
    Ini,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Binary => "binary",
            Self::Dotenv => "dotenv",
            Self::Ini => "INI",
        })
    }
}

/// The key, or the section, of the metadata.
const SOPS: &str = "sops";
/// What the metadata's keys begin with in a dotenv file.
const PREFIX: &str = "sops_";

impl Format {
    /// Reads the documents, metadata and all.
    pub(in crate::secrets) fn load(self, bytes: &[u8]) -> Result<Vec<Document>, Cause> {
        match self {
            Self::Yaml => yaml::load(bytes),
            Self::Json | Self::Binary => json::load(bytes).map(|document| vec![document]),
            Self::Dotenv => dotenv::load(bytes).map(|document| vec![document]),
            Self::Ini => ini::load(bytes).map(|document| vec![document]),
        }
    }

    /// Writes the documents as the plaintext file.
    pub(in crate::secrets) fn emit(self, documents: &[Document]) -> Vec<u8> {
        let first = documents.first().map_or(&[][..], Vec::as_slice);
        match self {
            Self::Yaml => yaml::emit(documents),
            Self::Json => json::emit(first),
            Self::Binary => std::mem::take(
                &mut *get(first, "data").and_then(Value::canonical).unwrap_or_default(),
            ),
            Self::Dotenv => dotenv::emit(first),
            Self::Ini => ini::emit(first),
        }
    }

    /// Writes encrypted documents with their metadata, as SOPS does; every document gets them.
    pub(in crate::secrets) fn emit_sealed(
        self,
        mut documents: Vec<Document>,
        metadata: Document,
        indent: Indent,
    ) -> Vec<u8> {
        let metadata = match self {
            Self::Yaml | Self::Json | Self::Binary => {
                vec![Item::Entry(SOPS.to_owned(), Value::Map(metadata))]
            }
            Self::Dotenv => flat::flatten(&metadata, PREFIX),
            Self::Ini => {
                let mut flat = flat::flatten(&metadata, "");
                flat.iter_mut().for_each(on_one_line);
                vec![Item::Entry(SOPS.to_owned(), Value::Map(flat))]
            }
        };
        for document in &mut documents {
            document.extend(metadata.iter().cloned());
        }
        let first = documents.first().map_or(&[][..], Vec::as_slice);
        match self {
            Self::Yaml => yaml::emit_indented(&documents, indent.yaml),
            Self::Json => json::indented(&json::emit(first), indent.json),
            Self::Binary => json::indented(&json::emit(first), indent.binary),
            Self::Dotenv => dotenv::emit(first),
            Self::Ini => ini::emit(first),
        }
    }

    /// The format that SOPS takes a file of this name for.
    pub fn of_name(name: &Path) -> Self {
        let extension = name.extension().and_then(|extension| extension.to_str());
        match extension.unwrap_or_default() {
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "env" => Self::Dotenv,
            "ini" => Self::Ini,
            _ if name.file_name().is_some_and(|name| name == ".env") => Self::Dotenv,
            _ => Self::Binary,
        }
    }

    /// Whether a key of the top level is kept for metadata.
    pub(in crate::secrets) fn is_reserved(self, key: &str) -> bool {
        match self {
            Self::Dotenv => key.starts_with(PREFIX),
            Self::Yaml | Self::Json | Self::Binary | Self::Ini => key == SOPS,
        }
    }

    /// Reads one value of JSON.
    pub(in crate::secrets) fn read_value(text: &[u8]) -> Option<Value> {
        json::load_value(text).ok()
    }

    /// Writes one value, where the format has words for it alone.
    pub(in crate::secrets) fn emit_value(self, value: &Value) -> Option<Vec<u8>> {
        match self {
            Self::Yaml => Some(yaml::emit_value(value)),
            Self::Json => Some(json::emit_value(value)),
            Self::Binary | Self::Dotenv | Self::Ini => None,
        }
    }

    /// Takes the metadata out of all documents; `None` when there are none. They count in the first document only.
    pub(in crate::secrets) fn take_metadata(
        self,
        documents: &mut [Document],
    ) -> Result<Option<Value>, Cause> {
        let is_ours = |item: &Item| match (self, item) {
            (_, Item::Comment(_)) => false,
            (Self::Dotenv, Item::Entry(key, _)) => key.starts_with(PREFIX),
            (Self::Yaml | Self::Json | Self::Binary | Self::Ini, Item::Entry(key, _)) => {
                key == SOPS
            }
        };
        let taken: Vec<Document> = documents
            .iter()
            .map(|document| document.iter().filter(|item| is_ours(item)).cloned().collect())
            .collect();
        let mut found: Vec<_> = taken.iter().map(|taken| self.metadata(taken)).collect();
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        for document in documents {
            document.retain(|item| !is_ours(item));
        }
        match found.swap_remove(0) {
            Some(metadata) => Ok(Some(metadata)),
            None => Err(Cause::Metadata { reason: "the first document has none".to_owned() }),
        }
    }

    fn metadata(self, taken: &Document) -> Option<Value> {
        let metadata = match self {
            Self::Yaml | Self::Json | Self::Binary => get(taken, SOPS)?.clone(),
            Self::Dotenv => flat::unflatten(taken, PREFIX),
            Self::Ini => flat::unflatten(get(taken, SOPS)?.as_map()?, ""),
        };
        is_metadata(&metadata).then_some(metadata)
    }
}

/// How far encrypted files are indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indent {
    /// Blanks in YAML.
    pub yaml: usize,
    /// Blanks in JSON; `None` is a tab.
    pub json: Option<usize>,
    /// Blanks in the JSON that holds any bytes; `None` is a tab.
    pub binary: Option<usize>,
}

impl Default for Indent {
    fn default() -> Self {
        Self { yaml: 4, json: None, binary: None }
    }
}

fn on_one_line(item: &mut Item) {
    if let Item::Entry(_, value) = item
        && let Some(text) = value.as_text()
    {
        *value = Value::text(&text.replace('\n', "\\n"));
    }
}
