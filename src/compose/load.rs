//! The whole way from files to a project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::model::behaviour::Behaviour;
use crate::model::hash::Dialect;
use crate::model::name::ServiceName;
use crate::model::project::Project;
use crate::model::tree::Tree;

use super::complete::complete;
use super::environment::with_files;
use super::error::Error;
use super::file::{Loading, load_files};
use super::name;
use super::normalise::normalise;
use super::places::Places;
use super::problem::Problem;
use super::session::{Open, Session, Warning};
use super::template::{Environment, Variable};
use super::typed::{self, Typed};
use super::value::Map;

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Absolute paths of the Compose files, in merge order.
    pub files: Vec<PathBuf>,
    /// Absolute directory against which relative paths are resolved.
    pub project_directory: PathBuf,
    /// The project's name, where a person or the settings give one.
    pub project_name: Option<String>,
    /// What the name is made of where nothing else gives one; the directory's name when absent.
    pub fallback_name: Option<String>,
    /// The environment of interpolation that wins over `.env`.
    pub environment: BTreeMap<String, String>,
    /// Absolute paths of environment files; `.env` of the project directory when absent.
    pub env_files: Option<Vec<PathBuf>>,
    /// Profiles to enable; `COMPOSE_PROFILES` when empty.
    pub profiles: Vec<String>,
    /// Services to load, with what they depend on; all when empty. Naming one enables its profiles.
    pub services: Vec<String>,
    /// Steps that are left out.
    pub skip: BTreeSet<Step>,
    /// Whether warnings are errors.
    pub strict: bool,
}

/// A step of loading that can be left out, to look at a project before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Putting variables in.
    Interpolation,
    /// Holding the files to the schema.
    Schema,
    /// Making paths absolute.
    Paths,
    /// Filling in what is left unsaid.
    Normalisation,
    /// The rules between services.
    Consistency,
    /// Reading the env files of services.
    EnvFiles,
    /// Refusing numbers without an end as values of variables and labels.
    EndlessValues,
}

impl Request {
    /// Reads the files as that Compose does whose hashes are written: Compose 2 makes `+Inf` of `.inf` in a variable or a
    /// label, Compose 5 fails on it.
    pub fn read_as(&mut self, dialect: Dialect) {
        if dialect == Dialect::Compose2 {
            self.skip.insert(Step::EndlessValues);
        }
    }
}

/// A project, and what was seen on the way.
pub struct Loaded {
    /// The typed project.
    pub project: Project,
    /// Paths of the leaves of the model that came out of encrypted files.
    pub secret_paths: BTreeSet<Vec<String>>,
    /// Paths of leaves, or of what holds them.
    pub(super) secrets: BTreeSet<Vec<String>>,
    /// Where the elements of the model stand.
    pub places: Places,
    /// What loads, but probably not as it was meant.
    pub warnings: Vec<Warning>,
    /// Every file that was read: Compose files, env files, label files.
    pub read: Vec<PathBuf>,
    /// The environment of interpolation, and the variables of included models that become configs and secrets.
    pub environment: BTreeMap<String, Variable>,
    /// `x-conductor` of the project, if it has one.
    pub extension: Option<Value>,
    /// `x-conductor` of services, by name.
    pub service_extensions: BTreeMap<String, Value>,
    /// What `x-conductor` says about each service that has it.
    pub behaviours: BTreeMap<ServiceName, Behaviour>,
}

impl std::fmt::Debug for Loaded {
    /// Only what cannot be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let services: Vec<&str> = self.project.services.keys().map(ServiceName::as_str).collect();
        f.debug_struct("Loaded")
            .field("name", &self.project.name)
            .field("services", &services)
            .finish_non_exhaustive()
    }
}

/// What a leading `~` stands for.
pub(super) fn home(request: &Request) -> Option<String> {
    request.environment.get("HOME").cloned()
}

/// The environment of interpolation: the request's, over that of the env files.
pub(super) fn environment(
    request: &Request,
    session: &mut Session<'_>,
) -> Result<Environment, Error> {
    let given = request
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Variable { value: value.clone(), secret: false }))
        .collect();
    let files = if let Some(files) = &request.env_files {
        files.clone()
    } else {
        let default = request.project_directory.join(".env");
        if session.is_file(&default)? { vec![default] } else { Vec::new() }
    };
    let files: Vec<_> = files.into_iter().map(|file| (file, None)).collect();
    with_files(given, &files, session)
}

/// The environment of interpolation of a request, without loading it.
pub fn variables(
    tree: &dyn Tree,
    keys: &dyn Open,
    request: &Request,
) -> Result<BTreeMap<String, Variable>, Error> {
    environment(request, &mut Session::new(tree, keys, home(request)))
}

/// Loads a project.
pub fn load(tree: &dyn Tree, keys: &dyn Open, request: &Request) -> Result<Loaded, Error> {
    load_noting(tree, keys, request, &mut Vec::new())
}

/// The same; where it fails, `warnings` gets what was noticed until then.
pub fn load_noting(
    tree: &dyn Tree,
    keys: &dyn Open,
    request: &Request,
    warnings: &mut Vec<Warning>,
) -> Result<Loaded, Error> {
    let mut session = Session::new(tree, keys, home(request)).of(request);
    let loaded = load_with(request, &mut session);
    if loaded.is_err() {
        warnings.append(&mut session.warnings);
    }
    loaded
}

fn load_with(request: &Request, session: &mut Session<'_>) -> Result<Loaded, Error> {
    require_files(request)?;
    let mut environment = environment(request, session)?;
    let chosen = name::choose(request, &environment, session);
    if let Err(Error::Project(Problem::NoProjectName)) = &chosen {
        // What is wrong with the files comes first.
        merged(request, &environment, "", session)?;
    }
    let name = chosen?;
    let variable = Variable { value: name.as_str().to_owned(), secret: false };
    environment.insert("COMPOSE_PROJECT_NAME".to_owned(), variable);
    let map = merged(request, &environment, name.as_str(), session)?;
    let typed = typed::bind(map, &name)?;
    finish(request, typed, environment, session)
}

/// A project is made of at least one file.
pub(super) fn require_files(request: &Request) -> Result<(), Error> {
    if request.files.is_empty() { Err(Error::Project(Problem::NoFiles)) } else { Ok(()) }
}

/// The canonical model of all files.
pub(super) fn merged(
    request: &Request,
    environment: &Environment,
    name: &str,
    session: &mut Session<'_>,
) -> Result<Map, Error> {
    let directory = request.project_directory.clone();
    let loading = Loading { directory, environment, included: Vec::new() };
    let mut map = load_files(&request.files, &loading, None, session)?;
    complete(&mut map, &loading, session)?;
    if !session.skips(Step::Normalisation) {
        normalise(&mut map, name, environment);
    }
    Ok(map)
}

/// Profiles, files of variables and labels, rules between services, and the printed model.
fn finish(
    request: &Request,
    mut typed: Typed,
    environment: Environment,
    session: &mut Session<'_>,
) -> Result<Loaded, Error> {
    let project = &mut typed.project;
    project.working_dir.clone_from(&request.project_directory);
    project.config_files.clone_from(&request.files);
    project.environment_files = request.env_files.clone().unwrap_or_default();
    typed.select(&profiles(request, &environment));
    session.warnings.append(&mut typed.warnings);
    if !session.skips(Step::Consistency) {
        typed.consistent()?;
    }
    typed.narrow(&request.services)?;
    typed.resolve_files(&environment, session)?;
    if request.strict && !session.warnings.is_empty() {
        return Err(Error::Strict(std::mem::take(&mut session.warnings)));
    }
    typed.drop_unused();
    let mut all = std::mem::take(&mut session.contents);
    all.extend(environment);
    let places = typed.places();
    let mut loaded = Loaded {
        project: typed.project,
        secret_paths: BTreeSet::new(),
        secrets: typed.secrets,
        places,
        warnings: std::mem::take(&mut session.warnings),
        read: std::mem::take(&mut session.read),
        environment: all,
        extension: typed.extension,
        service_extensions: typed.service_extensions,
        behaviours: typed.behaviours,
    };
    if !loaded.secrets.is_empty() {
        loaded.secret_paths = loaded.model().secret_paths;
    }
    Ok(loaded)
}

fn profiles(request: &Request, environment: &Environment) -> Vec<String> {
    if !request.profiles.is_empty() {
        return request.profiles.clone();
    }
    let variable = environment.get("COMPOSE_PROFILES").map(|variable| variable.value.as_str());
    let words = variable.unwrap_or_default().split(',').map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
