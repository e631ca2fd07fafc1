//! Flag over variable over file over default.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::docker::Docker;
use super::environment::Environment;
use super::error::{Error, Problem};
use super::fragment::{Fragment, SourceFragment};
use super::listen::Listen;
use super::notifications;
use super::parse;
use super::place::located;
use super::places::{self, Places};
use super::registry::Registry;
use super::secret_file;
use super::secrets::SecretSettings;
use super::settings::{self, Journal, Limits, Settings};
use super::source::{AdHoc, Source};
use super::variables;
use crate::model::hash::Dialect;

/// What flags of the command line set.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--state-dir`.
    pub state_dir: Option<PathBuf>,
    /// `--runtime-dir`.
    pub runtime_dir: Option<PathBuf>,
}

/// The settings, and what a person should hear about them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The file that was read, or that would have been.
    pub file: Option<PathBuf>,
    /// What is odd but no error.
    pub warnings: Vec<String>,
}

/// Reads the settings once.
pub fn load(environment: &Environment, flags: &Flags) -> Result<Loaded, Error> {
    let named = flags
        .config
        .as_ref()
        .map(|path| environment.working_dir.join(path))
        .or_else(|| environment.path("CONDUCTOR_CONFIG"));
    let path = named.clone().or_else(|| places::default_settings(environment));
    let text = match &path {
        Some(path) => read(path, named.is_some())?,
        None => None,
    };
    build(environment, flags, path.as_deref(), text.as_deref().unwrap_or_default())
}

/// The text of the settings file; one that nobody named may be absent.
fn read(path: &Path, named: bool) -> Result<Option<String>, Error> {
    match std::fs::File::open(path).and_then(secret_file::bounded) {
        Ok(bytes) => match std::str::from_utf8(bytes.expose()) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(not_text(path, bytes.expose(), error.valid_up_to())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

fn not_text(path: &Path, bytes: &[u8], valid: usize) -> Error {
    let line = bytes[..valid].split(|byte| *byte == b'\n').count();
    let hint = Some("save the file as UTF-8".to_owned());
    let source = Problem { line, column: 0, text: "not UTF-8 text".to_owned(), hint };
    Error::Invalid { path: path.to_owned(), source }
}

/// Merges and validates; `text` is what the file at `path` holds.
pub(super) fn build(
    environment: &Environment,
    flags: &Flags,
    path: Option<&Path>,
    text: &str,
) -> Result<Loaded, Error> {
    let base = path.and_then(Path::parent).unwrap_or(&environment.working_dir);
    let file: Fragment = parse::yaml(path.unwrap_or(Path::new("settings")), text)?;
    let locate = |error| located(error, path, text);
    check_lists(&file).map_err(locate)?;
    let flags = Fragment {
        state_dir: flags.state_dir.clone(),
        runtime_dir: flags.runtime_dir.clone(),
        ..Fragment::default()
    };
    let mut variables = variables::fragment(environment)?;
    let mut ad_hoc = SourceFragment::default();
    if let Some(source) = variables::source(environment) {
        let in_file = file.sources.iter().any(|other| other.name == source.name);
        if source.url.is_some() || in_file {
            variables.sources.push(source);
        } else {
            ad_hoc = source;
        }
    }
    let merged = flags.based_on(&environment.working_dir).over(variables).over(file.based_on(base));
    let ad_hoc = AdHoc { fragment: ad_hoc, environment: environment.clone() };
    let settings = validate(merged, base, ad_hoc.clone()).map_err(|error| {
        // What is wrong only with variables and flags over it is not the file's fault.
        let alone = parse::yaml::<Fragment>(path.unwrap_or(Path::new("settings")), text)
            .and_then(|file| validate(file.based_on(base), base, ad_hoc));
        match alone {
            Err(same) if same.to_string() == error.to_string() => locate(error),
            Ok(_) | Err(_) => error,
        }
    })?;
    Ok(Loaded {
        settings,
        file: path.map(Path::to_owned),
        warnings: variables::unknown(environment),
    })
}

/// Names in lists must be unique before variables are laid over them.
fn check_lists(file: &Fragment) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for source in &file.sources {
        if let Some(name) = &source.name
            && !seen.insert(name)
        {
            return Err(Error::Twice { what: "sources", name: name.to_string() });
        }
    }
    let mut seen = BTreeSet::new();
    for host in file.registries.iter().filter_map(|registry| registry.host.as_ref()) {
        if !seen.insert(host) {
            return Err(Error::Twice { what: "registries", name: host.clone() });
        }
    }
    Ok(())
}

fn validate(mut merged: Fragment, base: &Path, ad_hoc: AdHoc) -> Result<Settings, Error> {
    let environment = &ad_hoc.environment;
    let listen = Listen::of(&mut merged, environment)?;
    let sources = merged
        .sources
        .into_iter()
        .enumerate()
        .map(|(index, source)| Source::of(source, index + 1, base, environment))
        .collect::<Result<_, _>>()?;
    let host =
        merged.host.or_else(|| (!environment.in_container).then(|| environment.hostname.clone()));
    Ok(Settings {
        host,
        container: environment.container.clone(),
        instance: match merged.instance {
            Some(instance) => instance,
            None => settings::default_instance()?,
        },
        sources,
        engine: settings::engine(merged.engines, environment)?,
        docker: Docker::of(merged.docker),
        registries: merged.registries.into_iter().map(Registry::of).collect::<Result<_, _>>()?,
        docker_config: environment
            .path("DOCKER_CONFIG")
            .or_else(|| Some(environment.home()?.join(".docker")))
            .map(|dir| dir.join("config.json")),
        secrets: SecretSettings::of(merged.secrets, environment)?,
        places: Places::of(environment, merged.state_dir, merged.runtime_dir)?,
        config_hash: merged.config_hash.map_or(Dialect::Compose5, |hash| hash.0),
        limits: Limits::of(&merged.limits),
        journal: Journal::of(&merged.journal),
        notifications: notifications::channels(merged.notifications)?,
        poll: merged.poll.map_or(settings::DEFAULT_POLL, |span| span.0),
        listen,
        ad_hoc,
    })
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
