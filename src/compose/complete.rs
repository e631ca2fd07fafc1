//! What is done with a model once all its files are merged: defaults, rules between keys, paths, listed variables.

use super::environment;
use super::error::Error;
use super::file::Loading;
use super::inconsistency::Inconsistency;
use super::load::Step;
use super::paths;
use super::problem::Problem;
use super::session::Session;
use super::value::{Data, Item, Map};

/// Completes a merged model.
pub(super) fn complete(
    project: &mut Map,
    loading: &Loading<'_>,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    for (name, service) in members(project, "services") {
        let path = format!("services.{name}");
        if let Some(service) = service.as_map_mut() {
            defaults(service, &path)?;
        }
    }
    if !session.skips(Step::Schema) {
        check(project)?;
    }
    // What is included is relative to a directory of its own, which nobody could tell any more.
    if !session.skips(Step::Paths) || !loading.included.is_empty() {
        paths::resolve(project, &loading.directory, session)?;
    }
    if !session.skips(Step::Interpolation) {
        environment::resolve_listed(project, loading.environment);
    }
    environment::note_contents(project, loading.environment, session);
    Ok(())
}

/// The elements of one kind.
pub(super) fn members<'m>(
    project: &'m mut Map,
    kind: &str,
) -> impl Iterator<Item = (&'m String, &'m mut Item)> {
    project.get_mut(kind).and_then(Item::as_map_mut).into_iter().flatten()
}

fn items<'m>(map: &'m mut Map, key: &str) -> impl Iterator<Item = &'m mut Item> {
    map.get_mut(key).and_then(Item::as_list_mut).into_iter().flatten()
}

fn defaults(service: &mut Map, path: &str) -> Result<(), Error> {
    if let Some(build) = service.get_mut("build") {
        let context = Item::text_like(build, ".");
        if let Some(build) = build.as_map_mut() {
            build.entry("context".to_owned()).or_insert(context);
        }
    }
    for secret in items(service, "secrets") {
        let target = secret
            .get("source")
            .map(|source| Item::text_like(source, format!("/run/secrets/{}", source.printed())));
        if let (Some(secret), Some(target)) = (secret.as_map_mut(), target) {
            secret.entry("target".to_owned()).or_insert(target);
        }
    }
    for port in items(service, "ports") {
        let (protocol, mode) = (Item::text_like(port, "tcp"), Item::text_like(port, "ingress"));
        if let Some(port) = port.as_map_mut() {
            port.entry("protocol".to_owned()).or_insert(protocol);
            port.entry("mode".to_owned()).or_insert(mode);
        }
    }
    for gpu in items(service, "gpus") {
        device_request(gpu, &format!("{path}.gpus"))?;
    }
    let mut deploy = service.get_mut("deploy");
    for key in ["resources", "reservations"] {
        deploy = deploy.and_then(Item::as_map_mut).and_then(|map| map.get_mut(key));
    }
    if let Some(reservations) = deploy.and_then(Item::as_map_mut) {
        for device in items(reservations, "devices") {
            device_request(device, &format!("{path}.deploy.resources.reservations.devices"))?;
        }
    }
    Ok(())
}

fn device_request(device: &mut Item, path: &str) -> Result<(), Error> {
    let all = Item::like(device, Data::Int(-1));
    let both = device.get("count").is_some() && device.get("device_ids").is_some();
    if both {
        return Err(Error::value(device, path, Problem::CountAndIds));
    }
    let Some(device) = device.as_map_mut() else { return Ok(()) };
    if let Some(count) = device.get_mut("count") {
        if count.as_text().is_some_and(|text| text.eq_ignore_ascii_case("all")) {
            count.data = Data::Int(-1);
        }
    } else if !device.contains_key("device_ids") {
        device.insert("count".to_owned(), all);
    }
    Ok(())
}

fn check(project: &mut Map) -> Result<(), Error> {
    for (name, volume) in members(project, "volumes") {
        external_volume(volume, &format!("volumes.{name}"))?;
    }
    for (name, config) in members(project, "configs") {
        contents(config, &["file", "environment", "content"], &format!("configs.{name}"))?;
    }
    for (name, secret) in members(project, "secrets") {
        contents(secret, &["file", "environment"], &format!("secrets.{name}"))?;
    }
    for (name, service) in members(project, "services") {
        let watches = service.get("develop").and_then(|develop| develop.get("watch"));
        for watch in watches.and_then(Item::as_list).into_iter().flatten() {
            if let Some(path) = watch.get("path").filter(|path| path.as_text() == Some("")) {
                let element = format!("services.{name}.develop.watch.path");
                return Err(Error::value(path, element, Inconsistency::Blank));
            }
        }
    }
    Ok(())
}

fn external_volume(volume: &Item, path: &str) -> Result<(), Error> {
    let Some(members) = volume.as_map() else { return Ok(()) };
    if !members.get("external").is_some_and(|external| external.data == Data::Bool(true)) {
        return Ok(());
    }
    let allowed = |key: &str| matches!(key, "name" | "external") || key.starts_with("x-");
    match members.iter().find(|(key, _)| !allowed(key)) {
        Some((key, value)) => {
            Err(Error::key(value, path, Inconsistency::External { key: key.clone() }))
        }
        None => Ok(()),
    }
}

fn contents(object: &Item, allowed: &'static [&'static str], path: &str) -> Result<(), Error> {
    let Some(members) = object.as_map() else { return Ok(()) };
    let mut given = allowed.iter().filter(|key| members.contains_key(**key));
    let elsewhere =
        ["driver", "external", "x-conductor"].iter().any(|key| members.contains_key(*key));
    match (given.next(), given.next()) {
        (Some(one), Some(other)) => {
            let problem =
                Inconsistency::Exclusive { one: (*one).to_owned(), other: (*other).to_owned() };
            Err(Error::key(object, path, problem))
        }
        (None, _) if !elsewhere => {
            Err(Error::key(object, path, Inconsistency::NoContent { allowed }))
        }
        (Some(_) | None, _) => Ok(()),
    }
}
