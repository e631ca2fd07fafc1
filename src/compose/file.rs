//! One Compose file: its documents laid over what was merged before.

use std::path::{Path, PathBuf};

use super::canonical;
use super::error::{Error, Location};
use super::extends::{Extending, extend_all};
use super::include;
use super::interpolate::interpolate;
use super::load::Step;
use super::merge::maps;
use super::paths;
use super::problem::Problem;
use super::read::{Document, apply_resets};
use super::schema;
use super::session::Session;
use super::template::Environment;
use super::unique;
use super::value::{Data, Item, Map};

/// How deep files may include each other.
const MAX_INCLUDES: usize = 64;

/// What holds for all files of one model.
pub(super) struct Loading<'l> {
    /// Relative paths are relative to it.
    pub(super) directory: PathBuf,
    /// The variables.
    pub(super) environment: &'l Environment,
    /// The files that led here by `include`.
    pub(super) included: Vec<PathBuf>,
}

/// Loads the files of a model, each over the ones before.
pub(super) fn load_files(
    files: &[PathBuf],
    loading: &Loading<'_>,
    wanted: Option<&Item>,
    session: &mut Session<'_>,
) -> Result<Map, Error> {
    let mut project = Map::new();
    for file in files {
        project = load_file(file, project, loading, wanted, session)?;
    }
    Ok(project)
}

fn load_file(
    path: &Path,
    mut project: Map,
    loading: &Loading<'_>,
    wanted: Option<&Item>,
    session: &mut Session<'_>,
) -> Result<Map, Error> {
    session.spend(1, 0).map_err(|problem| Error::in_file(path, problem))?;
    let documents = session.documents(path, wanted)?;
    let mut empty = true;
    for Document { root, resets } in documents {
        empty = false;
        let mut over = prepare(root, loading, session)?;
        let resets = &resets;
        include::apply(&mut over, path, resets, loading, session)?;
        let extending = Extending { loading, file: path, resets };
        extend_all(&mut over, &extending, session)?;
        apply_resets(&mut project, resets);
        project = maps(project, over, &[])?;
        unique::enforce(&mut project)?;
        if !session.skips(Step::Schema) {
            schema::check_project(&project, session.skips(Step::EndlessValues))?;
        }
        if let Some(version) = project.remove("version") {
            session.warn(
                Location::key(&version.place),
                "`version` is obsolete and ignored",
                Some("remove it"),
            );
        }
        canonicalise(&mut project, session)?;
    }
    if empty { Err(Error::in_file(path, Problem::EmptyFile)) } else { Ok(project) }
}

/// Interpolates a document and takes its top level.
fn prepare(mut root: Item, loading: &Loading<'_>, session: &mut Session<'_>) -> Result<Map, Error> {
    if root.as_map().is_none() {
        return Err(Error::value(&root, "", Problem::NotAMapping { found: root.kind() }));
    }
    if !session.skips(Step::Interpolation) {
        interpolate(&mut root, loading.environment, session)?;
    }
    if let Data::Map(map) = root.data { Ok(map) } else { Ok(Map::new()) }
}

fn canonicalise(project: &mut Map, session: &mut Session<'_>) -> Result<(), Error> {
    if let Some(services) = project.get_mut("services").and_then(Item::as_map_mut) {
        canonical::services(services, session)?;
    }
    canonical::external(project, session)?;
    unique::enforce(project)
}

/// A file that `extends` names.
pub(super) struct Base {
    /// Its absolute path.
    pub(super) file: PathBuf,
    /// Its services.
    pub(super) services: Option<Map>,
    /// What it resets.
    pub(super) resets: Vec<Vec<String>>,
}

/// Loads a file that `extends` names: neither extended itself nor validated, its paths made absolute.
pub(super) fn load_base(
    file: &Item,
    loading: &Loading<'_>,
    session: &mut Session<'_>,
) -> Result<Base, Error> {
    let path = local(file, &loading.directory, session)?;
    let documents = session.documents(&path, Some(file))?;
    let directory = session.shown_directory(path.parent().unwrap_or(Path::new("/")));
    let mut base = Base { file: path, services: None, resets: Vec::new() };
    let mut project = Map::new();
    for Document { root, resets } in documents {
        let over = prepare(root, loading, session)?;
        apply_resets(&mut project, &resets);
        project = maps(project, over, &[])?;
        unique::enforce(&mut project)?;
        canonicalise(&mut project, session)?;
        base.resets.extend(resets);
    }
    paths::resolve(&mut project, &directory, session)?;
    base.services = match project.remove("services") {
        None => None,
        Some(Item { data: Data::Map(services), .. }) => Some(services),
        Some(other) => {
            let problem = Problem::Kind { wanted: "a mapping".to_owned(), found: other.kind() };
            return Err(Error::value(&other, "services", problem));
        }
    };
    Ok(base)
}

/// The absolute path of a file that another one names; files elsewhere are refused.
pub(super) fn local(file: &Item, base: &Path, session: &Session<'_>) -> Result<PathBuf, Error> {
    let path = file.as_text().unwrap_or_default();
    if is_remote(path) {
        return Err(Error::value(file, "", Problem::Remote { path: file.shown() }));
    }
    session.absolute(base, path).map_err(|problem| Error::value(file, "", problem))
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/")
}

/// Notes that a file is being loaded on the way to others; fails on a circle.
pub(super) fn enter(included: &[PathBuf], file: &Path, by: &Item) -> Result<Vec<PathBuf>, Error> {
    let mut chain = included.to_vec();
    let again = chain.iter().any(|path| path == file);
    chain.push(file.to_owned());
    if again || chain.len() > MAX_INCLUDES {
        let names: Vec<String> = chain.iter().map(|path| path.display().to_string()).collect();
        let problem = if again {
            Problem::IncludeCycle { chain: names.join(" → ") }
        } else {
            Problem::TooDeep
        };
        return Err(Error::value(by, "include", problem));
    }
    Ok(chain)
}
