//! Encrypted files: whether this host can decrypt them, for whom they are, and what they leave open.

use std::path::Path;

use super::finding::{Finding, FindingKind};
use super::plain;
use crate::model::failure::Failure as _;
use crate::model::redactor::SHORTEST;
use crate::secrets::Keys;
use crate::secrets::detect::Found;
use crate::secrets::leaf::is_sealed;
use crate::secrets::metadata::Metadata;
use crate::secrets::tree::{Item, Value};
use crate::secrets::write::{self, Error, Policy};

/// Looks into a file that is encrypted.
pub fn check_sealed(
    keys: &Keys,
    file: &Path,
    bytes: &[u8],
    policy: Option<&Policy>,
) -> Vec<Finding> {
    let finding = |kind, text| Finding { file: file.to_owned(), line: None, kind, text };
    let mut found = Vec::new();
    let undecryptable = |error: &dyn std::error::Error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        finding(FindingKind::Undecryptable, format!("this host cannot decrypt it: {cause}"))
    };
    let sops = match write::find(file, bytes, None) {
        Ok(Some(sops)) => sops,
        Ok(None) => {
            let opened = keys.open(file, bytes);
            return opened.err().map(|error| undecryptable(&error)).into_iter().collect();
        }
        Err(error) => return vec![undecryptable(&error)],
    };
    let metadata = Metadata::read(&sops.metadata);
    if metadata.as_ref().is_ok_and(|metadata| metadata.mac_only_encrypted) {
        let text = "`mac_only_encrypted`: clear values, such as images and commands, can be changed unnoticed";
        found.push(finding(FindingKind::MacOnlyEncrypted, text.to_owned()));
    }
    match keys.unseal(file, bytes, None) {
        Ok(unsealed) => {
            let mut leaves = Leaves::default();
            leaves.documents(&sops, unsealed.documents());
            found.extend(leaves.findings().into_iter().map(|(kind, text)| finding(kind, text)));
        }
        Err(error) => found.push(undecryptable(&error)),
    }
    if let Some(policy) = policy {
        found.extend(
            in_step(keys, policy, file, &sops).into_iter().map(|(kind, text)| finding(kind, text)),
        );
    }
    found
}

/// Compares a file's keys with those of `.sops.yaml`.
fn in_step(keys: &Keys, policy: &Policy, file: &Path, sops: &Found) -> Vec<(FindingKind, String)> {
    let recipe = match policy.recipe(file) {
        Ok(recipe) => recipe,
        Err(Error::NoRule { .. }) => {
            let text = "no rule of `.sops.yaml` is for this file".to_owned();
            return vec![(FindingKind::OutOfStep, text)];
        }
        Err(error) => return vec![(FindingKind::Policy, error.hint().unwrap_or_default())],
    };
    let Ok(readers) = write::compare(&sops.metadata, recipe) else { return Vec::new() };
    let mut found = Vec::new();
    for key in &readers.added {
        let text = format!(
            "`{key}` of `.sops.yaml` cannot decrypt it yet; run `conductor secrets updatekeys`"
        );
        found.push((FindingKind::OutOfStep, text));
    }
    for key in &readers.removed {
        let own = if keys.recipients().contains(key) { ", and is this host's own" } else { "" };
        let text = format!("`{key}` can decrypt it, but is not in `.sops.yaml` any more{own}");
        found.push((FindingKind::LeavingKey, text));
    }
    if readers.regrouped {
        let text = "its key groups are not those of `.sops.yaml`".to_owned();
        found.push((FindingKind::OutOfStep, text));
    }
    found
}

/// What a file's values are, by their paths.
#[derive(Default)]
struct Leaves {
    sealed: usize,
    short: Vec<String>,
    clear: Vec<String>,
}

impl Leaves {
    fn documents(&mut self, sops: &Found, plain: &[Vec<Item>]) {
        for (sealed, plain) in sops.documents.0.iter().zip(plain) {
            self.map(sealed, plain, "");
        }
    }

    fn map(&mut self, sealed: &[Item], plain: &[Item], path: &str) {
        for pair in sealed.iter().zip(plain) {
            if let (Item::Entry(key, sealed), Item::Entry(_, plain)) = pair {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                self.value(sealed, plain, &path);
            }
        }
    }

    fn value(&mut self, sealed: &Value, plain: &Value, path: &str) {
        match (sealed, plain) {
            (Value::Map(sealed), Value::Map(plain)) => self.map(sealed, plain, path),
            (Value::List(sealed), Value::List(plain)) => {
                for (sealed, plain) in sealed.iter().zip(plain) {
                    self.value(sealed, plain, path);
                }
            }
            (Value::Text(text), plain) if is_sealed(text) => {
                self.sealed += 1;
                let bytes = plain.canonical().map_or(SHORTEST, |plain| plain.trim_ascii().len());
                if bytes < SHORTEST && !matches!(plain, Value::Bool(_)) {
                    self.short.push(path.to_owned());
                }
            }
            (Value::Text(text), _) => {
                let key = path.rsplit('.').next().unwrap_or(path);
                let text = std::str::from_utf8(text).unwrap_or_default();
                if plain::is_secret_name(key) && plain::is_secret(text) {
                    self.clear.push(path.to_owned());
                }
            }
            _ => (),
        }
    }

    fn findings(mut self) -> Vec<(FindingKind, String)> {
        self.short.dedup();
        let mut found = Vec::new();
        if self.sealed == 0 {
            found.push((FindingKind::ClearValue, "nothing in it is encrypted".to_owned()));
        }
        if !self.clear.is_empty() {
            let text =
                format!("not encrypted, though they look like secrets: {}", self.clear.join(", "));
            found.push((FindingKind::ClearValue, text));
        }
        if !self.short.is_empty() {
            let text = format!(
                "shorter than {SHORTEST} characters, and so not masked in error messages: {}",
                self.short.join(", ")
            );
            found.push((FindingKind::ShortValue, text));
        }
        found
    }
}
