//! What a revision asks for: a rendered project and everything that its containers get from the repository.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::behaviour::Behaviour;
use super::hash::{Dialect, sha256_hex};
use super::name::{EngineName, InstanceName, ServiceName, SourceName};
use super::project::Project;
use super::revision::Revision;
use super::secret::Secret;

/// What one stack should be on one engine. Much of it may have come out of an encrypted file.
#[derive(Clone)]
pub struct Desired {
    /// The engine it runs on.
    pub engine: EngineName,
    /// Where it comes from; told in labels.
    pub origin: Origin,
    /// The rendered project.
    pub project: Project,
    /// The directory below which its files are laid out, where it is not the stack's own below the state directory.
    pub work: Option<PathBuf>,
    /// Files to be laid out before containers are made, by absolute path.
    pub files: BTreeMap<PathBuf, DesiredFile>,
    /// What each service gets from the repository besides its spec. A change of one replaces the container.
    pub inputs: BTreeMap<ServiceName, Vec<Input>>,
    /// Where the configs and secrets of services stand on the host, to be bind-mounted. One that is not named here is
    /// in `copies`.
    pub objects: BTreeMap<ObjectRef, PathBuf>,
    /// Files copied into a container before each of its starts (inline configs).
    pub copies: BTreeMap<ServiceName, Vec<CopiedFile>>,
    /// The text of each seccomp profile that a service names as a file, in one line, by the name as it was written.
    pub profiles: BTreeMap<String, String>,
    /// Whose config hashes are written into labels.
    pub config_hash: Dialect,
    /// How services are handled that say so; all others by default.
    pub behaviours: BTreeMap<ServiceName, Behaviour>,
    /// What becomes of containers whose service is gone.
    pub orphans: Orphans,
}

/// A config or secret as one service refers to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The service.
    pub service: ServiceName,
    /// [`InputKind::Config`] or [`InputKind::Secret`].
    pub kind: InputKind,
    /// Key of the model.
    pub key: String,
    /// Its path in the container, as written: a service may refer to one secret twice.
    pub target: String,
}

/// Where a stack comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Which Conductor acts.
    pub instance: InstanceName,
    /// The source; `None` for a project named by `-f`.
    pub source: Option<SourceName>,
    /// The stack's path in its source.
    pub stack: PathBuf,
    /// The revision that was rendered.
    pub revision: Revision,
}

/// What becomes of containers whose service is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    /// They are named, and stay.
    Name,
    /// They are stopped and removed.
    Remove,
}

/// The contents of a file, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// As committed.
    Plain(Vec<u8>),
    /// Came out of an encrypted file, or is declared a secret.
    Secret(Secret),
    /// A symbolic link to this target.
    Link(PathBuf),
}

impl Contents {
    /// SHA-256 of the bytes, in hex.
    pub fn digest(&self) -> String {
        match self {
            Self::Plain(bytes) => sha256_hex(bytes),
            Self::Secret(secret) => sha256_hex(secret.expose()),
            Self::Link(target) => sha256_hex(format!("link:{}", target.display()).as_bytes()),
        }
    }
}

/// A file to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredFile {
    /// What it holds.
    pub contents: Contents,
    /// Permission bits.
    pub mode: u32,
    /// Owner; `None` leaves Conductor's own.
    pub uid: Option<u32>,
    /// Group; `None` leaves Conductor's own.
    pub gid: Option<u32>,
    /// How the file is replaced when it changes.
    pub replace: Replace,
    /// What people call it: the path in the repository, or `secret db_password`.
    pub shown: String,
}

/// How a laid-out file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// A new file takes the old one's name at once (rename).
    Rename,
    /// The bytes are written into the same inode, because containers have that inode mounted.
    InPlace,
}

/// One thing that a service gets from the repository, by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// What kind of thing it is.
    pub kind: InputKind,
    /// What people call it: a path in the repository, or the key of a config or secret.
    pub name: String,
    /// Where it is laid out or stands, when it is a file.
    pub path: Option<PathBuf>,
    /// SHA-256 of its contents, in hex.
    pub digest: String,
}

/// What kind of thing an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputKind {
    /// A bind-mounted file.
    File,
    /// A config.
    Config,
    /// A secret.
    Secret,
}

impl InputKind {
    /// Reads the word that people call it by.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "file" => Some(Self::File),
            "config" => Some(Self::Config),
            "secret" => Some(Self::Secret),
            _ => None,
        }
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::File => "file",
            Self::Config => "config",
            Self::Secret => "secret",
        })
    }
}

/// A file that is copied into a container before each of its starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    /// Absolute path in the container.
    pub target: String,
    /// What it holds.
    pub contents: Contents,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// The number of replicas of a service: `scale`, else `deploy.replicas`, else one.
pub fn replicas(service: &super::service::Service) -> u32 {
    let wanted = service
        .scale
        .or_else(|| service.deploy.as_ref().and_then(|deploy| deploy.replicas))
        .unwrap_or(1);
    u32::try_from(wanted).unwrap_or(0)
}

/// Names, and never values.
impl fmt::Debug for Desired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desired")
            .field("engine", &self.engine)
            .field("origin", &self.origin)
            .field("project", &self.project)
            .field("files", &self.files.keys())
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

impl Desired {
    /// How a service is handled.
    pub fn behaviour(&self, service: &ServiceName) -> Behaviour {
        self.behaviours.get(service).cloned().unwrap_or_default()
    }

    /// The inputs of a service.
    pub fn inputs_of(&self, service: &ServiceName) -> &[Input] {
        self.inputs.get(service).map_or(&[], Vec::as_slice)
    }

    /// The value of the label `dev.conductor.spec` for a service: a digest of the text of its config hash and of the
    /// digests of its inputs, begun with its format.
    pub fn spec(&self, service: &ServiceName, config_hash: &str) -> String {
        let mut text = config_hash.to_owned();
        let mut inputs: Vec<&Input> = self.inputs.get(service).into_iter().flatten().collect();
        inputs.sort();
        for input in inputs {
            text.push_str(&format!("\n{} {} {}", input.kind, input.name, input.digest));
        }
        format!("1:{}", sha256_hex(text.as_bytes()))
    }
}
