//! A project, rendered without an engine.

use super::arguments::ConfigArguments;
use super::failure::{Complaint, Error};
use super::project;
use super::session::Session;
use crate::compose::{self, Loaded, Request};
use crate::secrets::{KeySource, Keys};
use crate::source::{DirTree, Links};

/// Loads the project that the arguments mean, and tells its warnings.
pub(super) fn render(session: &Session, arguments: &ConfigArguments) -> Result<Loaded, Complaint> {
    if arguments.stack.is_some() || arguments.source.source.is_some() {
        return Err(Error::NotYet { command: "config --source" }.into());
    }
    let keys = keys(session)?;
    let variable = |request: &Request, name: &str| {
        let tree = tree(request);
        let variables =
            compose::variables(&tree, &keys, request).map_err(|error| Complaint::failed(&error))?;
        Ok(variables.get(name).map(|variable| variable.value.clone()))
    };
    let found = project::find(&session.environment, &arguments.project, variable)?;
    session.screen.warn(&found.warnings);
    let mut request = found.request;
    if arguments.view.profiles {
        request.profiles = vec!["*".to_owned()];
    }
    let loaded = compose::load(&tree(&request), &keys, &request)
        .map_err(|error| Complaint::failed(&error))?;
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    session.screen.warn(&warnings);
    Ok(loaded)
}

/// The project directory, used in place.
fn tree(request: &Request) -> DirTree {
    DirTree::at(&request.project_directory, Links::Anywhere)
}

/// This host's identities.
fn keys(session: &Session) -> Result<Keys, Complaint> {
    let mut warnings = Vec::new();
    let keys = session.settings.age_keys(&mut warnings)?;
    session.screen.warn(&warnings);
    let sources: Vec<KeySource> = keys
        .into_iter()
        .map(|key| KeySource::Text { origin: key.origin, text: key.text })
        .collect();
    Keys::load(&sources).map_err(|error| Complaint::usage(&error))
}
