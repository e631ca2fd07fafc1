//! `env_file` and `label_file` of services.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry as MapEntry;

use crate::model::service::Service;

use super::environment;
use super::error::{Error, Location};
use super::problem::Problem;
use super::session::Session;
use super::template::{Environment, Variable};

/// Puts the variables of a service's env files below its own, and gives variables without a value the project's. `secret`
/// names those of its own that came out of encrypted files; answers with these and what was added to them.
pub(super) fn variables(
    service: &mut Service,
    mut secret: BTreeSet<String>,
    project: &Environment,
    at: &dyn Fn(&str, usize) -> Location,
    session: &mut Session<'_>,
) -> Result<BTreeSet<String>, Error> {
    for (name, value) in &mut service.environment {
        if value.is_none()
            && let Some(variable) = project.get(name)
        {
            *value = Some(variable.value.clone());
            if variable.secret {
                secret.insert(name.clone());
            }
        }
    }
    let mut found = Environment::new();
    for (index, file) in std::mem::take(&mut service.env_file).into_iter().enumerate() {
        let at = || at("env_file", index);
        let path = &session.in_project(&file.path);
        if !session.is_file(path)? && !file.required {
            continue;
        }
        let text = session.text(path, None).map_err(|error| named_at(error, at()))?;
        let find = |name: &str| {
            let own = || {
                let value = service.environment.get(name)?.clone()?;
                Some(Variable { value, secret: secret.contains(name) })
            };
            // The project's variables come first, then the service's.
            project.get(name).cloned().or_else(own)
        };
        let more = match file.format.as_str() {
            "" => environment::parse(&text, &find, &found, session)?,
            "raw" => environment::parse_raw(&text, &find)?,
            other => {
                let problem = Problem::EnvFileFormat { format: other.to_owned() };
                return Err(Error::invalid(at(), "env_file", problem));
            }
        };
        found.extend(more);
    }
    for (name, variable) in found {
        if let MapEntry::Vacant(vacant) = service.environment.entry(name) {
            if variable.secret {
                secret.insert(vacant.key().clone());
            }
            vacant.insert(Some(variable.value));
        }
    }
    Ok(secret)
}

fn named_at(error: Error, at: Location) -> Error {
    let mut error = error;
    if let Error::Read { wanted, .. } = &mut error
        && at != Location::default()
    {
        *wanted = Some(Box::new(at));
    }
    error
}

/// Puts the labels of a service's label files below its own.
pub(super) fn labels(
    service: &mut Service,
    at: &dyn Fn(&str, usize) -> Location,
    session: &mut Session<'_>,
) -> Result<Vec<String>, Error> {
    let mut found = Environment::new();
    for (index, file) in service.label_file.iter().enumerate() {
        let path = session.in_project(file);
        let text =
            session.text(&path, None).map_err(|error| named_at(error, at("label_file", index)))?;
        let more = environment::parse(&text, &|_| None, &found, session)?;
        found.extend(more);
    }
    let mut secret = Vec::new();
    for (name, variable) in found {
        if let MapEntry::Vacant(vacant) = service.labels.entry(name) {
            if variable.secret {
                secret.push(vacant.key().clone());
            }
            vacant.insert(variable.value);
        }
    }
    Ok(secret)
}
