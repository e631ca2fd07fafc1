//! Logins of registries: those of the settings, and the `auths` of Docker's own client settings.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::Deserialize;

use super::error::{Error, Problem};
use super::fragment::RegistryFragment;
use super::secret_file;
use super::settings::Settings;
use crate::model::secret::Secret;

/// Where Docker Hub's login stands under a name of its own.
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub's host in image references.
const HUB: &str = "docker.io";

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
    /// Reads all logins; one of the settings wins over one of Docker's. What cannot be used is warned about.
    pub fn registry_logins(&self, warnings: &mut Vec<String>) -> Result<Vec<RegistryLogin>, Error> {
        let mut logins = BTreeMap::new();
        if let Some(path) = &self.docker_config {
            for login in docker_logins(path, warnings)? {
                logins.insert(login.host.clone(), login);
            }
        }
        for registry in &self.registries {
            let setting = format!("registries: {}: password_file", registry.host);
            let password = secret_file::read(&setting, &registry.password_file, warnings)?;
            let login = RegistryLogin {
                host: registry.host.clone(),
                username: registry.username.clone(),
                password: secret_file::first_line(password),
            };
            logins.insert(registry.host.clone(), login);
        }
        Ok(logins.into_values().collect())
    }
}

/// The members of Docker's `config.json` that matter here.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct DockerConfig {
    auths: BTreeMap<String, DockerAuth>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DockerAuth {
    auth: String,
}

fn docker_logins(path: &Path, warnings: &mut Vec<String>) -> Result<Vec<RegistryLogin>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
    };
    let config: DockerConfig = serde_json::from_slice(&bytes).map_err(|error| Error::Invalid {
        path: path.to_owned(),
        source: Problem {
            line: error.line(),
            column: error.column(),
            text: "not a settings file of the Docker client".to_owned(),
            hint: None,
        },
    })?;
    if !config.creds_store.is_empty() || !config.cred_helpers.is_empty() {
        warnings.push(format!(
            "`{}` keeps logins in a credential helper, which Conductor does not run; name those it needs in \
             `registries` of the settings",
            path.display()
        ));
    }
    let mut logins = Vec::new();
    for (key, auth) in config.auths {
        match decode(&auth.auth) {
            _ if auth.auth.is_empty() => (),
            Some((username, password)) => {
                logins.push(RegistryLogin { host: host_of(&key), username, password });
            }
            None => warnings.push(format!(
                "the login for `{}` in `{}` cannot be read",
                host_of(&key),
                path.display()
            )),
        }
    }
    Ok(logins)
}

/// `user:password` in base64.
fn decode(auth: &str) -> Option<(String, Secret)> {
    let plain = Secret::new(base64::engine::general_purpose::STANDARD.decode(auth).ok()?);
    let (username, password) = plain.expose_str()?.split_once(':')?;
    Some((username.to_owned(), Secret::new(password.trim_end_matches('\0').as_bytes().to_vec())))
}

/// The host of a key of `auths`, which may be a URL.
fn host_of(key: &str) -> String {
    if key == HUB_KEY {
        return HUB.to_owned();
    }
    let bare = key.split_once("://").map_or(key, |(_, rest)| rest);
    bare.split('/').next().unwrap_or(bare).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_of_docker_are_read_and_a_credential_helper_is_refused_with_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        fs::write(
            &path,
            r#"{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6czNjcmV0"}, "r.example.com:5000": {"auth": "eA=="}, "ghcr.io": {}},
                "credsStore": "desktop"}"#,
        )
        .unwrap();
        let mut warnings = Vec::new();
        let logins = docker_logins(&path, &mut warnings).unwrap();
        assert_eq!(logins.len(), 1);
        assert_eq!((logins[0].host.as_str(), logins[0].username.as_str()), ("docker.io", "me"));
        assert_eq!(logins[0].password.expose(), b"s3cret");
        assert!(warnings[0].contains("credential helper"), "{warnings:?}");
        assert!(warnings[1].contains("`r.example.com:5000`"), "{warnings:?}");
    }

    #[test]
    fn no_docker_settings_is_no_login() {
        assert!(
            docker_logins(Path::new("/nonexistent/config.json"), &mut Vec::new())
                .unwrap()
                .is_empty()
        );
    }
}
