//! Rules between keys and services, and what breaks them.

use super::problem::words;

/// Keys or services that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistency {
    /// Nothing to run.
    #[error("neither an image nor a build is given")]
    NothingToRun,
    /// Two keys that exclude each other.
    #[error("`{one}` and `{other}` exclude each other")]
    Exclusive {
        /// One key.
        one: String,
        /// The other key.
        other: String,
    },
    /// Two keys that contradict each other.
    #[error("`{one}` and `{other}` differ")]
    Contradiction {
        /// One key.
        one: &'static str,
        /// The other key.
        other: &'static str,
    },
    /// Something that is used is not defined.
    #[error("refers to the undefined {kind} `{name}`")]
    Undefined {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The defined name that is most like it.
        nearest: Option<String>,
    },
    /// A service that a profile switched off is needed.
    #[error("depends on `{name}`, which no active profile enables")]
    Disabled {
        /// The service.
        name: String,
    },
    /// Services depend on each other in a circle.
    #[error("services depend on each other in a circle: {chain}")]
    DependencyCycle {
        /// The circle.
        chain: String,
    },
    /// Several replicas of one name.
    #[error("`container_name` allows one container, not {replicas}")]
    NamedReplicas {
        /// How many are wanted.
        replicas: i64,
    },
    /// Two services with one container name.
    #[error("the container name `{name}` is also that of `{other}`")]
    SharedContainerName {
        /// The name.
        name: String,
        /// The other service.
        other: String,
    },
    /// A target that is mounted twice.
    #[error("`{target}` is already mounted by `{other}`")]
    SharedTarget {
        /// The path.
        target: String,
        /// The other element.
        other: String,
    },
    /// The service's platform is not built.
    #[error("`build.platforms` must include the service's platform `{platform}`")]
    Platform {
        /// The platform.
        platform: String,
    },
    /// A context that names a service that is not built.
    #[error("the context `{name}` needs the service `{service}`, which has no `build`")]
    ContextWithoutBuild {
        /// The context.
        name: String,
        /// The service.
        service: String,
    },
    /// An external element with other keys.
    #[error("an external volume cannot have `{key}`")]
    External {
        /// The key.
        key: String,
    },
    /// A config or secret without content.
    #[error("one of {} must be set", words(allowed))]
    NoContent {
        /// What is allowed.
        allowed: &'static [&'static str],
    },
    /// A value that may not be empty.
    #[error("must not be empty")]
    Blank,
    /// A healthcheck test of the wrong form.
    #[error("the first item must be `CMD`, `CMD-SHELL` or `NONE`")]
    HealthcheckTest,
    /// A watch that needs a target.
    #[error("a watch that copies files needs a `target`")]
    WatchTarget,
    /// Fewer than no replicas.
    #[error("the number of replicas is negative")]
    NegativeReplicas,
}
