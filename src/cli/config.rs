//! `conductor config`: a rendered project, as `docker compose config` shows it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::arguments::Format;
use super::checks::ConfigArguments;
use super::config_lists::{list, variables};
use super::digests;
use super::failure::{Complaint, Error, Exit};
use super::render::render;
use super::session::Session;
use crate::compose::{self, Shown};
use crate::model::hash::go_json_lines;
use crate::reconcile::Context;
use crate::yaml;

/// What is shown instead of a secret.
const HIDDEN: &str = "***";
/// Permissions of a file that may hold secrets.
const PRIVATE: u32 = 0o600;

/// Renders a project, and shows it or what was asked of it.
pub(super) fn run(session: &Session, arguments: &ConfigArguments) -> Result<Exit, Complaint> {
    if session.screen.format == Format::Sarif {
        return Err(Error::NotFor { format: "sarif", command: "lint" }.into());
    }
    let context = session.context()?.strictly(arguments.strict);
    let text = if arguments.view.variables {
        let used = render(session, &context, arguments, compose::used_variables)?;
        variables(&used, session.screen.format)
    } else if arguments.steps.no_interpolate {
        raw(session, &context, arguments)?
    } else {
        project(session, &context, arguments)?
    };
    match &arguments.output {
        _ if arguments.quiet => (),
        Some(path) => write(&session.environment.working_dir.join(path), &text)?,
        None => session.screen.raw(&text),
    }
    Ok(Exit::Done)
}

/// The text of a project, or of the list that is asked for.
fn project(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
) -> Result<String, Complaint> {
    let loaded = render(session, context, arguments, compose::load)?;
    warn(session, &loaded.warnings);
    if let Some(lines) = list(&loaded, &arguments.view, session.settings.config_hash)? {
        return Ok(lines.into_iter().map(|line| line + "\n").collect());
    }
    let json = session.screen.is_json();
    let Shown { mut model, secret_paths } = if json { loaded.model() } else { loaded.printed() };
    // A project may be large, and its text is still to come.
    drop(loaded);
    if !arguments.show_secrets {
        hide(&mut model, &secret_paths);
    }
    digests::pin(session, context, &arguments.digests, &mut model)?;
    if json {
        return Ok(go_json_lines(&model) + "\n");
    }
    let text = yaml::print(&model);
    // In the text, all dollar signs are doubled.
    Ok(if text.contains('$') { text.replace('$', "$$") } else { text })
}

/// The text of a project whose variables were not put in.
fn raw(
    session: &Session,
    context: &Context,
    arguments: &ConfigArguments,
) -> Result<String, Complaint> {
    let mut raw = render(session, context, arguments, compose::model)?;
    warn(session, &raw.warnings);
    if arguments.view.services {
        let services = raw.model.get("services").and_then(Value::as_object);
        return Ok(services.into_iter().flatten().map(|(name, _)| name.clone() + "\n").collect());
    }
    if !arguments.show_secrets {
        hide(&mut raw.model, &raw.secret_paths);
    }
    digests::pin(session, context, &arguments.digests, &mut raw.model)?;
    Ok(if session.screen.is_json() {
        raw.model.sort_all_objects();
        go_json_lines(&raw.model) + "\n"
    } else {
        yaml::print(&raw.model)
    })
}

fn warn(session: &Session, warnings: &[compose::Warning]) {
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    session.screen.warn(&warnings);
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
