//! What every pass needs: settings, keys, and what is remembered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{RwLock, Semaphore};

use crate::compose;
use crate::config::{KeyOrigin, Settings};
use crate::docker::{Credentials, Keyring};
use crate::files::{Elsewhere, Places};
use crate::journal::{self, Journal, StackKey};
use crate::model::desired::Desired;
use crate::model::host_paths::HostPaths;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::secrets::{Ask, KeySource, Keys, MacOnlyEncrypted, Passphrases, Presence, Providers};

use super::container::{Located, STATE, hidden};
use super::error::Error;
use super::findings::Findings;
use super::footprint::Footprints;
use super::found::Found;
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
    /// What the engine's host calls our files.
    pub located: Located,
    /// The stacks of the commits that were looked through last.
    pub(super) findings: Findings,
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
            located: Located::default(),
            findings: Findings::default(),
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
            located: self.located,
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
pub(super) struct Paths<'a> {
    settings: &'a Settings,
    host: HostPaths,
}

impl<'a> Paths<'a> {
    pub(super) fn of(context: &'a Context) -> Self {
        Self { settings: &context.settings, host: context.located.now() }
    }

    /// The bare mirror of a source.
    pub(super) fn mirror(&self, source: &SourceName) -> PathBuf {
        self.settings.places.state.join("mirrors").join(source.as_str())
    }

    /// What the engine's host calls the work directory of a stack, which keeps the repository's relative tree.
    pub(super) fn work(&self, project: &str) -> PathBuf {
        self.there(&self.places().work.join(self.settings.engine.name.as_str()).join(project))
    }

    /// Where the rights to change engines are kept.
    pub(super) fn locks(&self) -> PathBuf {
        self.settings.places.runtime.join("locks")
    }

    /// Where files for containers go.
    pub(super) fn places(&self) -> Places {
        Places {
            work: self.settings.places.state.join("work"),
            secrets: self.settings.places.runtime.join("secrets"),
            elsewhere: None,
            host: self.host.clone(),
        }
    }

    /// What the engine's host calls the work directory of a rendered stack.
    pub(super) fn work_of(&self, desired: &Desired) -> PathBuf {
        desired.work.clone().unwrap_or_else(|| self.work(desired.project.name.as_str()))
    }

    /// Where files for the containers of this project go.
    pub(super) fn places_of(&self, desired: &Desired) -> Places {
        let stack = format!("{}/{}", self.settings.engine.name, desired.project.name);
        let elsewhere =
            desired.work.as_deref().map(|root| Elsewhere { root: self.here(root), stack });
        Places { elsewhere, ..self.places() }
    }

    /// What the engine's host calls the directory of a project's secrets, on a tmpfs.
    pub(super) fn secrets(&self, project: &ProjectName) -> PathBuf {
        self.there(
            &self.places().secrets.join(self.settings.engine.name.as_str()).join(project.as_str()),
        )
    }

    /// Fails where the engine's host cannot see the work directories.
    pub(super) fn seen_work(&self) -> Result<(), Error> {
        let state = &self.settings.places.state;
        if self.host.there(state).is_some() {
            return Ok(());
        }
        Err(hidden(state, STATE))
    }

    /// The request of a project that is named by its files, with the paths that the host knows them by.
    pub(super) fn request(&self, request: compose::Request, found: &Found) -> compose::Request {
        if found.source.is_some() {
            return request;
        }
        let named = |path: &PathBuf| self.there(path);
        compose::Request {
            files: request.files.iter().map(named).collect(),
            project_directory: self.there(&request.project_directory),
            env_files: request.env_files.as_ref().map(|files| files.iter().map(named).collect()),
            ..request
        }
    }

    /// The directory of all secrets, where the engine's host cannot see it.
    pub(super) fn unseen_secrets(&self) -> Option<PathBuf> {
        let runtime = &self.settings.places.runtime;
        self.host.there(runtime).is_none().then(|| runtime.clone())
    }

    /// The directories of this process, as the host calls them.
    pub(super) fn host(&self) -> HostPaths {
        self.host.clone()
    }

    /// What the host calls a directory that is used in place.
    pub(super) fn named(&self, path: &Path) -> Result<PathBuf, Error> {
        self.host.there(path).ok_or_else(|| hidden(path, path))
    }

    /// Fails where a directory of the host is not here.
    pub(super) fn seen(&self, path: &Path) -> Result<(), Error> {
        if self.host.here(path).is_some() {
            return Ok(());
        }
        Err(Error::Unseen { path: path.to_owned() })
    }

    /// The host's name of one of our directories; what it cannot see was refused before.
    pub(super) fn there(&self, path: &Path) -> PathBuf {
        self.host.there(path).unwrap_or_else(|| path.to_owned())
    }

    fn here(&self, path: &Path) -> PathBuf {
        self.host.here(path).unwrap_or_else(|| path.to_owned())
    }
}
