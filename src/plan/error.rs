//! Why there is no plan.

use std::time::Duration;

use crate::model::failure::{Disposition, Failure};
use crate::model::name::ServiceName;

/// The most replicas of one service: a typing error must not become two thousand million containers.
pub(super) const MAX_REPLICAS: u32 = 1_000;

/// When to look again at an image that was damaged: somebody may have removed it.
const DAMAGED: Duration = Duration::from_mins(1);

/// Why there is no plan. Nothing has been touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A container that is not the project's has a name that is needed.
    #[error("the container name `{name}` of service `{service}` is taken by {}", holder(project.as_deref()))]
    NameTaken {
        /// The name.
        name: String,
        /// The service that needs it.
        service: ServiceName,
        /// The project of the container that has it.
        project: Option<String>,
    },
    /// A container of the project that stays has a name that is needed.
    #[error(
        "the container name `{name}` of service `{service}` is taken by a container of this project that stays"
    )]
    NameStays {
        /// The name.
        name: String,
        /// The service that needs it.
        service: ServiceName,
    },
    /// A service asks for more containers than any engine carries.
    #[error("service `{service}` asks for {replicas} replicas, and {MAX_REPLICAS} is the most")]
    TooMany {
        /// The service.
        service: ServiceName,
        /// How many it asks for.
        replicas: u32,
    },
    /// A hook is to run for each replica.
    #[error(
        "`pre_start` of service `{service}` says `per_replica: true`, which nobody carries out"
    )]
    PerReplica {
        /// The service.
        service: ServiceName,
    },
    /// An image that would have to be built is not here.
    #[error(
        "image `{reference}` of service `{service}` is not here, and Conductor does not build images"
    )]
    NotBuilt {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
    },
    /// The engine has lost a part of an image that a container has to be made from, and does not pull it again.
    #[error("image `{reference}` of service `{service}` is damaged: {reason}")]
    ImageDamaged {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
        /// The engine's words.
        reason: String,
    },
    /// An image that must not be pulled is not here.
    #[error(
        "image `{reference}` of service `{service}` is not here, and `pull_policy: never` forbids a pull"
    )]
    NeverPulled {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
    },
    /// The pull policy is not one that Compose knows.
    #[error("unknown pull policy `{policy}` of service `{service}`")]
    PullPolicy {
        /// The service.
        service: ServiceName,
        /// As written.
        policy: String,
    },
    /// An external network does not exist.
    #[error("network `{name}`, declared as external, does not exist")]
    NoNetwork {
        /// Name at the engine.
        name: String,
    },
    /// An external volume does not exist.
    #[error("volume `{name}`, declared as external, does not exist")]
    NoVolume {
        /// Name at the engine.
        name: String,
    },
    /// A network must be replaced, and containers that stay are running on it.
    #[error(
        "the options of network `{name}` changed, but {} on it and would stay",
        among(containers)
    )]
    NetworkInUse {
        /// Name at the engine.
        name: String,
        /// The containers.
        containers: Vec<String>,
    },
    /// A service that is to be replaced start-first cannot run twice.
    #[error("service `{service}` cannot be replaced start-first: {reason}")]
    StartFirst {
        /// The service.
        service: ServiceName,
        /// Why there cannot be two of it.
        reason: String,
    },
    /// Services depend on each other in a circle.
    #[error("services depend on each other in a circle: {}", circle(services))]
    Circle {
        /// The services of the circle.
        services: Vec<ServiceName>,
    },
}

fn holder(project: Option<&str>) -> String {
    project.map_or_else(
        || "a container that belongs to no project".to_owned(),
        |project| format!("a container of project `{project}`"),
    )
}

fn among(containers: &[String]) -> String {
    let names: Vec<String> = containers.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {} running", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

fn circle(services: &[ServiceName]) -> String {
    let names: Vec<String> = services.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn damaged(reference: &str, reason: &str) -> String {
    if reason.contains("layer does not exist") {
        return "what is left of it has to be moved aside while Docker is stopped, as Conductor on the host does".to_owned();
    }
    format!(
        "`docker rm -f` all containers that were made from it, then `docker image rm {reference}`: it is pulled again"
    )
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        if let Self::ImageDamaged { .. } = self {
            return Disposition::RetryAfter(DAMAGED);
        }
        Disposition::WaitForChange
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NameTaken { name, .. } => {
                format!(
                    "remove that container (`docker rm {name}`), or choose another `container_name`"
                )
            }
            Self::NameStays { .. } => {
                "remove that container (`--remove-orphans`), or choose another `container_name`"
                    .to_owned()
            }
            Self::PerReplica { .. } => {
                "remove `per_replica`: the hook runs once, before the first start".to_owned()
            }
            Self::TooMany { .. } => "lower `scale` or `deploy.replicas`".to_owned(),
            Self::ImageDamaged { reference, reason, .. } => damaged(reference, reason),
            Self::NotBuilt { service, .. } => {
                format!(
                    "build it in CI, push it, and name it in `image`; or run `docker compose build {service}` on this host"
                )
            }
            Self::NeverPulled { reference, .. } => {
                format!(
                    "pull or load `{reference}` on this machine, or remove `pull_policy: never`"
                )
            }
            Self::PullPolicy { .. } => {
                "use `missing`, `always`, `never`, `build`, `daily`, `weekly` or `every_<duration>`"
                    .to_owned()
            }
            Self::NoNetwork { name } => {
                format!("create it (`docker network create {name}`), or remove `external: true`")
            }
            Self::NoVolume { name } => {
                format!("create it (`docker volume create {name}`), or remove `external: true`")
            }
            Self::NetworkInUse { .. } => {
                "stop these containers, or let them be removed with `--remove-orphans`".to_owned()
            }
            Self::StartFirst { service, .. } => {
                format!(
                    "change that, or remove `update: start-first` from `x-conductor` of `{service}`"
                )
            }
            Self::Circle { .. } => "remove one of these `depends_on`".to_owned(),
        })
    }
}
