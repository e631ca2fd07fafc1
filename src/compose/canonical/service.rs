//! The keys of a service that have a short form.

use crate::compose::error::Error;
use crate::compose::merge::{as_mapping, default_dependency};
use crate::compose::session::Session;
use crate::compose::value::{Data, Item, Map};

use super::{build, lists, ports, volumes};

/// Writes out the short forms of every service.
pub(crate) fn services(services: &mut Map, session: &mut Session<'_>) -> Result<(), Error> {
    for (name, service) in services.iter_mut() {
        let path = format!("services.{name}");
        if let Some(service) = service.as_map_mut() {
            one(service, &path, session)?;
        }
    }
    Ok(())
}

fn one(service: &mut Map, path: &str, session: &mut Session<'_>) -> Result<(), Error> {
    for (key, value) in service.iter_mut() {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "build" => build::build(value, &path)?,
            "depends_on" => depends_on(value, &path)?,
            "networks" | "models" => {
                let map = as_mapping(std::mem::take(value), &[&path], &|name| {
                    Item::like(name, Data::Null)
                })?;
                value.data = Data::Map(map);
            }
            "env_file" => lists::env_files(value),
            "label_file" => lists::one_or_more(value),
            "dns" => {
                lists::one_or_more(value);
                if let Some(servers) = value.as_list_mut() {
                    servers.retain(|server| !server.printed().is_empty());
                }
            }
            "extends" => lists::from_text(value, "service"),
            "gpus" => lists::gpus(value),
            "volumes" => volumes::volumes(value, &path, session)?,
            "devices" => lists::devices(value, &path)?,
            "secrets" | "configs" => lists::references(value),
            "ports" => ports::ports(value, &path, session)?,
            _ => (),
        }
    }
    Ok(())
}

fn depends_on(value: &mut Item, path: &str) -> Result<(), Error> {
    let place = value.place.clone();
    let default = |name: &Item| Item::like(name, Data::Map(default_dependency(name)));
    let mut map = as_mapping(std::mem::take(value), &[path], &default)?;
    for (_, dependency) in &mut map {
        let required = Item::like(dependency, Data::Bool(true));
        if let Some(members) = dependency.as_map_mut() {
            members.entry("required".to_owned()).or_insert(required);
        }
    }
    *value = Item { data: Data::Map(map), place, ..Item::default() };
    Ok(())
}
