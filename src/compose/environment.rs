//! Variables: where they come from, and what files of them say.

use std::path::{Path, PathBuf};

use super::complete::members;
use super::dotenv;
use super::error::{Error, Location};
use super::file::Loading;
use super::session::{Session, Text};
use super::template::{Environment, Variable};
use super::value::{Data, Item, Map, Taint};

/// The variables of files, below those of `outer`: later files win over earlier ones, `outer` over all.
pub(super) fn with_files(
    outer: Environment,
    files: &[(PathBuf, Option<&Item>)],
    session: &mut Session<'_>,
) -> Result<Environment, Error> {
    let mut own = Environment::new();
    for (path, wanted) in files {
        let text = session.text(path, *wanted)?;
        let find = |name: &str| outer.get(name).cloned();
        let found = parse(&text, &find, &own, session)?;
        own.extend(found);
    }
    if own.is_empty() {
        return Ok(outer);
    }
    own.extend(outer);
    Ok(own)
}

/// Reads a file of variables, in Compose's own grammar. Inside it a name means what `find` says, else what the file itself
/// says, else what `earlier` files said.
pub(super) fn parse(
    text: &Text,
    find: &dyn Fn(&str) -> Option<Variable>,
    earlier: &Environment,
    session: &mut Session<'_>,
) -> Result<Environment, Error> {
    let parsed = dotenv::parse(text.as_str(), text.is_secret(), find, earlier)
        .map_err(|fault| at_line(text, fault))?;
    for name in parsed.unset {
        session.warn(
            Location::file(&text.source.path),
            format!("the variable `{name}` is not set; it counts as blank"),
            Some("write the value in single quotes if the dollar sign belongs to it"),
        );
    }
    for name in parsed.unset_inside {
        session.warn(
            Location::file(&text.source.path),
            format!("the value of `{name}` uses a variable that is not set; it counts as blank"),
            Some("write the value in single quotes if the dollar sign belongs to it"),
        );
    }
    let grown = parsed.variables.values().map(|variable| variable.value.len()).sum();
    session.spend(0, grown).map_err(|problem| Error::in_file(&text.source.path, problem))?;
    Ok(parsed.variables)
}

/// Reads a file of variables, in Docker's grammar.
pub(super) fn parse_raw(
    text: &Text,
    find: &dyn Fn(&str) -> Option<Variable>,
) -> Result<Environment, Error> {
    dotenv::parse_raw(text.as_str(), text.is_secret(), find).map_err(|fault| at_line(text, fault))
}

/// No excerpt: the line may hold a password.
fn at_line(text: &Text, fault: dotenv::Fault) -> Error {
    let at = Location { line: fault.line, column: 1, ..Location::file(&text.source.path) };
    Error::invalid(at, "", fault.problem)
}

/// The variables of an included model: those of the one that includes it, then its own files.
pub(super) fn of_include(
    env_files: &[&Item],
    directory: &Path,
    loading: &Loading<'_>,
    session: &mut Session<'_>,
) -> Result<Environment, Error> {
    let mut files = Vec::new();
    for item in env_files {
        let path = session
            .absolute(&loading.directory, &item.printed())
            .map_err(|problem| Error::value(item, "include.env_file", problem))?;
        if path != Path::new("/dev/null") {
            files.push((path, Some(*item)));
        }
    }
    let default = directory.join(".env");
    if env_files.is_empty() && session.is_file(&default)? {
        files.push((default, None));
    }
    with_files(loading.environment.clone(), &files, session)
}

/// Gives `- NAME` in the `environment` of services its value, where it has one.
pub(super) fn resolve_listed(project: &mut Map, environment: &Environment) {
    for (_, service) in members(project, "services") {
        let listed = service.as_map_mut().and_then(|service| service.get_mut("environment"));
        for item in listed.and_then(Item::as_list_mut).into_iter().flatten() {
            let Some(name) = item.as_text() else { continue };
            if let Some(variable) = environment.get(name) {
                item.data = Data::Text(format!("{name}={}", variable.value));
                item.taint = if variable.secret { Taint::Secret } else { Taint::Expanded };
            }
        }
    }
}

/// Remembers the variables whose values become configs and secrets: an included model has variables of its own.
pub(super) fn note_contents(
    project: &mut Map,
    environment: &Environment,
    session: &mut Session<'_>,
) {
    for kind in ["configs", "secrets"] {
        for (_, object) in members(project, kind) {
            let name = object.get("environment").map(Item::printed).unwrap_or_default();
            if let Some(variable) = environment.get(&name) {
                session.contents.entry(name).or_insert_with(|| variable.clone());
            }
        }
    }
}
