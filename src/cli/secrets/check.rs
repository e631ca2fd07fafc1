//! `conductor secrets check`: what is wrong with the secrets of a repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::CheckArguments;
use super::{answer, file, policy};
use crate::cli::failure::{Complaint, Error, Exit};
use crate::cli::session::Session;
use crate::report::{Line, Style};
use crate::secrets::{
    self, Finding, FindingKind, Keys, POLICY_FILE, Policy, check_plain, check_sealed,
};
use crate::source;

/// Walks a directory, or looks into one file.
pub(super) fn run(session: &Session, arguments: &CheckArguments) -> Result<Exit, Complaint> {
    let top = session.environment.working_dir.join(&arguments.path);
    let top = fs::canonicalize(&top).map_err(|source| Error::Read { path: top, source })?;
    let keys = session.keys()?;
    let mut files = Vec::new();
    collect(&top, &mut files)?;
    let ignored = source::ignored(&top, &files);
    files.retain(|file| !ignored.contains(file));
    let mut check = Check { keys, policies: BTreeMap::new(), found: Vec::new() };
    for path in &files {
        check.file(path)?;
    }
    let allowed: Vec<FindingKind> = arguments.allow.iter().map(|kind| (*kind).into()).collect();
    let mut found = check.found;
    found.retain(|finding| !allowed.contains(&finding.kind));
    for finding in &mut found {
        let relative = finding.file.strip_prefix(&top).unwrap_or(&finding.file);
        if !relative.as_os_str().is_empty() {
            finding.file = relative.to_owned();
        }
    }
    found.sort();
    tell(session, files.len(), &found);
    Ok(if found.is_empty() { Exit::Done } else { Exit::Failed })
}

fn tell(session: &Session, files: usize, found: &[Finding]) {
    if session.screen.is_json() {
        let one = |finding: &Finding| {
            json!({
                "file": finding.file,
                "line": finding.line,
                "kind": finding.kind.word(),
                "text": finding.text,
            })
        };
        let findings: Vec<_> = found.iter().map(one).collect();
        return answer::document(session, &json!({"files": files, "findings": findings}));
    }
    let lines: Vec<Line> =
        found.iter().map(|finding| Line::of(Style::Plain, finding.to_string())).collect();
    session.screen.data(&lines);
    let text = format!("{files} files, {} findings", found.len());
    session.screen.tell(&[Line::of(Style::Faint, text)]);
}

struct Check {
    keys: Keys,
    /// What each directory's `.sops.yaml` says, its own or that of a directory above it.
    policies: BTreeMap<PathBuf, Option<Policy>>,
    found: Vec<Finding>,
}

impl Check {
    fn file(&mut self, path: &Path) -> Result<(), Complaint> {
        let directory = path.parent().unwrap_or(path).to_owned();
        if !self.policies.contains_key(&directory) {
            let policy = policy::of(path).unwrap_or_else(|complaint| {
                let error = [complaint.trouble.error, complaint.trouble.causes.join(": ")];
                self.found.push(Finding {
                    file: directory.join(POLICY_FILE),
                    line: None,
                    kind: FindingKind::Policy,
                    text: error.join(" ").trim().to_owned(),
                });
                None
            });
            self.policies.insert(directory.clone(), policy);
        }
        let bytes = file::read(path)?;
        let policy = self.policies.get(&directory).and_then(Option::as_ref);
        self.found.extend(if secrets::is_encrypted(path, bytes.expose()) {
            check_sealed(&self.keys, path, bytes.expose(), policy)
        } else {
            check_plain(path, bytes.expose(), policy)
        });
        Ok(())
    }
}

/// The files below a directory, without those of git itself; links are not followed.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let kind = fs::symlink_metadata(path).map_err(failed)?.file_type();
    if kind.is_file() {
        files.push(path.to_owned());
    } else if kind.is_dir() {
        let entries = fs::read_dir(path).map_err(failed)?;
        let mut entries: Vec<_> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        entries.sort();
        for entry in entries.iter().filter(|entry| !entry.ends_with(".git")) {
            collect(entry, files)?;
        }
    }
    Ok(())
}
