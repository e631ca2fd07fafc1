//! The sources: where stacks come from, and how they are reached.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::environment::Environment;
use super::error::Error;
use super::fragment::SourceFragment;
use super::secret_file;
use super::settings::Settings;
use crate::model::name::SourceName;
use crate::model::secret::Secret;

/// The name of a source that only the command line knows.
pub const COMMAND_LINE_SOURCE: &str = "cli";

/// A source that the settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: SourceName,
    /// Where it is.
    pub location: Location,
    /// Branch, tag or commit; `None` is the branch that the remote names.
    pub reference: Option<String>,
    /// Directories in which stacks are looked for; empty is everywhere.
    pub paths: Vec<PathBuf>,
    /// How it is reached.
    pub access: Access,
    /// Variables that its stacks see.
    pub environment: BTreeMap<String, String>,
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A git repository: a URL, an scp-like address, or the path of a repository on this machine.
    Git(String),
    /// A plain directory, used in place and never written to.
    Directory(PathBuf),
}

impl Location {
    /// Whether it is reached over SSH.
    pub fn is_ssh(&self) -> bool {
        match self {
            Self::Git(url) => url.starts_with("ssh://") || is_scp_like(url),
            Self::Directory(_) => false,
        }
    }

    /// Decides what `text` names. A path is a git repository where it is bare, or where a ref is asked for.
    fn of(text: &str, base: &Path, with_ref: WithRef) -> Self {
        if text.contains("://") || is_scp_like(text) {
            return Self::Git(text.to_owned());
        }
        let path = crate::model::tree::join_clean(base, Path::new(text));
        let is_bare = path.join("HEAD").is_file() && path.join("objects").is_dir();
        let git = match with_ref {
            WithRef::Yes => true,
            WithRef::No => is_bare,
            WithRef::IfRepository => is_bare || path.join(".git").exists(),
        };
        if git { Self::Git(path.to_string_lossy().into_owned()) } else { Self::Directory(path) }
    }
}

/// What decides whether a directory with a work tree is read as git or as it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WithRef {
    /// A ref was asked for: git.
    Yes,
    /// The command line named the directory: as it lies there.
    No,
    /// The settings name it: git, where it is a repository.
    IfRepository,
}

/// Whether `text` is `user@host:path` or `host:path`.
fn is_scp_like(text: &str) -> bool {
    text.split_once(':').is_some_and(|(host, path)| {
        !host.is_empty() && !host.contains('/') && !path.is_empty() && !path.starts_with("//")
    })
}

/// How a source is reached; credentials are named, not held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// User for HTTPS.
    pub username: Option<String>,
    /// File that holds a token or password for HTTPS.
    pub token_file: Option<PathBuf>,
    /// File that holds a private key for SSH.
    pub ssh_key_file: Option<PathBuf>,
    /// File that holds the pinned host keys.
    pub known_hosts_file: Option<PathBuf>,
    /// File that holds certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// What the files of an [`Access`] hold.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// User for HTTPS.
    pub username: Option<String>,
    /// Token or password for HTTPS.
    pub token: Option<Secret>,
    /// Private key for SSH.
    pub ssh_key: Option<Secret>,
    /// The pinned host keys, as in `known_hosts`.
    pub known_hosts: Option<String>,
    /// Certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Source {
    /// Reads the files that hold its credentials, now. Warnings are about who else may read them.
    pub fn credentials(&self, warnings: &mut Vec<String>) -> Result<Credentials, Error> {
        let setting = |member: &str| format!("sources: {}: {member}", self.name);
        let mut read = |member: &str, path: &Option<PathBuf>| {
            path.as_ref()
                .map(|path| secret_file::read(&setting(member), path, warnings))
                .transpose()
        };
        let ssh = self.location.is_ssh();
        let token = read("token_file", &self.access.token_file)?;
        let ssh_key = if ssh { read("ssh_key_file", &self.access.ssh_key_file)? } else { None };
        let known_hosts = match &self.access.known_hosts_file {
            Some(path) if ssh => Some(secret_file::read_text(&setting("known_hosts_file"), path)?),
            Some(_) | None => None,
        };
        Ok(Credentials {
            username: self.access.username.clone(),
            token: token.map(|token| token.first_line()),
            ssh_key,
            known_hosts,
            ca_file: self.access.ca_file.clone(),
        })
    }

    /// A valid source of a fragment.
    pub(super) fn of(
        fragment: SourceFragment,
        number: usize,
        base: &Path,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let name = fragment.name.clone().ok_or(Error::SourceWithoutName { number })?;
        let Some(url) = fragment.url.as_ref().filter(|url| !url.is_empty()) else {
            return Err(Error::SourceWithoutUrl { name: name.to_string() });
        };
        let with_ref =
            if fragment.reference.is_some() { WithRef::Yes } else { WithRef::IfRepository };
        let location = Location::of(url, base, with_ref);
        Self::complete(name, location, fragment, environment)
    }

    fn complete(
        name: SourceName,
        location: Location,
        fragment: SourceFragment,
        environment: &Environment,
    ) -> Result<Self, Error> {
        if fragment.submodules == Some(true) {
            return Err(Error::Unsupported {
                what: format!("`submodules: true` of source `{name}`"),
                instead: "remove `submodules`, and copy what the stacks need into the repository",
            });
        }
        if let Location::Git(url) = &location
            && has_password(url)
        {
            return Err(Error::PasswordInUrl { name: name.to_string() });
        }
        let paths = fragment.paths.unwrap_or_default();
        if let Some(path) = paths.iter().find(|path| !is_inside(path)) {
            let what = format!("`paths` of source `{name}`");
            return Err(Error::PathOutside { what, path: path.clone() });
        }
        let mut access = Access {
            username: fragment.username,
            token_file: fragment.token_file,
            ssh_key_file: fragment.ssh_key_file,
            known_hosts_file: fragment.known_hosts_file,
            ca_file: fragment.ca_file,
        };
        if location.is_ssh() {
            access.fill_in_ssh(name.as_str(), environment)?;
        }
        let environment =
            fragment.environment.into_iter().map(|(key, value)| (key, value.0)).collect();
        Ok(Self { name, location, reference: fragment.reference, paths, access, environment })
    }
}

impl Access {
    /// Takes the user's own key and known hosts where the settings name none.
    fn fill_in_ssh(&mut self, name: &str, environment: &Environment) -> Result<(), Error> {
        let own = environment.home().map(|home| home.join(".ssh"));
        let first = |names: &[&str]| {
            let own = own.as_ref()?;
            names.iter().map(|name| own.join(name)).find(|path| path.is_file())
        };
        if self.ssh_key_file.is_none() {
            self.ssh_key_file = first(&["id_ed25519", "id_ecdsa", "id_rsa"]);
        }
        if self.known_hosts_file.is_none() {
            self.known_hosts_file = first(&["known_hosts"]);
        }
        let missing = if self.ssh_key_file.is_none() {
            "ssh_key_file"
        } else if self.known_hosts_file.is_none() {
            "known_hosts_file"
        } else {
            return Ok(());
        };
        Err(Error::SshFile { name: name.to_owned(), setting: missing })
    }
}

/// What a source that is named on the command line gets beside its address.
#[derive(Debug, Clone)]
pub(super) struct AdHoc {
    /// What variables say about a source without giving its URL.
    pub(super) fragment: SourceFragment,
    pub(super) environment: Environment,
}

impl Settings {
    /// The source that `--source TEXT --ref REF` means: one of the settings by its name or URL, else one of its own.
    pub fn source_of_argument(&self, text: &str, reference: Option<&str>) -> Result<Source, Error> {
        let known = self.sources.iter().find(|source| {
            source.name.as_str() == text
                || matches!(&source.location, Location::Git(url) if url == text)
        });
        if let Some(source) = known {
            let reference = reference.map(str::to_owned).or_else(|| source.reference.clone());
            return Ok(Source { reference, ..source.clone() });
        }
        let mut fragment = self.ad_hoc.fragment.clone();
        fragment.reference = reference.map(str::to_owned).or(fragment.reference);
        let name = SourceName::parse(COMMAND_LINE_SOURCE)
            .map_err(|source| Error::Name { setting: "--source".to_owned(), source })?;
        let with_ref = if fragment.reference.is_some() { WithRef::Yes } else { WithRef::No };
        let location = Location::of(text, &self.ad_hoc.environment.working_dir, with_ref);
        // Nothing is not the current directory: `--source "$URL"` with a variable that is not set must not deploy it.
        if let Location::Directory(path) = &location
            && (text.is_empty() || !path.is_dir())
        {
            let known = self.sources.iter().map(|source| source.name.to_string()).collect();
            return Err(Error::NoSuchSource { text: text.to_owned(), known });
        }
        Source::complete(name, location, fragment, &self.ad_hoc.environment)
    }
}

/// Whether a URL with a scheme holds a password.
fn has_password(url: &str) -> bool {
    url.split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|authority| authority.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'))
}

/// Whether a path stays inside the directory it is relative to.
pub(super) fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
