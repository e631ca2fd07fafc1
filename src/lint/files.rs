//! Files that services name: that they are there, and that no container gets ciphertext.

use std::path::{Path, PathBuf};

use crate::model::name::ServiceName;
use crate::model::parts::{CreateHostPath, Mount};
use crate::model::tree::{Entry, TreeError};
use crate::secrets::is_encrypted;

use super::finding::Finding;
use super::rule::RuleId;
use super::stack::Look;

/// The most entries of a directory that are looked at.
const MOST: usize = 2_000;

/// Looks at every file that a service is given.
pub(super) fn check(look: &Look<'_>, findings: &mut Vec<Finding>) {
    for (name, service) in &look.loaded.project.services {
        for (index, mount) in
            service.volumes.iter().enumerate().filter(|(_, mount)| mount.r#type == "bind")
        {
            bind(look, (name, index), mount, findings);
        }
    }
    let project = &look.loaded.project;
    for (kind, objects) in [("configs", &project.configs), ("secrets", &project.secrets)] {
        for (name, object) in objects.iter().filter(|(_, object)| !object.file.is_empty()) {
            let at = [kind, name.as_str(), "file"];
            let shown = look.shown(&object.file);
            match look.tree.read(Path::new(&object.file)) {
                // Files of the host may be there on the host.
                Err(TreeError::Missing { .. }) if !inside(look, Path::new(&object.file)) => (),
                Err(TreeError::Missing { .. }) => {
                    let message = format!("`{shown}` of `{kind}.{name}` does not exist");
                    findings.push(look.at(RuleId::Missing, &at, message));
                }
                Err(error) => {
                    let message = look.shown(&error.to_string());
                    findings.push(look.at(RuleId::Unreadable, &at, message));
                }
                Ok(bytes)
                    if kind == "secrets" && !is_encrypted(Path::new(&object.file), &bytes) =>
                {
                    let message = format!(
                        "the secret `{name}` is the file `{shown}`, which is not encrypted"
                    );
                    if inside(look, Path::new(&object.file)) {
                        findings.push(look.at(RuleId::PlaintextFile, &at, message));
                    }
                }
                Ok(_) => (),
            }
        }
    }
}

fn inside(look: &Look<'_>, path: &Path) -> bool {
    path.starts_with(look.tree.root())
}

fn bind(
    look: &Look<'_>,
    (service, index): (&ServiceName, usize),
    mount: &Mount,
    findings: &mut Vec<Finding>,
) {
    let source = Path::new(&mount.source);
    if !inside(look, source) {
        return;
    }
    let index = index.to_string();
    let at = ["services", service.as_str(), "volumes", &index];
    let shown = look.shown(&mount.source);
    let created =
        mount.bind.as_ref().is_none_or(|bind| bind.create_host_path != CreateHostPath::No);
    match look.tree.entry(source) {
        Ok(None) if created && source.extension().is_some() => {
            let message = format!("service `{service}` mounts `{shown}`, which does not exist");
            findings.push(look.at(RuleId::BindMissing, &at, message));
        }
        Ok(None) => {
            if !created {
                let message = format!("service `{service}` mounts `{shown}`, which does not exist");
                findings.push(look.at(RuleId::Missing, &at, message));
            }
        }
        Ok(Some(Entry::Directory)) => {
            for path in below(look, source) {
                ciphertext(look, (service, &path), &at, findings);
            }
        }
        Ok(Some(Entry::File { .. } | Entry::Symlink { .. })) => {
            ciphertext(look, (service, source), &at, findings);
        }
        Ok(Some(Entry::Other)) | Err(_) => (),
    }
}

/// The files below a directory, as far as they can be read.
fn below(look: &Look<'_>, directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut open, mut seen) = (Vec::new(), vec![directory.to_owned()], 0);
    while let Some(next) = open.pop() {
        for (name, entry) in look.tree.list(&next).unwrap_or_default() {
            seen += 1;
            if seen > MOST {
                return found;
            }
            match entry {
                Entry::Directory => open.push(next.join(name)),
                Entry::File { .. } => found.push(next.join(name)),
                Entry::Symlink { .. } | Entry::Other => (),
            }
        }
    }
    found.sort();
    found
}

fn ciphertext(
    look: &Look<'_>,
    (service, path): (&ServiceName, &Path),
    at: &[&str],
    findings: &mut Vec<Finding>,
) {
    if look.tree.read(path).is_ok_and(|bytes| is_encrypted(path, &bytes)) {
        let shown = look.shown(&path.display().to_string());
        let message =
            format!("service `{service}` would get `{shown}` as it is, and it is encrypted");
        let hint = format!(
            "give it to the service as a secret (`secrets:` with `file: {shown}`): secrets are decrypted in memory"
        );
        findings.push(look.at(RuleId::Ciphertext, at, message).with_hint(Some(hint)));
    }
}
