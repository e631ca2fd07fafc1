//! What every pass needs: settings and keys.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Settings;
use crate::docker::{Credentials, Keyring};
use crate::files::Places;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::secrets::{KeySource, Keys};

/// What every pass needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// The settings of this host.
    pub settings: Arc<Settings>,
    /// What decrypts.
    pub keys: Arc<Keys>,
    /// Logins for registries.
    pub keyring: Arc<Keyring>,
}

impl Context {
    /// Takes the settings, and reads the identities that they name. Warnings are about who else may read them.
    pub fn open(settings: Settings, warnings: &mut Vec<String>) -> Result<Self, Trouble> {
        let keys = keys(&settings, warnings)?;
        let keyring = keyring(&settings, warnings)?;
        Ok(Self { settings: Arc::new(settings), keys: Arc::new(keys), keyring: Arc::new(keyring) })
    }
}

/// Reads the identities that the settings name.
pub fn keys(settings: &Settings, warnings: &mut Vec<String>) -> Result<Keys, Trouble> {
    let age_keys = settings.age_keys(warnings).map_err(|error| Trouble::of(&error))?;
    let sources: Vec<KeySource> = age_keys
        .into_iter()
        .map(|key| KeySource::Text { origin: key.origin, text: key.text })
        .collect();
    Keys::load(&sources).map_err(|error| Trouble::of(&error))
}

/// The logins of the settings, and those of Docker's own client settings.
fn keyring(settings: &Settings, warnings: &mut Vec<String>) -> Result<Keyring, Trouble> {
    let logins = settings.registry_logins(warnings).map_err(|error| Trouble::of(&error))?;
    let known = logins.into_iter().map(|login| Credentials {
        registry: login.host,
        username: login.username,
        password: login.password,
        identity_token: false,
    });
    let mut keyring = Keyring::new(known.collect());
    if let Some((path, text)) = settings.docker_config().map_err(|error| Trouble::of(&error))? {
        let text = text.expose_str().unwrap_or_default();
        keyring.add_docker_config(&path, text).map_err(|error| Trouble::of(&error))?;
    }
    Ok(keyring)
}

/// Where a pass keeps things, by identity.
pub(super) struct Paths<'a>(pub(super) &'a Settings);

impl Paths<'_> {
    /// The bare mirror of a source.
    pub(super) fn mirror(&self, source: &SourceName) -> PathBuf {
        self.0.places.state.join("mirrors").join(source.as_str())
    }

    /// The work directory of a stack, which keeps the repository's relative tree.
    pub(super) fn work(&self, project: &str) -> PathBuf {
        self.places().work.join(self.0.engine.name.as_str()).join(project)
    }

    /// Where files for containers go.
    pub(super) fn places(&self) -> Places {
        Places {
            work: self.0.places.state.join("work"),
            secrets: self.0.places.runtime.join("secrets"),
        }
    }

    /// The directory of a project's secrets, on a tmpfs.
    pub(super) fn secrets(&self, project: &ProjectName) -> PathBuf {
        self.places().secrets.join(self.0.engine.name.as_str()).join(project.as_str())
    }
}
