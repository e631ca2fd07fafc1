//! What every pass needs: settings, keys, and what is remembered.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{RwLock, Semaphore};

use crate::config::{KeyOrigin, Settings};
use crate::docker::{Credentials, Keyring};
use crate::files::{Elsewhere, Places};
use crate::journal::{self, Journal, StackKey};
use crate::model::desired::Desired;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::secrets::{Ask, KeySource, Keys, MacOnlyEncrypted, Passphrases, Presence, Providers};

use super::footprint::Footprints;
use super::right::Right;
use super::upkeep::Upkeep;

/// What every pass needs. Cheap to clone; passes that share one may run at once.
#[derive(Debug, Clone)]
pub struct Context {
    /// The settings of this host.
    pub settings: Arc<Settings>,
    /// What decrypts.
    pub keys: Arc<Keys>,
    /// Managers of secrets.
    pub providers: Arc<Providers>,
    /// Logins for registries.
    pub keyring: Arc<Keyring>,
    /// What is remembered: forgiving, and absent until [`Context::to_look`] or [`Context::to_act`].
    pub journal: Journal,
    /// Whether warnings about a project's files are errors.
    pub strict: bool,
    /// The right to change engines, as far as it was taken.
    pub right: Right,
    /// Which files the stacks were rendered from.
    pub footprints: Footprints,
    /// When there is to be tidied up.
    pub(super) upkeep: Upkeep,
    /// One slot for each stack that is worked on at once.
    pub(super) stacks: Arc<Semaphore>,
    /// One slot for each image that may be pulled at once.
    pub(super) pulls: Arc<Semaphore>,
    /// Read by every pass that is at work, written by one that must be alone.
    pub(super) at_work: Arc<RwLock<()>>,
}

impl Context {
    /// Takes the settings, and reads the identities that they name. Warnings are about who else may read them.
    pub fn open(settings: Settings, warnings: &mut Vec<String>) -> Result<Self, Trouble> {
        let keys = keys(&settings, None, warnings)?;
        let keyring = keyring(&settings, warnings)?;
        warnings.extend(settings.exposed_files());
        Ok(Self {
            providers: Arc::new(Providers::new(settings.secrets.providers.clone())),
            stacks: Arc::new(Semaphore::new(settings.limits.stacks.max(1))),
            pulls: Arc::new(Semaphore::new(settings.limits.pulls.max(1))),
            at_work: Arc::default(),
            upkeep: Upkeep::default(),
            right: Right::default(),
            footprints: Footprints::default(),
            settings: Arc::new(settings),
            keys: Arc::new(keys),
            keyring: Arc::new(keyring),
            journal: Journal::absent(),
            strict: false,
        })
    }

    /// The same, with warnings about a project's files as errors or not.
    #[must_use]
    pub fn strictly(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// The same with what is remembered, for those who change nothing. Only a journal of the future is a failure.
    pub fn to_look(self, now: i64, warnings: &mut Vec<String>) -> Result<Self, Trouble> {
        let journal = match Journal::read(&self.journal_path()) {
            Ok(journal) => journal,
            Err(error @ journal::Error::Newer { .. }) => return Err(Trouble::of(&error)),
            Err(error) => {
                warnings.push(error.in_words());
                Journal::absent()
            }
        };
        Ok(Self { journal: journal.forgiving(now), ..self })
    }

    /// The same with what is remembered, for whoever holds the right to act: runs that never ended were killed.
    pub fn to_act(self, now: i64, warnings: &mut Vec<String>) -> Result<Self, Trouble> {
        let opened =
            Journal::open(&self.journal_path(), now).map_err(|error| Trouble::of(&error))?;
        warnings.extend(opened.warnings);
        let journal = opened.journal.forgiving(now);
        journal.close_interrupted(now).map_err(|error| Trouble::of(&error))?;
        Ok(Self { journal, ..self })
    }

    /// The settings, keys and logins of another context, with what this one remembers and holds: a daemon that read its
    /// settings again.
    #[must_use]
    pub fn with_settings_of(self, other: Self) -> Self {
        let (before, now) = (&self.settings.limits, &other.settings.limits);
        Self {
            // Passes of the settings before may still be at work.
            stacks: if now.stacks == before.stacks { self.stacks } else { other.stacks },
            pulls: if now.pulls == before.pulls { self.pulls } else { other.pulls },
            at_work: self.at_work,
            journal: self.journal,
            right: self.right,
            footprints: self.footprints,
            strict: self.strict,
            ..other
        }
    }

    fn journal_path(&self) -> PathBuf {
        self.settings.places.journal()
    }

    /// Under which name a project is remembered.
    pub(super) fn key(&self, project: &ProjectName) -> StackKey {
        StackKey { engine: self.settings.engine.name.clone(), project: project.clone() }
    }
}

/// Reads the identities that the settings name. Whoever is named in `ask` is asked for passphrases.
pub fn keys(
    settings: &Settings,
    ask: Option<Ask>,
    warnings: &mut Vec<String>,
) -> Result<Keys, Trouble> {
    let secrets = &settings.secrets;
    let sources = secrets.keys.iter().map(key_source).collect();
    let passphrases = Passphrases {
        age: secrets.age_passphrase_file.clone(),
        pgp: secrets.pgp_passphrase_file.clone(),
        ask,
    };
    let rule = if secrets.refuse_mac_only_encrypted {
        MacOnlyEncrypted::Refuse
    } else {
        MacOnlyEncrypted::Allow
    };
    Keys::open_all(sources, passphrases, warnings)
        .map(|keys| keys.with_mac_only_encrypted(rule))
        .map_err(|error| Trouble::of(&error))
}

fn key_source(origin: &KeyOrigin) -> KeySource {
    match origin.clone() {
        KeyOrigin::Text { variable, text } => KeySource::Text { origin: variable.to_owned(), text },
        KeyOrigin::File { setting, path, named } => KeySource::File {
            setting: setting.to_owned(),
            path,
            presence: if named { Presence::Required } else { Presence::Optional },
        },
        KeyOrigin::Command { variable, line } => {
            KeySource::Command { origin: variable.to_owned(), line }
        }
    }
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

    /// Where the rights to change engines are kept.
    pub(super) fn locks(&self) -> PathBuf {
        self.0.places.runtime.join("locks")
    }

    /// Where files for containers go.
    pub(super) fn places(&self) -> Places {
        Places {
            work: self.0.places.state.join("work"),
            secrets: self.0.places.runtime.join("secrets"),
            elsewhere: None,
        }
    }

    /// The work directory of a rendered stack.
    pub(super) fn work_of(&self, desired: &Desired) -> PathBuf {
        desired.work.clone().unwrap_or_else(|| self.work(desired.project.name.as_str()))
    }

    /// Where files for the containers of this project go.
    pub(super) fn places_of(&self, desired: &Desired) -> Places {
        let stack = format!("{}/{}", self.0.engine.name, desired.project.name);
        let elsewhere = desired.work.clone().map(|root| Elsewhere { root, stack });
        Places { elsewhere, ..self.places() }
    }

    /// The directory of a project's secrets, on a tmpfs.
    pub(super) fn secrets(&self, project: &ProjectName) -> PathBuf {
        self.places().secrets.join(self.0.engine.name.as_str()).join(project.as_str())
    }
}
