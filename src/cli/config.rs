//! `conductor config`: a rendered project, as `docker compose config` shows it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::arguments::{ConfigArguments, ConfigView};
use super::failure::{Complaint, Error, Exit};
use super::render::render;
use super::session::Session;
use crate::compose::Loaded;
use crate::model::hash::{DIALECTS, service_hash};
use crate::model::name::ServiceName;
use crate::yaml::to_yaml;

/// What is shown instead of a secret.
const HIDDEN: &str = "***";
/// Permissions of a file that may hold secrets.
const PRIVATE: u32 = 0o600;

/// Renders a project, and shows it or what was asked of it.
pub(super) fn run(session: &Session, arguments: &ConfigArguments) -> Result<Exit, Complaint> {
    let mut loaded = render(session, arguments)?;
    if !arguments.show_secrets {
        hide(&mut loaded.model, &loaded.secret_paths);
    }
    let text = match list(&loaded, &arguments.view)? {
        Some(lines) => lines.into_iter().map(|line| line + "\n").collect(),
        None if arguments.view.quiet => return Ok(Exit::Done),
        None if session.screen.is_json() => format!("{:#}\n", loaded.model),
        None => to_yaml(&loaded.model),
    };
    match &arguments.output {
        Some(path) => write(&session.environment.working_dir.join(path), &text)?,
        None => session.screen.raw(&text),
    }
    Ok(Exit::Done)
}

/// Replaces the leaves at these paths.
fn hide(model: &mut Value, secret_paths: &BTreeSet<Vec<String>>) {
    for path in secret_paths {
        let leaf = path.iter().try_fold(&mut *model, |value, key| match value {
            Value::Object(members) => members.get_mut(key),
            Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
        if let Some(leaf) = leaf {
            *leaf = Value::String(HIDDEN.to_owned());
        }
    }
}

/// The lines of the list that is asked for; `None` when the whole model is.
fn list(loaded: &Loaded, view: &ConfigView) -> Result<Option<Vec<String>>, Error> {
    let project = &loaded.project;
    let keys = |key: &str| -> Vec<String> {
        let members = loaded.model.get(key).and_then(Value::as_object);
        members.into_iter().flat_map(|members| members.keys().cloned()).collect()
    };
    Ok(Some(if view.services {
        keys("services")
    } else if view.volumes {
        keys("volumes")
    } else if view.networks {
        keys("networks")
    } else if view.images {
        let images = project.services.iter().map(|(name, service)| match service.image.as_str() {
            "" => format!("{}-{name}", project.name),
            image => image.to_owned(),
        });
        images.collect()
    } else if view.profiles {
        let profiles: BTreeSet<&String> =
            project.services.values().flat_map(|service| &service.profiles).collect();
        profiles.into_iter().cloned().collect()
    } else if let Some(wanted) = &view.hash {
        hashes(loaded, wanted)?
    } else {
        return Ok(None);
    }))
}

/// `service hash` of these services, joined by commas; `*` is all.
fn hashes(loaded: &Loaded, wanted: &str) -> Result<Vec<String>, Error> {
    let services = &loaded.project.services;
    let names: Vec<&str> = if wanted == "*" {
        services.keys().map(ServiceName::as_str).collect()
    } else {
        wanted.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
    };
    let hash = |name: &str| {
        let service = services.get(name).ok_or_else(|| Error::UnknownService {
            name: name.to_owned(),
            known: services.keys().map(ServiceName::as_str).collect::<Vec<_>>().join(", "),
        })?;
        let [dialect, ..] = DIALECTS;
        Ok(format!("{name} {}", service_hash(service, dialect, &|_| None)))
    };
    names.into_iter().map(hash).collect()
}

/// Writes a file that nobody else can read.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let fail = |source| Error::Write { path: path.to_owned(), source };
    let mut options = fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(PRIVATE).open(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_hidden_where_it_stands() {
        let mut model = json!({"services": {"web": {"environment": {"A": "1", "B": "s3cret"}, "command": ["x", "s3cret"]}}});
        let path = |text: &str| text.split('/').map(str::to_owned).collect();
        hide(
            &mut model,
            &[
                path("services/web/environment/B"),
                path("services/web/command/1"),
                path("services/gone/x"),
            ]
            .into(),
        );
        assert_eq!(
            model,
            json!({"services": {"web": {"environment": {"A": "1", "B": "***"}, "command": ["x", "***"]}}})
        );
    }
}
