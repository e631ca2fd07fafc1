//! The section `secrets`: where keys and passphrases come from, and which managers of secrets are asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::error::Error;
use super::fragment::{MacOnlyFragment, ProviderFragment, ProviderKind, SecretsFragment};
use crate::model::provided::Provider;
use crate::model::secret::Secret;

/// How long an answer of a manager of secrets counts.
const DEFAULT_REFRESH: Duration = Duration::from_mins(1);
/// How long a manager of secrets may take to answer.
const DEFAULT_PROVIDER_TIMEOUT: Duration = Duration::from_secs(10);
/// Where a KV engine is mounted when nobody says otherwise.
const DEFAULT_MOUNT: &str = "secret";

/// How secrets are decrypted, and where else they come from.
#[derive(Debug, Clone, Default)]
pub struct SecretSettings {
    /// Where keys come from.
    pub keys: Vec<KeyOrigin>,
    /// The file with the passphrase of age identities and SSH keys.
    pub age_passphrase_file: Option<PathBuf>,
    /// The file with the passphrase of PGP keys.
    pub pgp_passphrase_file: Option<PathBuf>,
    /// Whether files are refused whose MAC covers encrypted values only.
    pub refuse_mac_only_encrypted: bool,
    /// Managers of secrets.
    pub providers: Vec<Provider>,
}

/// Where keys come from.
#[derive(Debug, Clone)]
pub enum KeyOrigin {
    /// The text of a variable.
    Text {
        /// The variable.
        variable: &'static str,
        /// Its text.
        text: Secret,
    },
    /// A file.
    File {
        /// What names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Whether a person named it: then it must be there and be usable.
        named: bool,
    },
    /// A command that prints identities.
    Command {
        /// The variable that holds it.
        variable: &'static str,
        /// The program and its arguments.
        line: String,
    },
}

/// A manager of secrets, complete.
fn provider(fragment: ProviderFragment) -> Result<Provider, Error> {
    let name = fragment.name.unwrap_or_default();
    let missing = |setting| Error::Provider { name: name.clone(), setting };
    if name.is_empty() {
        return Err(missing("name"));
    }
    // The only kind there is, for now.
    let (None | Some(ProviderKind::Vault)) = fragment.kind;
    let address = fragment.address.ok_or_else(|| missing("address"))?;
    let address = address.trim_end_matches('/').to_owned();
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return Err(missing("address"));
    }
    Ok(Provider {
        address,
        token_file: fragment.token_file.ok_or_else(|| missing("token_file"))?,
        mount: fragment.mount.unwrap_or_else(|| DEFAULT_MOUNT.to_owned()),
        namespace: fragment.namespace,
        ca_file: fragment.ca_file,
        refresh: fragment.refresh.map_or(DEFAULT_REFRESH, |span| span.0),
        timeout: fragment.timeout.map_or(DEFAULT_PROVIDER_TIMEOUT, |span| span.0),
        name,
    })
}

impl SecretSettings {
    /// What the settings, the variables, a systemd unit and the places where `sops` looks have to offer.
    pub(super) fn of(fragment: SecretsFragment, environment: &Environment) -> Result<Self, Error> {
        let mut keys = Vec::new();
        let credentials = Credentials::of(environment);
        from_variables(&mut keys, environment, fragment.allow_key_command == Some(true));
        let mut named = |setting, paths: Vec<PathBuf>| {
            keys.extend(paths.into_iter().map(|path| KeyOrigin::File {
                setting,
                path,
                named: true,
            }));
        };
        named("secrets: age_key_files", fragment.age_key_files);
        named("secrets: pgp_key_files", fragment.pgp_key_files);
        named("LoadCredential=", credentials.keys);
        from_places(&mut keys, environment);
        let refuse = matches!(fragment.mac_only_encrypted, Some(MacOnlyFragment::Refuse));
        let providers: Vec<Provider> =
            fragment.providers.into_iter().map(provider).collect::<Result<_, _>>()?;
        for (index, provider) in providers.iter().enumerate() {
            if providers[..index].iter().any(|other| other.name == provider.name) {
                let name = provider.name.clone();
                return Err(Error::Twice { what: "providers", name });
            }
        }
        Ok(Self {
            keys,
            age_passphrase_file: fragment.age_passphrase_file.or(credentials.age_passphrase),
            pgp_passphrase_file: fragment.pgp_passphrase_file.or(credentials.pgp_passphrase),
            refuse_mac_only_encrypted: refuse,
            providers,
        })
    }
}

/// What `sops` takes from variables.
fn from_variables(keys: &mut Vec<KeyOrigin>, environment: &Environment, allow_command: bool) {
    if let Some(path) = environment.path("SOPS_AGE_SSH_PRIVATE_KEY_FILE") {
        keys.push(KeyOrigin::File { setting: "SOPS_AGE_SSH_PRIVATE_KEY_FILE", path, named: true });
    }
    if let Some(text) = environment.get("SOPS_AGE_KEY") {
        let text = Secret::new(text.as_bytes().to_vec());
        keys.push(KeyOrigin::Text { variable: "SOPS_AGE_KEY", text });
    }
    if let Some(path) = environment.path("SOPS_AGE_KEY_FILE") {
        keys.push(KeyOrigin::File { setting: "SOPS_AGE_KEY_FILE", path, named: true });
    }
    for variable in ["SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"] {
        if let Some(line) = environment.get(variable).filter(|_| allow_command) {
            keys.push(KeyOrigin::Command { variable, line: line.to_owned() });
        }
    }
}

/// The files where `sops` looks by itself: whether they are there or usable says nothing about what is meant.
fn from_places(keys: &mut Vec<KeyOrigin>, environment: &Environment) {
    let setting = "the place where `sops` looks";
    let mut add = |path: Option<PathBuf>| {
        keys.extend(path.map(|path| KeyOrigin::File { setting, path, named: false }));
    };
    add(environment.config_home().map(|home| home.join("sops/age/keys.txt")));
    let home = environment.home();
    let at_home = |name: &str| home.as_ref().map(|home| home.join(name));
    add(at_home(".ssh/id_ed25519"));
    add(at_home(".ssh/id_rsa"));
    let gnupg = environment.path("GNUPGHOME").or_else(|| at_home(".gnupg"));
    add(gnupg.map(|home| home.join("secring.gpg")));
}

/// What `LoadCredential=` of a systemd unit brings.
#[derive(Default)]
struct Credentials {
    keys: Vec<PathBuf>,
    age_passphrase: Option<PathBuf>,
    pgp_passphrase: Option<PathBuf>,
}

impl Credentials {
    /// `age-key…` and `pgp-key…` are keys; `age-passphrase` and `pgp-passphrase` are what protects them.
    fn of(environment: &Environment) -> Self {
        let Some(directory) = environment.path("CREDENTIALS_DIRECTORY") else {
            return Self::default();
        };
        let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        let is_key = |name: &&String| name.starts_with("age-key") || name.starts_with("pgp-key");
        let there = |name: &str| {
            names.iter().find(|found| *found == name).map(|found| directory.join(found))
        };
        Self {
            keys: names.iter().filter(is_key).map(|name| directory.join(name)).collect(),
            age_passphrase: there("age-passphrase"),
            pgp_passphrase: there("pgp-passphrase"),
        }
    }
}

impl SecretsFragment {
    /// This section with `below` where it says nothing itself.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            age_key_files: [self.age_key_files, below.age_key_files].concat(),
            age_passphrase_file: self.age_passphrase_file.or(below.age_passphrase_file),
            pgp_key_files: [self.pgp_key_files, below.pgp_key_files].concat(),
            pgp_passphrase_file: self.pgp_passphrase_file.or(below.pgp_passphrase_file),
            allow_key_command: self.allow_key_command.or(below.allow_key_command),
            mac_only_encrypted: self.mac_only_encrypted.or(below.mac_only_encrypted),
            providers: if self.providers.is_empty() { below.providers } else { self.providers },
        }
    }

    /// Takes relative paths from `base`.
    pub(super) fn based_on(&mut self, base: &Path) {
        let files = self.age_key_files.iter_mut().chain(&mut self.pgp_key_files);
        let files = files.chain(&mut self.age_passphrase_file).chain(&mut self.pgp_passphrase_file);
        let of_providers = self
            .providers
            .iter_mut()
            .flat_map(|provider| provider.token_file.iter_mut().chain(&mut provider.ca_file));
        files.chain(of_providers).for_each(|path| *path = base.join(&*path));
    }
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
