//! Loads a whole project out of arbitrary bytes: YAML, merging, variables, env files, the schema, the model.
//!
//! The input is split at lines `--- NAME`, each the beginning of a file; what precedes the first is `compose.yaml`. A file
//! that begins with `ENC:` counts as decrypted. Nothing may panic, hang or grow without bounds, errors and warnings can all
//! be printed, and what `config` prints is YAML.

#![no_main]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use conductor::compose::{Error, Loaded, Open, Request, load, reaches};
use conductor::model::failure::Failure;
use conductor::model::secret::Secret;
use conductor::model::tree::{Entry, Placement, Tree, TreeError};
use libfuzzer_sys::fuzz_target;

/// Files by absolute path.
struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        let mut files = BTreeMap::new();
        let mut name = PathBuf::from("/p/compose.yaml");
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let header = line.strip_prefix(b"--- ").and_then(|rest| std::str::from_utf8(rest).ok());
            match header.map(str::trim).filter(|next| is_plain(next)) {
                Some(next) => name = Path::new("/p").join(next),
                None => files.entry(name.clone()).or_insert_with(Vec::new).extend_from_slice(line),
            }
        }
        Self(files)
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    !name.is_empty() && name.chars().all(plain) && !name.starts_with('/') && !name.contains("..")
}

impl Tree for Memory {
    fn root(&self) -> &Path {
        Path::new("/p")
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        if self.0.contains_key(path) {
            return Ok(Some(Entry::File { executable: false }));
        }
        Ok(self.0.keys().any(|file| file.starts_with(path)).then_some(Entry::Directory))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        self.0.get(path).cloned().ok_or_else(|| TreeError::Missing { path: path.to_owned() })
    }

    fn list(&self, _: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        Ok(Vec::new())
    }
}

/// Decrypts what begins with `ENC:`.
struct Keys;

impl Open for Keys {
    fn open(
        &self,
        _: &Path,
        bytes: &[u8],
    ) -> Result<Option<Secret>, Box<dyn Failure + Send + Sync>> {
        Ok(bytes.strip_prefix(b"ENC:").map(|plain| Secret::new(plain.to_vec())))
    }
}

fn project(tree: &Memory) -> Result<Loaded, Error> {
    let files = ["/p/compose.yaml", "/p/override.yaml"].map(PathBuf::from);
    let request = Request {
        files: files.into_iter().filter(|file| tree.0.contains_key(file)).collect(),
        project_directory: PathBuf::from("/p"),
        environment: BTreeMap::from([
            ("HOME".to_owned(), "/home/u".to_owned()),
            ("A".to_owned(), "a".to_owned()),
            ("N".to_owned(), "7".to_owned()),
            ("E".to_owned(), String::new()),
        ]),
        ..Request::default()
    };
    load(tree, &Keys, &request)
}

fuzz_target!(|bytes: &[u8]| {
    let tree = Memory::of(bytes);
    let _ = reaches(&tree, &[PathBuf::from("/p/compose.yaml")]);
    match project(&tree) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                let _ = warning.to_string();
            }
            let text = conductor::yaml::print(&loaded.printed);
            assert!(conductor::yaml::parse(&text).is_ok(), "what is printed is YAML");
        }
        Err(error) => {
            let mut source = Some(&error as &dyn std::error::Error);
            while let Some(cause) = source {
                let _ = cause.to_string();
                source = cause.source();
            }
            let _ = (error.hint(), error.excerpt(), error.disposition());
        }
    }
});
