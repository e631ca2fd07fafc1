//! Logins of registries: those of the settings, and the text of Docker's own client settings.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::error::Error;
use super::fragment::RegistryFragment;
use super::secret_file;
use super::settings::Settings;
use crate::model::secret::Secret;

/// A registry of the settings; its password is named, not held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registry {
    pub(super) host: String,
    pub(super) username: String,
    pub(super) password_file: PathBuf,
}

impl Registry {
    pub(super) fn of(fragment: RegistryFragment) -> Result<Self, Error> {
        let host = fragment.host.unwrap_or_default();
        let missing = |setting| Error::Registry { host: host.clone(), setting };
        if host.is_empty() {
            return Err(missing("host"));
        }
        Ok(Self {
            username: fragment.username.ok_or_else(|| missing("username"))?,
            password_file: fragment.password_file.ok_or_else(|| missing("password_file"))?,
            host,
        })
    }
}

/// A login for one registry.
#[derive(Debug, Clone)]
pub struct RegistryLogin {
    /// The registry as image references name it: `docker.io`, `registry.example.com:5000`.
    pub host: String,
    /// The user.
    pub username: String,
    /// The password or token.
    pub password: Secret,
}

impl Settings {
    /// Reads the logins of the settings. Warnings are about who else may read them.
    pub fn registry_logins(&self, warnings: &mut Vec<String>) -> Result<Vec<RegistryLogin>, Error> {
        let read = |registry: &Registry| {
            let setting = format!("registries: {}: password_file", registry.host);
            let password = secret_file::read(&setting, &registry.password_file, warnings)?;
            Ok(RegistryLogin {
                host: registry.host.clone(),
                username: registry.username.clone(),
                password: password.first_line(),
            })
        };
        self.registries.iter().map(read).collect()
    }

    /// Reads Docker's own client settings, whose `auths` are logins too; `None` where there are none.
    pub fn docker_config(&self) -> Result<Option<(PathBuf, Secret)>, Error> {
        let Some(path) = &self.docker_config else { return Ok(None) };
        match fs::File::open(path).and_then(secret_file::bounded) {
            Ok(bytes) => Ok(Some((path.clone(), bytes))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(Error::SecretFile {
                setting: "DOCKER_CONFIG".to_owned(),
                path: path.clone(),
                source,
            }),
        }
    }
}

/// Whether there is no such file, or none that this user could have written.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
