//! What can go wrong with the engine.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::failure::{Disposition, Failure};
use crate::model::name::ServiceName;

use super::task::Task;

/// What the engine said instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status of its answer.
    pub status: u16,
    /// Its own words.
    pub message: String,
}

/// Why there was no answer, or none that makes sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub String);

/// What can go wrong with the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text of an endpoint leads nowhere.
    #[error("cannot use the engine at `{text}`: {reason}")]
    Endpoint {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no socket.
    #[error("cannot reach the engine: no socket at `{}`", path.display())]
    SocketMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The socket is not for us.
    #[error("cannot reach the engine: no permission for `{}`", path.display())]
    SocketDenied {
        /// The socket.
        path: PathBuf,
    },
    /// Nobody answers at the endpoint.
    #[error("cannot reach the engine at `{endpoint}`")]
    Unreachable {
        /// The endpoint, as text.
        endpoint: String,
        /// Why.
        source: Lost,
    },
    /// The engine speaks only older versions of its API.
    #[error("engine {version} is too old: it speaks API {}.{}", api.0, api.1)]
    TooOld {
        /// The engine's version.
        version: String,
        /// Its API.
        api: (u32, u32),
    },
    /// The engine did not answer in time.
    #[error("cannot {task}: no answer within {} s", limit.as_secs())]
    TimedOut {
        /// What was to be done.
        task: Task,
        /// How long it was given.
        limit: Duration,
    },
    /// Docker is down, and a connect could start one that a person stopped.
    #[error("cannot {task}: Docker does not run, and is not started by asking it")]
    KeptAway {
        /// What was to be done.
        task: Task,
    },
    /// The connection broke, or the answer made no sense.
    #[error("cannot {task}: the engine's answer was lost")]
    NoAnswer {
        /// What was to be done.
        task: Task,
        /// Why.
        source: Lost,
    },
    /// The engine refused.
    #[error("cannot {task}")]
    Refused {
        /// What was to be done.
        task: Task,
        /// The engine's words.
        source: Refusal,
    },
    /// The thing is not there.
    #[error("cannot {task}: it does not exist")]
    NotFound {
        /// What was to be done.
        task: Task,
        /// The engine's words.
        source: Refusal,
    },
    /// Something else has the name.
    #[error("cannot {task}: the name is taken")]
    NameTaken {
        /// What was to be done.
        task: Task,
        /// The engine's words.
        source: Refusal,
    },
    /// Something else has the port.
    #[error("cannot start container `{container}`: {} is taken", port_text(port.as_deref()))]
    PortTaken {
        /// The container.
        container: String,
        /// The port of the host, where the engine names it.
        port: Option<String>,
        /// The engine's words.
        source: Refusal,
    },
    /// The source of a bind mount is not there.
    #[error("cannot {task}: there is no `{path}` to mount")]
    MountSourceMissing {
        /// What was to be done.
        task: Task,
        /// The missing path.
        path: String,
        /// The engine's words.
        source: Refusal,
    },
    /// The engine's disk is full.
    #[error("cannot {task}: the engine's disk is full")]
    DiskFull {
        /// What was to be done.
        task: Task,
        /// The engine's words.
        source: Refusal,
    },
    /// The engine has no such image, nor has the registry.
    #[error("cannot find image `{image}`")]
    ImageNotFound {
        /// Its reference.
        image: String,
        /// The engine's words.
        source: Refusal,
    },
    /// The registry does not let us have the image.
    #[error("cannot pull image `{image}`: `{registry}` refused access")]
    ImageDenied {
        /// Its reference.
        image: String,
        /// The registry.
        registry: String,
        /// The engine's words.
        source: Refusal,
    },
    /// The registry wants us to slow down.
    #[error("cannot pull image `{image}`: `{registry}` has had too many requests")]
    RegistryLimited {
        /// Its reference.
        image: String,
        /// The registry.
        registry: String,
        /// The engine's words.
        source: Refusal,
    },
    /// The engine could not reach the registry.
    #[error("cannot pull image `{image}`: the engine cannot reach `{registry}`")]
    RegistryUnreachable {
        /// Its reference.
        image: String,
        /// The registry.
        registry: String,
        /// The engine's words.
        source: Refusal,
    },
    /// A pull stood still.
    #[error("cannot pull image `{image}`: no progress for {} s", limit.as_secs())]
    PullStalled {
        /// Its reference.
        image: String,
        /// How long nothing came.
        limit: Duration,
    },
    /// Docker's configuration leaves a registry's password to a program.
    #[error(
        "cannot log in to `{registry}`: its password is kept by the credential helper `{helper}`"
    )]
    CredentialHelper {
        /// The registry.
        registry: String,
        /// The helper.
        helper: String,
    },
    /// Docker's configuration cannot be understood.
    #[error("cannot read the registry logins of `{}`: {reason}", path.display())]
    CredentialsFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An image reference that no engine would accept.
    #[error("invalid image reference `{text}`: {reason}")]
    Reference {
        /// As it was given.
        text: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A person, or a newer revision, put an end to it.
    #[error("cancelled: {task}")]
    Cancelled {
        /// What was going on.
        task: Task,
    },
    /// A key that is not supported.
    #[error("`services.{service}.{key}` is not supported")]
    Unsupported {
        /// The service.
        service: ServiceName,
        /// The key below it.
        key: String,
        /// The way out.
        hint: &'static str,
    },
    /// A key that needs a newer engine.
    #[error(
        "`services.{service}.{key}` needs an engine with API {}.{}, and this one has {}.{}",
        needs.0, needs.1, has.0, has.1
    )]
    EngineTooOldFor {
        /// The service.
        service: ServiceName,
        /// The key below it.
        key: String,
        /// API version that it came with.
        needs: (u32, u32),
        /// API version of the engine.
        has: (u32, u32),
    },
    /// A value that the engine would misunderstand.
    #[error("`services.{service}.{key}`: {reason}")]
    Invalid {
        /// The service.
        service: ServiceName,
        /// The key below it.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A service shares something of another that has no container.
    #[error("`services.{service}.{key}` needs a container of `{parent}`, and there is none")]
    NoParent {
        /// The service.
        service: ServiceName,
        /// The key below it.
        key: &'static str,
        /// The service it refers to.
        parent: String,
    },
}

fn port_text(port: Option<&str>) -> String {
    port.map_or_else(|| "a port".to_owned(), |port| format!("port {port}"))
}

/// How long to wait for an engine that is away.
const ENGINE_AWAY: Duration = Duration::from_secs(10);
/// How long to wait for a registry that is away.
const REGISTRY_AWAY: Duration = Duration::from_mins(1);
/// How long to wait for a registry that has had enough of us.
const REGISTRY_LIMITED: Duration = Duration::from_mins(15);

impl Error {
    /// Whether the engine itself is away, hangs, ends or has no room: nothing that was asked for is to blame.
    pub fn is_hosts(&self) -> bool {
        if let Self::Refused { source, .. } = self {
            return source.status >= 500
                && ENDING.iter().any(|words| source.message.contains(words));
        }
        let away = Disposition::RetryAfter(ENGINE_AWAY);
        matches!(self, Self::DiskFull { .. })
            || self.disposition() == away
            || self.disposition() == Disposition::Fatal
    }
}

/// What an engine says that is ending, or has lost what runs its containers.
const ENDING: [&str; 4] =
    ["shutting down", "context canceled", "containerd.sock", "transport is closing"];

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Endpoint { .. } | Self::SocketDenied { .. } | Self::TooOld { .. } => {
                Disposition::Fatal
            }
            Self::SocketMissing { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::NoAnswer { .. }
            | Self::KeptAway { .. }
            | Self::Cancelled { .. } => Disposition::RetryAfter(ENGINE_AWAY),
            Self::RegistryUnreachable { .. }
            | Self::PullStalled { .. }
            | Self::DiskFull { .. }
            | Self::PortTaken { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. } => Disposition::RetryAfter(REGISTRY_AWAY),
            Self::RegistryLimited { .. } => Disposition::RetryAfter(REGISTRY_LIMITED),
            Self::NameTaken { .. }
            | Self::MountSourceMissing { .. }
            | Self::ImageNotFound { .. }
            | Self::ImageDenied { .. }
            | Self::CredentialHelper { .. }
            | Self::CredentialsFile { .. }
            | Self::Reference { .. }
            | Self::Unsupported { .. }
            | Self::EngineTooOldFor { .. }
            | Self::Invalid { .. }
            | Self::NoParent { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Endpoint { .. } => {
                "name a socket (`unix:///var/run/docker.sock`) or an address (`tcp://127.0.0.1:2375`)"
            }
            Self::SocketMissing { .. } => {
                "start Docker (`systemctl start docker`), or name its socket in `DOCKER_HOST`"
            }
            Self::SocketDenied { .. } => "run as root, or as a member of the group `docker`",
            Self::Unreachable { .. } => "see whether Docker runs: `systemctl status docker`",
            Self::TooOld { .. } => "install Docker Engine 20.10 or newer",
            Self::TimedOut { .. } => "see whether Docker hangs: `docker ps` should answer at once",
            Self::NameTaken { .. } => {
                "remove or rename what has the name, or choose another `container_name`"
            }
            Self::PortTaken { .. } => {
                "find who listens there with `ss -ltnp` or `docker ps`, or publish another port"
            }
            Self::MountSourceMissing { .. } => {
                "create the path on the host, or correct the source in the Compose file"
            }
            Self::DiskFull { .. } => {
                "make room, for example with `docker system df` and `docker image prune`"
            }
            Self::ImageNotFound { .. } => {
                "check the name and tag, and that the registry has it for this platform"
            }
            Self::ImageDenied { .. } => {
                "check the name; for a private image add its registry to `registries` in the settings"
            }
            Self::RegistryLimited { .. } => {
                "log in to the registry for a higher limit, or try again later"
            }
            Self::RegistryUnreachable { .. } => "check the engine's network, name server and proxy",
            Self::PullStalled { .. } => {
                "check the engine's network; the next run goes on with the layers it has"
            }
            Self::CredentialHelper { .. } => {
                "name the registry with `username` and `password_file` under `registries` in the settings"
            }
            Self::KeptAway { .. } => "`conductor docker status` says why",
            Self::CredentialsFile { .. } => "mend the file, or log in again with `docker login`",
            Self::Unsupported { hint, .. } => hint,
            Self::EngineTooOldFor { .. } => "update Docker Engine, or remove the key",
            Self::NoAnswer { .. }
            | Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::Reference { .. }
            | Self::Cancelled { .. }
            | Self::Invalid { .. }
            | Self::NoParent { .. } => return None,
        };
        Some(text.to_owned())
    }
}
