//! The settings, complete and valid.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::docker::Docker;
use super::environment::{Environment, OwnContainer};
use super::error::Error;
use super::fragment::{EngineFragment, EngineKind, JournalFragment, LimitsFragment};
use super::listen::Listen;
use super::places::Places;
use super::registry::Registry;
use super::secrets::SecretSettings;
use super::source::{AdHoc, Source};
use crate::model::channel::Channel;
use crate::model::hash::Dialect;
use crate::model::name::{EngineName, InstanceName};

/// How many stacks are reconciled at once.
pub const DEFAULT_STACKS: usize = 4;
/// How many images are pulled at once.
pub const DEFAULT_PULLS: usize = 3;
/// How long a stack may take to become healthy.
pub const DEFAULT_HEALTH_TIMEOUT: Duration = Duration::from_mins(3);
/// How long a container without a healthcheck must keep running to count as healthy.
pub const DEFAULT_SETTLING: Duration = Duration::from_secs(10);
/// How long a container that nobody finds any more goes on before it is stopped.
pub(super) const DEFAULT_DRAIN: Duration = Duration::from_secs(10);
/// How long one call to the engine may take.
pub const DEFAULT_ENGINE_CALL: Duration = Duration::from_mins(1);
/// How long a pull may go without progress.
pub const DEFAULT_PULL_STALL: Duration = Duration::from_mins(2);
/// How often the engine may start a container again before a wait for it fails.
pub const DEFAULT_RESTARTS: usize = 5;
/// How often the daemon asks each source.
pub(super) const DEFAULT_POLL: Duration = Duration::from_mins(1);
/// How far the journal reaches back.
pub(super) const DEFAULT_JOURNAL_AGE: Duration = Duration::from_hours(90 * 24);
/// How large the journal may be, in bytes.
pub(super) const DEFAULT_JOURNAL_SIZE: u64 = 256 * 1024 * 1024;
/// The engine's name when the settings give none.
const DEFAULT_ENGINE: &str = "local";
/// The instance when the settings give none.
const DEFAULT_INSTANCE: &str = "default";
/// Where the local engine listens.
const LOCAL_SOCKET: &str = "/var/run/docker.sock";

/// Everything that a person can set for this host.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The host's name, as `hosts` of a stack refers to it; `None` in a container where nobody set it.
    pub host: Option<String>,
    /// The container that it lives in, as far as it can be told.
    pub container: Option<OwnContainer>,
    /// Which Conductor this is.
    pub instance: InstanceName,
    /// The sources that it follows.
    pub sources: Vec<Source>,
    /// The engine that it acts on.
    pub engine: Engine,
    /// How Docker itself is kept alive.
    pub docker: Docker,
    /// Registries with a login.
    pub(super) registries: Vec<Registry>,
    /// Docker's own client settings, whose `auths` are logins too.
    pub(super) docker_config: Option<PathBuf>,
    /// Whose config hashes are written into labels, and shown.
    pub config_hash: Dialect,
    /// How secrets are decrypted, and where else they come from.
    pub secrets: SecretSettings,
    /// The directories that it writes to.
    pub places: Places,
    /// How much at once, and how long.
    pub limits: Limits,
    /// How much history is kept.
    pub journal: Journal,
    /// Where people are told what happened.
    pub notifications: Vec<Channel>,
    /// How often the daemon asks each source; never by itself where it is zero.
    pub poll: Duration,
    /// Who is let in, and where.
    pub listen: Listen,
    /// What a source that is named on the command line gets beside its address.
    pub(super) ad_hoc: AdHoc,
}

/// An engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its name, part of the identity of everything that runs there.
    pub name: EngineName,
    /// Where it listens.
    pub endpoint: Endpoint,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.endpoint)
    }
}

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket on this machine.
    Unix(PathBuf),
    /// A host and port without TLS, such as a socket proxy.
    Tcp(String),
}

impl Endpoint {
    /// Reads `unix:///path`, a plain path, `tcp://host:port` or `http://host:port`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = || Error::Endpoint { endpoint: without_password(text) };
        if let Some(path) = text.strip_prefix("unix://").or(text.starts_with('/').then_some(text)) {
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(refused())
            };
        }
        text.strip_prefix("tcp://")
            .or_else(|| text.strip_prefix("http://"))
            .map(|address| address.trim_end_matches('/'))
            .filter(|address| !address.is_empty() && !address.contains(['/', '@']))
            .map(|address| Self::Tcp(address.to_owned()))
            .ok_or_else(refused)
    }
}

/// The address without `user:password@`, for messages.
fn without_password(text: &str) -> String {
    let begin = text.find("://").map_or(0, |scheme| scheme + 3);
    match text[begin..].rsplit_once('@') {
        Some((login, rest)) if login.contains(':') => format!("{}***@{rest}", &text[..begin]),
        Some(_) | None => text.to_owned(),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

/// How much at once, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Stacks reconciled at once.
    pub stacks: usize,
    /// Images pulled at once.
    pub pulls: usize,
    /// How long a stack may take to become healthy.
    pub health_timeout: Duration,
    /// How long a container without a healthcheck must keep running to count as healthy.
    pub settling: Duration,
    /// How long a container that nobody finds any more goes on before it is stopped.
    pub drain: Duration,
    /// How long one call to the engine may take.
    pub engine_call: Duration,
    /// How long a pull may go without progress.
    pub pull_stall: Duration,
    /// How often the engine may start a container again before a wait for it fails.
    pub restarts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stacks: DEFAULT_STACKS,
            pulls: DEFAULT_PULLS,
            health_timeout: DEFAULT_HEALTH_TIMEOUT,
            settling: DEFAULT_SETTLING,
            drain: DEFAULT_DRAIN,
            engine_call: DEFAULT_ENGINE_CALL,
            pull_stall: DEFAULT_PULL_STALL,
            restarts: DEFAULT_RESTARTS,
        }
    }
}

impl Limits {
    pub(super) fn of(fragment: &LimitsFragment) -> Self {
        let default = Self::default();
        Self {
            stacks: fragment.stacks.map_or(default.stacks, |count| count.0),
            pulls: fragment.pulls.map_or(default.pulls, |count| count.0),
            health_timeout: fragment.health_timeout.map_or(default.health_timeout, |span| span.0),
            settling: fragment.settling.map_or(default.settling, |span| span.0),
            drain: fragment.drain.map_or(default.drain, |span| span.0),
            engine_call: fragment.engine_call.map_or(default.engine_call, |span| span.0),
            pull_stall: fragment.pull_stall.map_or(default.pull_stall, |span| span.0),
            restarts: fragment.restarts.map_or(default.restarts, |count| count.0),
        }
    }
}

/// How much history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// How far it reaches back.
    pub age: Duration,
    /// How large its file may be, in bytes.
    pub size: u64,
}

impl Journal {
    pub(super) fn of(fragment: &JournalFragment) -> Self {
        Self {
            age: fragment.max_age.map_or(DEFAULT_JOURNAL_AGE, |age| age.0),
            size: fragment.max_size.map_or(DEFAULT_JOURNAL_SIZE, |size| size.0),
        }
    }
}

/// The instance when none is set.
pub(super) fn default_instance() -> Result<InstanceName, Error> {
    InstanceName::parse(DEFAULT_INSTANCE)
        .map_err(|source| Error::Name { setting: "instance".to_owned(), source })
}

/// The one engine that the settings describe, else `DOCKER_HOST`, else the local socket.
pub(super) fn engine(
    fragments: Vec<EngineFragment>,
    environment: &Environment,
) -> Result<Engine, Error> {
    if fragments.len() > 1 {
        return Err(Error::Unsupported {
            what: "more than one engine".to_owned(),
            instead: "keep one entry in `engines`",
        });
    }
    let fragment = fragments.into_iter().next().unwrap_or_default();
    let foreign = match fragment.kind {
        None | Some(EngineKind::Docker) => None,
        Some(EngineKind::Podman) => Some("podman"),
        Some(EngineKind::Swarm) => Some("swarm"),
    };
    if let Some(kind) = foreign {
        return Err(Error::Unsupported {
            what: format!("an engine of kind `{kind}`"),
            instead: "use an engine of kind `docker`",
        });
    }
    let name = match fragment.name {
        Some(name) => name,
        None => EngineName::parse(DEFAULT_ENGINE)
            .map_err(|source| Error::Name { setting: "engines: name".to_owned(), source })?,
    };
    let set = fragment.endpoint.or_else(|| environment.get("DOCKER_HOST").map(str::to_owned));
    let endpoint = match set {
        Some(text) => Endpoint::parse(&text)?,
        None => Endpoint::Unix(LOCAL_SOCKET.into()),
    };
    Ok(Engine { name, endpoint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_socket_or_a_host_and_port() {
        let check = |text: &str| {
            Endpoint::parse(text)
                .map_or_else(|error| error.to_string(), |endpoint| endpoint.to_string())
        };
        assert_eq!(check("/run/docker.sock"), "unix:///run/docker.sock");
        assert_eq!(check("unix:///run/docker.sock"), "unix:///run/docker.sock");
        assert_eq!(check("tcp://proxy:2375/"), "tcp://proxy:2375");
        assert_eq!(check("http://proxy:2375"), "tcp://proxy:2375");
        assert_eq!(check("ssh://me@nas"), "cannot use the engine's endpoint `ssh://me@nas`");
        assert_eq!(
            check("tcp://me:hunter2@proxy:2375"),
            "cannot use the engine's endpoint `tcp://***@proxy:2375`"
        );
        assert_eq!(
            check("unix://docker.sock"),
            "cannot use the engine's endpoint `unix://docker.sock`"
        );
    }
}
