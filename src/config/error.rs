//! What can be wrong with settings.

use std::io;
use std::path::PathBuf;

use crate::model::failure::{Disposition, Failure};
use crate::model::name::NameError;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process has no working directory.
    #[error("cannot tell the current directory")]
    WorkingDir {
        /// What the system said.
        source: io::Error,
    },
    /// The settings file cannot be read.
    #[error("cannot read the settings `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A settings file, or a repository's `conductor.yaml`, is not valid.
    #[error("invalid settings in `{}`", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: Problem,
    },
    /// A variable holds something that its setting cannot be.
    #[error("invalid value in the variable `{variable}`")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        source: Problem,
    },
    /// A name on the command line or in a variable breaks its rule.
    #[error("cannot use the setting `{setting}`")]
    Name {
        /// The setting.
        setting: String,
        /// The rule.
        source: NameError,
    },
    /// `--source` names nothing that is known or there.
    #[error("`{text}` is neither a source of the settings nor a directory or URL")]
    NoSuchSource {
        /// What was named.
        text: String,
        /// The sources of the settings.
        known: Vec<String>,
    },
    /// A source has no `url`.
    #[error("source `{name}` has no `url`")]
    SourceWithoutUrl {
        /// The source.
        name: String,
    },
    /// A source has no `name`.
    #[error("source number {number} has no `name`")]
    SourceWithoutName {
        /// Its place in the list, from 1.
        number: usize,
    },
    /// Two entries of a list have one name.
    #[error("two {what} are called `{name}`")]
    Twice {
        /// What kind of thing they are.
        what: &'static str,
        /// Their name.
        name: String,
    },
    /// A URL holds a password, which would end up in state and logs.
    #[error("the `url` of source `{name}` holds a password")]
    PasswordInUrl {
        /// The source.
        name: String,
    },
    /// A source over SSH lacks a file that it cannot do without.
    #[error("source `{name}` is reached over SSH and has no `{setting}`")]
    SshFile {
        /// The source.
        name: String,
        /// The setting.
        setting: &'static str,
    },
    /// A path leads out of the repository.
    #[error("`{}` of {what} is not a path inside the repository", path.display())]
    PathOutside {
        /// Whose path it is.
        what: String,
        /// The path.
        path: PathBuf,
    },
    /// The project directory of a stack is none.
    #[error(
        "cannot use `{}` as `project_directory` of stack `{stack}` in `conductor.yaml`: it is not an absolute path without `..`",
        path.display()
    )]
    ProjectDirectory {
        /// The stack.
        stack: String,
        /// As it was written.
        path: PathBuf,
    },
    /// Something that is known, but not built yet.
    #[error("{what} is not supported yet")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// The engine's address cannot be used.
    #[error("cannot use the engine's endpoint `{endpoint}`")]
    Endpoint {
        /// The address.
        endpoint: String,
    },
    /// A registry lacks a member.
    #[error("registry `{host}` has no `{setting}`")]
    Registry {
        /// The registry.
        host: String,
        /// The setting.
        setting: &'static str,
    },
    /// Something about who is let in cannot be used.
    #[error("cannot use the setting `{setting}`: {problem}")]
    Listen {
        /// The setting.
        setting: String,
        /// What is wrong with it.
        problem: String,
        /// The way out.
        hint: &'static str,
    },
    /// A manager of secrets lacks a member, or has one that cannot be used.
    #[error("provider `{name}` has no usable `{setting}`")]
    Provider {
        /// The provider.
        name: String,
        /// The setting.
        setting: &'static str,
    },
    /// A channel of notifications lacks a member, or has one that cannot be used.
    #[error("the channel `{name}` of `notifications` has no usable `{setting}`")]
    Notification {
        /// The channel.
        name: String,
        /// The setting.
        setting: &'static str,
    },
    /// A user's directory cannot be told.
    #[error("cannot tell where to keep {what}")]
    NoPlace {
        /// What is kept there.
        what: &'static str,
        /// The variables that would tell.
        variables: &'static str,
    },
    /// A file that holds a credential cannot be read.
    #[error("cannot read `{}`, which `{setting}` names", path.display())]
    SecretFile {
        /// The setting that names it.
        setting: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that should hold a credential holds nothing.
    #[error("`{}`, which `{setting}` names, is empty", path.display())]
    EmptySecretFile {
        /// The setting that names it.
        setting: String,
        /// The file.
        path: PathBuf,
    },
    /// A stack is meant for certain hosts, and this one has no name.
    #[error("stack `{stack}` is for certain `hosts`, and this host has no name")]
    NoHost {
        /// The stack.
        stack: String,
    },
}

/// What is wrong in a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{text}", Place(*line, *column))]
pub struct Problem {
    /// Line, from 1; 0 when unknown.
    pub line: usize,
    /// Column, from 1; 0 when unknown.
    pub column: usize,
    /// What is wrong.
    pub text: String,
    /// The way out, where it is known.
    pub hint: Option<String>,
}

/// The line and column before a problem's text; nothing when they are unknown.
struct Place(usize, usize);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0, self.1) {
            (0, _) => Ok(()),
            (line, 0) => write!(f, "line {line}: "),
            (line, column) => write!(f, "line {line}, column {column}: "),
        }
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Fatal
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WorkingDir { .. } => "change to a directory that exists",
            Self::Read { .. } => {
                "check the path and its permissions, or name another file with `--config`"
            }
            Self::Invalid { source, .. } | Self::Variable { source, .. } => {
                return source.hint.clone();
            }
            Self::Name { .. } => "choose a name that follows the rule",
            Self::NoSuchSource { known, .. } if !known.is_empty() => {
                return Some(format!("the settings name {}", known.join(", ")));
            }
            Self::NoSuchSource { .. } => {
                "name an existing directory, or the URL of a git repository"
            }
            Self::SourceWithoutUrl { .. } => {
                "give it a `url`, such as `https://git.example.com/me/stacks.git`"
            }
            Self::SourceWithoutName { .. } => {
                "give it a `name`: lower-case letters, digits, `-` and `_`"
            }
            Self::Twice { .. } => "rename one of them",
            Self::PasswordInUrl { .. } => {
                "write the password to a file and name it in `token_file`"
            }
            Self::SshFile { setting, .. } => return Some(ssh_hint(setting)),
            Self::PathOutside { .. } => {
                "write it relative to the root of the repository, without `..`"
            }
            Self::ProjectDirectory { .. } => {
                "name the directory from the root of this host, such as `/opt/blog`"
            }
            Self::Unsupported { instead, .. } => instead,
            Self::Listen { hint, .. } => hint,
            Self::Endpoint { .. } => {
                "write `unix:///path/to/docker.sock` or `tcp://host:port`; TLS and `ssh://` are not supported yet"
            }
            Self::Registry { .. } => "a registry needs `host`, `username` and `password_file`",
            Self::Provider { .. } => {
                "a provider needs `name`, `address` (such as `https://bao.lan:8200`) and `token_file`"
            }
            Self::Notification { .. } => {
                "a channel needs `name` and either `url` (such as `https://ntfy.sh/my-topic`) or `url_file`"
            }
            Self::NoPlace { variables, .. } => return Some(format!("set {variables}")),
            Self::SecretFile { .. } => "check that the file exists and that this user may read it",
            Self::EmptySecretFile { .. } => "write the credential to the file",
            Self::NoHost { .. } => {
                "set `host` in the settings, or `CONDUCTOR_HOST`: in a container the hostname says nothing"
            }
        };
        Some(hint.to_owned())
    }
}

fn ssh_hint(setting: &str) -> String {
    if setting == "known_hosts_file" {
        "host keys are pinned: write the host's public key to a file (`ssh-keyscan HOST` shows it; compare it with \
         what the provider publishes) and name it in `known_hosts_file`"
            .to_owned()
    } else {
        "name a private key that may read the repository (a deploy key) in `ssh_key_file`"
            .to_owned()
    }
}
