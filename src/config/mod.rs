//! Host settings: file, environment and flags, once, into valid types; and the repository's `conductor.yaml`.
//!
//! Three steps: `fragment` mirrors what may be written, with every member optional; `merge` lays flags over variables
//! over the file; `settings` is complete and valid. `environment` is the only place that asks the process for its
//! surroundings.

mod environment;
mod error;
mod parse;
mod span;
mod fragment;
mod variables;
mod merge;
mod place;
mod places;
mod settings;
mod source;
mod secret_file;
mod registry;
mod docker;
mod secrets;
mod notifications;
mod webhooks;
mod listen;
mod repository;
#[cfg(test)]
mod schema;

pub use docker::{Docker, DockerCommands, Heal, Patience};
pub use environment::{Environment, OwnContainer};
pub use error::{Error, Problem};
pub use listen::{ApiToken, Credentials as ApiCredentials, Door, Listen, RateLimit, Role, Tls};
pub use merge::{Flags, Loaded, load};
pub use places::Places;
pub use registry::RegistryLogin;
pub use repository::{REPOSITORY_FILE, Repository, StackSettings};
pub use secrets::{KeyOrigin, SecretSettings};
pub use settings::{
    DEFAULT_ENGINE_CALL, DEFAULT_HEALTH_TIMEOUT, DEFAULT_PULL_STALL, DEFAULT_PULLS,
    DEFAULT_RESTARTS, DEFAULT_SETTLING, DEFAULT_STACKS, Endpoint, Engine, Limits, Settings,
};
pub use source::{Access, COMMAND_LINE_SOURCE, Credentials, Location, Source};
pub use webhooks::{Webhook, WebhookSecrets};
