//! Configs and secrets: where each stands when a container starts.

use std::path::{Path, PathBuf};

use crate::model::desired::{
    Contents, CopiedFile, DesiredFile, Input, InputKind, ObjectRef, Replace,
};
use crate::model::name::ServiceName;
use crate::model::parts::FileReference;
use crate::model::project::FileObject;
use crate::model::secret::Secret;
use crate::model::tree::{Placement, TreeError};
use crate::secrets::Opened;

use super::container::{RUNTIME, hidden};
use super::error::Error;
use super::layout::{Layout, Materials};

/// Permissions of a config or secret that declares none: whoever runs in the container may read it.
const DEFAULT_MODE: u32 = 0o444;

/// Adds one config or secret of a service.
pub(super) fn add(
    materials: &Materials,
    (service, kind): (&ServiceName, InputKind),
    reference: &FileReference,
    layout: &mut Layout,
) -> Result<(), Error> {
    let project = &materials.loaded.project;
    let declared = if kind == InputKind::Secret { &project.secrets } else { &project.configs };
    let Some(declared) = declared.get(&reference.source) else { return Ok(()) };
    let object = Object { materials, service, kind, reference, declared };
    if let Some(provided) = &declared.provided {
        // What nobody provided was reported before.
        return match materials.provided.get(provided) {
            Some(value) => object.to_tmpfs(Contents::Secret(value.clone()), layout),
            None => Ok(()),
        };
    }
    if declared.external {
        return Ok(()); // refused by the engine's mapping, which names the key
    }
    if declared.file.is_empty() { object.add_inline(layout) } else { object.add_file(layout) }
}

struct Object<'a> {
    materials: &'a Materials<'a>,
    service: &'a ServiceName,
    kind: InputKind,
    reference: &'a FileReference,
    declared: &'a FileObject,
}

impl Object<'_> {
    fn key(&self) -> &str {
        &self.reference.source
    }

    /// A config or secret that is a file of the repository or of the host.
    fn add_file(&self, layout: &mut Layout) -> Result<(), Error> {
        let path = Path::new(&self.declared.file);
        let bytes = match self.materials.tree.read(path) {
            Ok(bytes) => bytes,
            Err(TreeError::Missing { .. }) if self.is_hosts(path) => {
                self.missing(path, layout);
                return Ok(());
            }
            Err(source) => {
                return Err(Error::Input {
                    service: self.service.clone(),
                    kind: self.kind,
                    name: self.key().to_owned(),
                    source,
                });
            }
        };
        let opened = self.materials.keys.open(path, &bytes).map_err(|source| Error::Decrypt {
            service: self.service.clone(),
            kind: self.kind,
            name: self.key().to_owned(),
            source,
        })?;
        let relative = path.strip_prefix(self.materials.tree.root()).ok();
        match opened {
            Opened::Decrypted(secret) => self.to_tmpfs(Contents::Secret(secret), layout),
            Opened::Plain => {
                if self.is_hosts(path) {
                    self.in_place(path, &bytes, layout);
                    Ok(())
                } else if self.kind == InputKind::Secret || self.declares_owner() {
                    self.to_tmpfs(self.wrap(bytes), layout)
                } else {
                    let shown = relative.unwrap_or(path).display().to_string();
                    self.to_work_directory(path, bytes, shown, layout);
                    Ok(())
                }
            }
        }
    }

    /// Whether the file stands on the host, and is mounted from there.
    fn is_hosts(&self, path: &Path) -> bool {
        let tree = self.materials.tree;
        !path.starts_with(tree.root()) || tree.placement() == Placement::InPlace
    }

    /// The engine's host may be another one than ours. A mount without a source fails there before anything is stopped.
    fn missing(&self, path: &Path, layout: &mut Layout) {
        layout.warnings.push(format!(
            "{} `{}` of service `{}`: there is no file `{}`; where the engine has none either, it refuses the container",
            self.kind,
            self.key(),
            self.service,
            path.display()
        ));
        layout.objects.insert(self.object_ref(), path.to_owned());
    }

    fn declares_owner(&self) -> bool {
        !self.reference.uid.is_empty()
            || !self.reference.gid.is_empty()
            || self.reference.mode.is_some()
    }

    /// Declared secrets are secrets even when they were committed in plain text.
    fn wrap(&self, bytes: Vec<u8>) -> Contents {
        if self.kind == InputKind::Secret {
            Contents::Secret(Secret::new(bytes))
        } else {
            Contents::Plain(bytes)
        }
    }

    /// The file itself is mounted, as Compose does; like Compose, its owner and mode stay what they are.
    fn in_place(&self, path: &Path, bytes: &[u8], layout: &mut Layout) {
        if self.declares_owner() {
            layout.warnings.push(format!(
                "{} `{}` of service `{}`: uid, gid and mode do not apply to a file that is mounted in place",
                self.kind,
                self.key(),
                self.service
            ));
        }
        let digest = Contents::Plain(bytes.to_vec()).digest();
        self.note(path.to_owned(), digest, layout);
    }

    fn to_work_directory(&self, path: &Path, bytes: Vec<u8>, shown: String, layout: &mut Layout) {
        let contents = Contents::Plain(bytes);
        self.note(path.to_owned(), contents.digest(), layout);
        let file = DesiredFile {
            contents,
            mode: 0o644,
            uid: None,
            gid: None,
            replace: Replace::InPlace,
            shown,
        };
        layout.files.insert(path.to_owned(), file);
    }

    fn to_tmpfs(&self, contents: Contents, layout: &mut Layout) -> Result<(), Error> {
        if let Some(directory) = &self.materials.unseen_secrets {
            return Err(hidden(directory, RUNTIME));
        }
        let kind = if self.kind == InputKind::Secret { "secrets" } else { "configs" };
        let path = self
            .materials
            .secrets_dir
            .join(self.service.as_str())
            .join(kind)
            .join(self.file_name());
        let file = DesiredFile {
            mode: self.reference.mode.map_or(DEFAULT_MODE, |mode| mode.0),
            uid: self.owner(&self.reference.uid)?,
            gid: self.owner(&self.reference.gid)?,
            replace: Replace::InPlace,
            shown: format!("{} {} of {}", self.kind, self.key(), self.service),
            contents,
        };
        self.note(path.clone(), file.contents.digest(), layout);
        layout.files.insert(path, file);
        Ok(())
    }

    fn owner(&self, text: &str) -> Result<Option<u32>, Error> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| Error::Owner {
            service: self.service.clone(),
            kind: self.kind,
            name: self.key().to_owned(),
            owner: text.to_owned(),
        })
    }

    fn note(&self, path: PathBuf, digest: String, layout: &mut Layout) {
        layout.objects.insert(self.object_ref(), path.clone());
        let input =
            Input { kind: self.kind, name: self.key().to_owned(), path: Some(path), digest };
        // A second reference holds the same: it counts once.
        let known = layout.inputs.get(self.service).into_iter().flatten();
        if !known.into_iter().any(|known| known.kind == input.kind && known.name == input.name) {
            layout.input(self.service, input);
        }
    }

    fn object_ref(&self) -> ObjectRef {
        ObjectRef {
            service: self.service.clone(),
            kind: self.kind,
            key: self.key().to_owned(),
            target: self.reference.target.clone(),
        }
    }

    /// The name of the file on the tmpfs: the key. A further reference that declares another owner or mode than the first
    /// one gets a file of its own.
    fn file_name(&self) -> String {
        let service = self.materials.loaded.project.services.get(self.service);
        let all = service.map(|service| match self.kind {
            InputKind::Secret => &service.secrets,
            InputKind::Config | InputKind::File => &service.configs,
        });
        let first = all.into_iter().flatten().find(|other| other.source == self.reference.source);
        let declared = |reference: &FileReference| {
            let mode = reference.mode.map_or(DEFAULT_MODE, |mode| mode.0);
            (mode, reference.uid.clone(), reference.gid.clone())
        };
        let (mode, uid, gid) = declared(self.reference);
        match first.map(declared) {
            Some(other) if other != (mode, uid.clone(), gid.clone()) => {
                format!("{}@{mode:o}-{uid}-{gid}", self.key())
            }
            Some(_) | None => self.key().to_owned(),
        }
    }

    /// One that is written in the Compose file or comes from a variable. What may be secret goes to the tmpfs; a plain
    /// config is copied into the container, as Compose does, unless its file system is read-only.
    fn add_inline(&self, layout: &mut Layout) -> Result<(), Error> {
        let (text, tainted) = self.inline_text()?;
        let read_only =
            self.materials.loaded.project.services.get(self.service).is_some_and(|s| s.read_only);
        if self.kind == InputKind::Secret || tainted {
            return self.to_tmpfs(Contents::Secret(Secret::new(text.into_bytes())), layout);
        }
        let contents = Contents::Plain(text.into_bytes());
        if read_only {
            return self.to_tmpfs(contents, layout);
        }
        let input = Input {
            kind: self.kind,
            name: self.key().to_owned(),
            path: None,
            digest: contents.digest(),
        };
        layout.input(self.service, input);
        let copied = CopiedFile {
            target: self.target(),
            contents,
            mode: self.reference.mode.map_or(DEFAULT_MODE, |mode| mode.0),
            uid: self.owner(&self.reference.uid)?.unwrap_or(0),
            gid: self.owner(&self.reference.gid)?.unwrap_or(0),
        };
        layout.copies.entry(self.service.clone()).or_default().push(copied);
        Ok(())
    }

    /// The text of an inline config or secret, and whether any of it came out of an encrypted file.
    fn inline_text(&self) -> Result<(String, bool), Error> {
        if self.declared.environment.is_empty() {
            let kind = if self.kind == InputKind::Secret { "secrets" } else { "configs" };
            let path = [kind, self.key(), "content"].map(str::to_owned);
            let tainted = self.materials.loaded.secret_paths.contains(path.as_slice());
            return Ok((self.declared.content.clone(), tainted));
        }
        match self.materials.loaded.environment.get(&self.declared.environment) {
            Some(variable) => Ok((variable.value.clone(), variable.secret)),
            None => Err(Error::Unset {
                service: self.service.clone(),
                kind: self.kind,
                name: self.key().to_owned(),
                variable: self.declared.environment.clone(),
            }),
        }
    }

    /// Where a copied config stands in the container: its target, relative ones below `/`.
    fn target(&self) -> String {
        let target =
            if self.reference.target.is_empty() { self.key() } else { &self.reference.target };
        if target.starts_with('/') { target.to_owned() } else { format!("/{target}") }
    }
}
