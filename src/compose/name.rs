//! The name of a project.

use std::path::Path;

use crate::model::name::ProjectName;

use super::error::Error;
use super::problem::Problem;
use super::session::Session;
use super::template::{Environment, Lookup, expand};
use super::{Open, Request};
use crate::model::tree::Tree;

/// The name of a project: what the request says, `COMPOSE_PROJECT_NAME`, `name:` of the last file that has one, or the
/// directory.
pub(super) fn choose(
    request: &Request,
    environment: &Environment,
    session: &mut Session<'_>,
) -> Result<ProjectName, Error> {
    let variable = environment.get("COMPOSE_PROJECT_NAME").map(|variable| variable.value.clone());
    let given = request.project_name.clone().or(variable).filter(|name| !name.is_empty());
    if let Some(given) = given {
        return ProjectName::parse(given.clone())
            .map_err(|_| Error::Project(Problem::ProjectName { name: given }));
    }
    let mut written = None;
    for file in &request.files {
        written = in_file(file, environment, session)?.or(written);
    }
    let fallback = || {
        request.fallback_name.clone().unwrap_or_else(|| {
            request.project_directory.file_name().unwrap_or_default().to_string_lossy().into_owned()
        })
    };
    let text = written.unwrap_or_else(fallback);
    ProjectName::normalise(&text).map_err(|_| Error::Project(Problem::NoProjectName))
}

/// The last `name:` of a file that is not empty.
fn in_file(
    file: &Path,
    environment: &Environment,
    session: &mut Session<'_>,
) -> Result<Option<String>, Error> {
    let mut written = None;
    for document in session.look_at(file)? {
        let Some(name) = document.root.get("name") else { continue };
        let Some(template) = name.as_text() else { continue };
        let find = |name: &str| environment.get(name).cloned();
        let expanded = expand(template, &mut Lookup::new(&find))
            .map_err(|problem| Error::value(name, "name", problem))?;
        if !template.is_empty() {
            written = Some(expanded.text);
        }
    }
    Ok(written)
}

/// The name of the project of a request, without loading it.
pub fn project_name(
    tree: &dyn Tree,
    keys: &dyn Open,
    request: &Request,
) -> Result<ProjectName, Error> {
    let mut session = Session::new(tree, keys, super::load::home(request));
    let environment = super::load::environment(request, &mut session)?;
    choose(request, &environment, &mut session)
}
