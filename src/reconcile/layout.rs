//! What the containers of a stack get from its repository: files to lay out, inputs that count, configs and secrets.
//!
//! Plain files of a git revision are laid out below the stack's work directory; whatever came out of an encrypted file,
//! or is declared a secret, goes to the tmpfs below the runtime directory. A plain directory is used in place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose::Loaded;
use crate::model::desired::{
    Contents, CopiedFile, DesiredFile, Input, InputKind, ObjectRef, Replace,
};
use crate::model::name::ServiceName;
use crate::model::project::Project;
use crate::model::provided::ProvidedValue;
use crate::model::secret::Secret;
use crate::model::service::seccomp_file;
use crate::model::tree::{Placement, Tree};
use crate::secrets::Keys;

use super::error::Error;
use super::{binds, objects, profiles};

/// Everything that one rendered stack needs on the disk.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Files to lay out, by absolute path.
    pub(super) files: BTreeMap<PathBuf, DesiredFile>,
    /// What counts as input of each service.
    pub(super) inputs: BTreeMap<ServiceName, Vec<Input>>,
    /// Where configs and secrets stand.
    pub(super) objects: BTreeMap<ObjectRef, PathBuf>,
    /// Inline configs.
    pub(super) copies: BTreeMap<ServiceName, Vec<CopiedFile>>,
    /// Seccomp profiles, by the name as it was written.
    pub(super) profiles: BTreeMap<String, String>,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
}

/// What the layout is made from.
pub(super) struct Materials<'a> {
    /// The rendered project and what was read for it.
    pub(super) loaded: &'a Loaded,
    /// The files of the revision.
    pub(super) tree: &'a dyn Tree,
    /// What decrypts them.
    pub(super) keys: &'a Keys,
    /// What managers of secrets keep for it.
    pub(super) provided: &'a BTreeMap<ProvidedValue, Secret>,
    /// The project's directory for secrets, on a tmpfs.
    pub(super) secrets_dir: &'a Path,
    /// The directory of all secrets, where the engine's host cannot see it.
    pub(super) unseen_secrets: Option<PathBuf>,
}

/// Works out what has to be on the disk before the containers of a project are made.
pub(super) fn lay_out(materials: &Materials) -> Result<Layout, Error> {
    let mut layout = Layout::default();
    if materials.tree.placement() == Placement::LaidOut {
        compose_files(materials, &mut layout);
    }
    for (name, service) in &materials.loaded.project.services {
        for file in service.security_opt.iter().filter_map(|option| seccomp_file(option)) {
            profiles::add(materials, name, file, &mut layout)?;
        }
        for mount in service.volumes.iter().filter(|mount| mount.r#type == "bind") {
            binds::add(materials, name, mount, &mut layout)?;
        }
        for (kind, references) in
            [(InputKind::Config, &service.configs), (InputKind::Secret, &service.secrets)]
        {
            for reference in references {
                objects::add(materials, (name, kind), reference, &mut layout)?;
            }
        }
    }
    Ok(layout)
}

/// The values of managers of secrets that the services of a project refer to.
pub(super) fn wanted(project: &Project) -> BTreeSet<ProvidedValue> {
    let mut wanted = BTreeSet::new();
    for service in project.services.values() {
        for (declared, references) in
            [(&project.configs, &service.configs), (&project.secrets, &service.secrets)]
        {
            let objects = references.iter().filter_map(|one| declared.get(&one.source));
            wanted.extend(objects.filter_map(|object| object.provided.clone()));
        }
    }
    wanted
}

/// The Compose and env files themselves, as committed, so that `docker compose -f` has files to read. Encrypted ones
/// stay encrypted. One that cannot be read was reported when the project was loaded.
fn compose_files(materials: &Materials, layout: &mut Layout) {
    for path in &materials.loaded.read {
        if let Ok(relative) = path.strip_prefix(materials.tree.root())
            && let Ok(bytes) = materials.tree.read(path)
        {
            let file = DesiredFile {
                contents: Contents::Plain(bytes),
                mode: 0o644,
                uid: None,
                gid: None,
                replace: Replace::Rename,
                shown: relative.display().to_string(),
            };
            layout.files.insert(path.clone(), file);
        }
    }
}

impl Layout {
    /// Notes that a service gets `contents` under this name.
    pub(super) fn input(&mut self, service: &ServiceName, input: Input) {
        let inputs = self.inputs.entry(service.clone()).or_default();
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
}
