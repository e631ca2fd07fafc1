//! What can fail between a source's URL and a revision in the mirror.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::failure::{Disposition, Failure};

use super::credentials::{KeyProblem, Tried};

/// What libgit2 said, without any credentials that stood in a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GitSaid(pub String);

impl From<git2::Error> for GitSaid {
    fn from(error: git2::Error) -> Self {
        let text = error.message().trim().trim_end_matches('.');
        Self(super::address::without_credentials(text))
    }
}

/// Why a source could not be fetched, or a mirror not be used. URLs in it carry no credentials.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is not one that can be followed.
    #[error("cannot use `{url}` as a git URL: {reason}")]
    Url {
        /// The URL without credentials.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing at the URL, or not a git repository.
    #[error("cannot find a git repository at `{url}`")]
    NoRepository {
        /// The URL without credentials.
        url: String,
        /// What was answered.
        #[source]
        source: GitSaid,
    },
    /// The repository on this machine is there and cannot be read.
    #[error("cannot read the git repository at `{url}`")]
    Unreadable {
        /// The URL without credentials.
        url: String,
        /// What libgit2 said.
        #[source]
        source: GitSaid,
    },
    /// The repository has no commit yet.
    #[error("cannot find a commit in `{url}`: the repository is empty")]
    Empty {
        /// The URL without credentials.
        url: String,
    },
    /// No branch, tag or commit of that name.
    #[error("cannot find the branch, tag or commit `{reference}` in `{url}`")]
    NoSuchRef {
        /// The URL without credentials.
        url: String,
        /// What was asked for.
        reference: String,
        /// Names that the repository has: the nearest ones, else the first few.
        nearest: Vec<String>,
    },
    /// A short commit id that fits several commits.
    #[error("cannot tell which commit of `{url}` is meant by `{reference}`")]
    Ambiguous {
        /// The URL without credentials.
        url: String,
        /// What was asked for.
        reference: String,
    },
    /// The server wants other credentials than it got.
    #[error("cannot get access to `{url}`: {tried}")]
    AccessDenied {
        /// The URL without credentials.
        url: String,
        /// What was shown to the server.
        tried: Tried,
    },
    /// The SSH key is not one that can be used.
    #[error("cannot use the SSH key for `{url}`: {problem}")]
    Key {
        /// The URL without credentials.
        url: String,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// No key of this SSH server is pinned.
    #[error("cannot trust the SSH server `{host}`: its {kind} key {fingerprint} is not pinned")]
    HostKeyUnknown {
        /// The server, with its port when it is not 22.
        host: String,
        /// The key's type, such as `ssh-ed25519`.
        kind: String,
        /// `SHA256:…`, as `ssh-keygen -l` prints it.
        fingerprint: String,
        /// The line that pins the key.
        line: String,
    },
    /// Another key of this SSH server is pinned.
    #[error(
        "cannot trust the SSH server `{host}`: it shows the {kind} key {fingerprint}, but pinned is {}; \
         someone may be in between, or the server was set up anew",
        pinned.join(", ")
    )]
    HostKeyChanged {
        /// The server, with its port when it is not 22.
        host: String,
        /// The type of the key that it shows.
        kind: String,
        /// Fingerprint of the key that it shows.
        fingerprint: String,
        /// Type and fingerprint of each pinned key.
        pinned: Vec<String>,
    },
    /// The key that this SSH server shows is marked as revoked.
    #[error("cannot trust the SSH server `{host}`: its {kind} key {fingerprint} is revoked")]
    HostKeyRevoked {
        /// The server, with its port when it is not 22.
        host: String,
        /// The key's type.
        kind: String,
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// The server's TLS certificate is not trusted.
    #[error("cannot trust the TLS certificate of `{url}`")]
    Certificate {
        /// The URL without credentials.
        url: String,
        /// What OpenSSL said.
        #[source]
        source: GitSaid,
    },
    /// The file with certificate authorities cannot be used.
    #[error("cannot read certificate authorities from `{}`", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What OpenSSL said.
        #[source]
        source: GitSaid,
    },
    /// The server was not reached, or broke off.
    #[error("cannot fetch `{url}`")]
    Network {
        /// The URL without credentials.
        url: String,
        /// What libgit2 said.
        #[source]
        source: GitSaid,
    },
    /// No space left where the mirror is.
    #[error("cannot write the mirror `{}`: the disk is full", path.display())]
    DiskFull {
        /// The mirror.
        path: PathBuf,
    },
    /// The system refused to read or write the mirror.
    #[error("cannot write the mirror `{}`", path.display())]
    Mirror {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The mirror is damaged, and a fresh one was damaged, too, or could not be made.
    #[error("cannot read the mirror `{}`", path.display())]
    Corrupt {
        /// The mirror.
        path: PathBuf,
        /// What libgit2 said.
        #[source]
        source: GitSaid,
    },
    /// The mirror does not have this revision.
    #[error("cannot find the revision `{revision}` in the mirror `{}`", path.display())]
    NoSuchRevision {
        /// The mirror.
        path: PathBuf,
        /// The revision.
        revision: String,
    },
    /// Someone asked to stop.
    #[error("cannot finish fetching `{url}`: cancelled")]
    Cancelled {
        /// The URL without credentials.
        url: String,
    },
}

/// Pause after a server was away.
const NETWORK_PAUSE: Duration = Duration::from_secs(30);
/// Pause after the disk was full or refused to be written.
const DISK_PAUSE: Duration = Duration::from_mins(5);

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Network { .. } | Self::Cancelled { .. } => Disposition::RetryAfter(NETWORK_PAUSE),
            Self::DiskFull { .. } | Self::Mirror { .. } | Self::Corrupt { .. } => {
                Disposition::RetryAfter(DISK_PAUSE)
            }
            Self::Url { .. }
            | Self::NoRepository { .. }
            | Self::Unreadable { .. }
            | Self::Empty { .. }
            | Self::NoSuchRef { .. }
            | Self::Ambiguous { .. }
            | Self::AccessDenied { .. }
            | Self::Key { .. }
            | Self::HostKeyUnknown { .. }
            | Self::HostKeyChanged { .. }
            | Self::HostKeyRevoked { .. }
            | Self::Certificate { .. }
            | Self::Authorities { .. }
            | Self::NoSuchRevision { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Url { .. } => "use `https://…`, `ssh://…`, `user@host:path`, `file:///…` or an absolute path".into(),
            Self::NoRepository { .. } => "check the source's `url`; a server may also hide a repository that its \
                credentials do not open"
                .into(),
            Self::Unreadable { .. } => "check that this user may read the repository, and that `git fsck` finds it whole".into(),
            Self::Empty { .. } => "push a commit first".into(),
            Self::NoSuchRef { nearest, .. } => nearest_hint(nearest),
            Self::Ambiguous { .. } => "write more digits of the commit id".into(),
            Self::AccessDenied { tried, .. } => tried.hint().into(),
            Self::Key { problem, .. } => problem.hint().into(),
            Self::HostKeyUnknown { line, .. } => format!(
                "compare the fingerprint with the one the server's owner tells, then put this line into the file that \
                 the source's `known_hosts_file` names: {line}"
            ),
            Self::HostKeyChanged { .. } => "ask the server's owner; only if the key was changed on purpose, replace its \
                lines in the file that the source's `known_hosts_file` names"
                .into(),
            Self::HostKeyRevoked { .. } => "ask the server's owner for its new key".into(),
            Self::Certificate { .. } => "for a private certificate authority, let the source's `ca_file` name a PEM file that \
                holds its certificate; without the system's own (`SSL_CERT_FILE`, else such as \
                `/etc/ssl/certs/ca-certificates.crt`) no server is trusted"
                .into(),
            Self::Authorities { .. } => "let `ca_file` name a file with certificates in PEM form".into(),
            Self::DiskFull { .. } => "free some space; what was fetched before is still there".into(),
            Self::Corrupt { .. } => "it is fetched anew by itself as soon as the disk and the server allow".into(),
            Self::NoSuchRevision { .. } => "fetch the source again".into(),
            Self::Network { .. } | Self::Mirror { .. } | Self::Cancelled { .. } => return None,
        };
        Some(text)
    }
}

/// Names what the repository has instead.
fn nearest_hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "set the source's `ref` to a branch, tag or commit of the repository".into();
    }
    let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    format!("the repository has {}; set the source's `ref`", names.join(", "))
}
