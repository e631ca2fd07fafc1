//! The `.sops.yaml` that a file falls under: the nearest one, in the file's directory or above it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Complaint, Error};
use crate::secrets::{POLICY_FILE, Policy, Recipe, WriteError};

/// Finds and reads it.
pub(super) fn of(path: &Path) -> Result<Option<Policy>, Complaint> {
    let path = whole(path);
    for directory in path.ancestors().skip(1) {
        let file = directory.join(POLICY_FILE);
        match fs::read(&file) {
            Ok(text) => {
                let policy = Policy::parse(&file, &text);
                return policy.map(Some).map_err(|error| Complaint::usage(&error));
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(source) => return Err(Error::Read { path: file, source }.into()),
        }
    }
    Ok(None)
}

/// How the file is to be encrypted; `recipients` take the place of those that the rules name.
pub(super) fn recipe(
    path: &Path,
    policy: Option<&Policy>,
    recipients: &[String],
) -> Result<Recipe, Complaint> {
    let named: Vec<String> = recipients
        .iter()
        .flat_map(|list| list.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let of_rules = match policy {
        Some(policy) => policy.recipe(&whole(path)).cloned(),
        None => Err(WriteError::NoRule { file: path.to_owned(), policy: None }),
    };
    match (of_rules, named.is_empty()) {
        (Ok(recipe), true) => Ok(recipe),
        (Ok(recipe), false) => Ok(recipe.with_recipients(&named)),
        (Err(_), false) => Ok(Recipe::of_recipients(&named)),
        (Err(error), true) => Err(Complaint::usage(&error)),
    }
}

/// The path from the root, without links on the way; the file itself need not exist.
fn whole(path: &Path) -> PathBuf {
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    fs::canonicalize(directory).map_or_else(|_| path.to_owned(), |directory| directory.join(name))
}
