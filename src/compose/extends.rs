//! `extends`: a service laid over another one.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::file::{Loading, load_base};
use super::merge::merge;
use super::problem::Problem;
use super::read::apply_resets;
use super::session::Session;
use super::value::{Item, Map};

/// How many services may extend each other in a row.
const MAX_CHAIN: usize = 64;

/// Services that are being extended, by file and name: what appears twice is a circle.
type Chain = Vec<(PathBuf, String)>;

/// What is done with all of one document's services.
pub(super) struct Extending<'e> {
    /// How files are loaded.
    pub(super) loading: &'e Loading<'e>,
    /// The file that the services are from.
    pub(super) file: &'e Path,
    /// What the document resets; it applies to inherited services too.
    pub(super) resets: &'e [Vec<String>],
}

/// Replaces every service that extends another one by the result.
pub(super) fn extend_all(
    project: &mut Map,
    extending: &Extending<'_>,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let Some(services) = project.get_mut("services") else { return Ok(()) };
    let Some(services) = services.as_map_mut() else {
        return Err(not_a_mapping(services, "services"));
    };
    let extends = |service: &Item| service.as_map().is_none_or(|map| map.contains_key("extends"));
    let extending_services = services.iter().filter(|(_, service)| extends(service));
    let names: Vec<String> = extending_services.map(|(name, _)| name.clone()).collect();
    for name in names {
        let mut chain = Chain::new();
        let resolved = extended(&name, services, extending, &mut chain, session)?;
        services.insert(name, resolved);
    }
    Ok(())
}

fn not_a_mapping(item: &Item, path: &str) -> Error {
    let problem = Problem::Kind { wanted: "a mapping".to_owned(), found: item.kind() };
    Error::value(item, path, problem)
}

/// The service `name` of `services`, with what it extends below it.
fn extended(
    name: &str,
    services: &mut Map,
    extending: &Extending<'_>,
    chain: &mut Chain,
    session: &mut Session<'_>,
) -> Result<Item, Error> {
    let service = services.get(name).cloned().unwrap_or_default();
    let path = format!("services.{name}");
    if service.is_null() {
        return Ok(service);
    }
    let Some(members) = service.as_map() else { return Err(not_a_mapping(&service, &path)) };
    let Some(extends) = members.get("extends") else { return Ok(service) };
    let target = target(extends, &path)?;
    enter(chain, extending.file, name, extends)?;
    let base = match &target.file {
        None => {
            if !services.contains_key(&target.service) {
                let problem =
                    Problem::ExtendsUndefined { service: target.service, file: String::new() };
                return Err(Error::value(extends, path, problem));
            }
            let base = extended(&target.service, services, extending, chain, session)?;
            services.insert(target.service, base.clone());
            reset(base, extending.resets, name)
        }
        Some(file) => from_file(&target.service, file, extending, chain, session)
            .map(|base| reset(base, extending.resets, name))?,
    };
    chain.pop();
    finish(base, service, name)
}

fn finish(base: Item, service: Item, name: &str) -> Result<Item, Error> {
    if base.is_null() {
        return Ok(service);
    }
    let mut merged = merge(base, service, &["services", name])?;
    if let Some(members) = merged.as_map_mut() {
        members.remove("extends");
    }
    Ok(merged)
}

/// The base as the document's resets for `name` leave it.
fn reset(base: Item, resets: &[Vec<String>], name: &str) -> Item {
    let mut services = Map::from_iter([(name.to_owned(), base)]);
    let below: Vec<Vec<String>> = resets
        .iter()
        .filter(|path| path.len() > 2 && path[0] == "services")
        .map(|path| path[1..].to_vec())
        .collect();
    apply_resets(&mut services, &below);
    services.remove(name).unwrap_or_default()
}

struct Target {
    service: String,
    file: Option<Item>,
}

fn target(extends: &Item, path: &str) -> Result<Target, Error> {
    let path = format!("{path}.extends");
    if let Some(service) = extends.as_text() {
        return Ok(Target { service: service.to_owned(), file: None });
    }
    let Some(members) = extends.as_map() else {
        let wanted = "text or a mapping".to_owned();
        return Err(Error::value(extends, path, Problem::Kind { wanted, found: extends.kind() }));
    };
    match members.get("service").and_then(Item::as_text) {
        Some(service) => {
            Ok(Target { service: service.to_owned(), file: members.get("file").cloned() })
        }
        None => Err(Error::key(extends, path, Problem::Missing { key: "service" })),
    }
}

fn enter(chain: &mut Chain, file: &Path, name: &str, extends: &Item) -> Result<(), Error> {
    let link = (file.to_owned(), name.to_owned());
    if chain.contains(&link) {
        let mut names: Vec<&str> = chain.iter().map(|(_, name)| name.as_str()).collect();
        names.push(name);
        let problem = Problem::ExtendsCycle { chain: names.join(" → ") };
        return Err(Error::value(extends, format!("services.{name}.extends"), problem));
    }
    if chain.len() >= MAX_CHAIN {
        return Err(Error::value(extends, format!("services.{name}.extends"), Problem::TooDeep));
    }
    chain.push(link);
    Ok(())
}

fn from_file(
    service: &str,
    file: &Item,
    extending: &Extending<'_>,
    chain: &mut Chain,
    session: &mut Session<'_>,
) -> Result<Item, Error> {
    let mut base = load_base(file, extending.loading, session)?;
    let Some(services) = base.services.as_mut() else {
        return Err(undefined(service, file));
    };
    if !services.contains_key(service) {
        return Err(undefined(service, file));
    }
    let there = Extending { loading: extending.loading, file: &base.file, resets: &base.resets };
    extended(service, services, &there, chain, session)
}

fn undefined(service: &str, file: &Item) -> Error {
    let problem = Problem::ExtendsUndefined { service: service.to_owned(), file: file.shown() };
    Error::value(file, "extends", problem)
}
