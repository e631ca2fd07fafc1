//! The typed project: bound from the canonical model, then narrowed and completed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::{Map as Json, Value};

use crate::model::behaviour::Behaviour;
use crate::model::name::{ProjectName, ServiceName};
use crate::model::project::Project;
use crate::model::service::Service;

use super::bind::{Binder, raw};
use super::conductor;
use super::consistency;
use super::error::{Error, Location};
use super::extras;
use super::files;
use super::inconsistency::Inconsistency;
use super::load::Step;
use super::places::{Places, location};
use super::problem::Problem;
use super::profiles::{is_active, narrow};
use super::provided;
use super::schema::{self, Record};
use super::session::{Session, Warning};
use super::template::Environment;
use super::value::{Item, Map, Taint};

/// A typed project and what belongs to it.
pub(super) struct Typed {
    /// The project; its services are the active ones after [`Typed::select`].
    pub(super) project: Project,
    /// Services that are switched off.
    pub(super) disabled: BTreeMap<ServiceName, Service>,
    /// The canonical model that it was bound from.
    map: Map,
    /// Paths of what came out of encrypted files.
    pub(super) secrets: BTreeSet<Vec<String>>,
    /// `x-conductor` of the top level.
    pub(super) extension: Option<Value>,
    /// `x-conductor` of services.
    pub(super) service_extensions: BTreeMap<String, Value>,
    /// What it says about each service that has one.
    pub(super) behaviours: BTreeMap<ServiceName, Behaviour>,
    /// What was bound, but not as it was meant.
    pub(super) warnings: Vec<Warning>,
}

/// Binds a canonical model.
pub(super) fn bind(map: Map, name: &ProjectName) -> Result<Typed, Error> {
    let mut typed = Typed {
        project: Project {
            name: name.clone(),
            working_dir: PathBuf::new(),
            config_files: Vec::new(),
            environment_files: Vec::new(),
            services: BTreeMap::new(),
            disabled: BTreeSet::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            configs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            models: BTreeMap::new(),
        },
        disabled: BTreeMap::new(),
        map: Map::new(),
        secrets: BTreeSet::new(),
        extension: map.get(conductor::KEY).map(raw),
        service_extensions: BTreeMap::new(),
        behaviours: BTreeMap::new(),
        warnings: Vec::new(),
    };
    for (key, item) in map.iter().filter(|(key, _)| key.starts_with("x-")) {
        if has_secrets(item) {
            note_secrets(item, &mut vec![key.clone()], &mut typed.secrets);
        }
    }
    typed.services(&map)?;
    typed.project.networks = typed.elements(&map, "networks", &schema::NETWORK)?;
    typed.project.volumes = typed.elements(&map, "volumes", &schema::VOLUME)?;
    typed.project.configs = typed.elements(&map, "configs", &schema::CONFIG)?;
    provided::note(&map, "configs", &mut typed.project.configs)?;
    typed.project.secrets = typed.elements(&map, "secrets", &schema::SECRET)?;
    provided::note(&map, "secrets", &mut typed.project.secrets)?;
    typed.project.models = typed.elements(&map, "models", &schema::MODEL)?;
    typed.map = map;
    Ok(typed)
}

/// Whether something of a value came out of an encrypted file.
fn has_secrets(item: &Item) -> bool {
    item.taint == Taint::Secret
        || item.as_list().into_iter().flatten().any(has_secrets)
        || item.as_map().into_iter().flatten().any(|(_, member)| has_secrets(member))
}

/// Notes what of a value without a schema came out of encrypted files.
fn note_secrets(item: &Item, path: &mut Vec<String>, secrets: &mut BTreeSet<Vec<String>>) {
    if item.taint == Taint::Secret {
        secrets.insert(path.clone());
    }
    let mut below = |part: String, item: &Item| {
        path.push(part);
        note_secrets(item, path, secrets);
        path.pop();
    };
    for (index, item) in item.as_list().into_iter().flatten().enumerate() {
        below(index.to_string(), item);
    }
    for (key, item) in item.as_map().into_iter().flatten() {
        below(key.clone(), item);
    }
}

pub(super) fn members<'m>(
    map: &'m Map,
    kind: &str,
) -> impl Iterator<Item = (&'m String, &'m Item)> {
    map.get(kind).and_then(Item::as_map).into_iter().flatten()
}

impl Typed {
    fn services(&mut self, map: &Map) -> Result<(), Error> {
        for (name, item) in members(map, "services") {
            let service: Service = self.element(item, ("services", name), &schema::SERVICE)?;
            let extension = item.get(conductor::KEY);
            if let Some(extension) = extension {
                self.service_extensions.insert(name.clone(), raw(extension));
            }
            let path = format!("services.{name}");
            let name = ServiceName::parse(name.clone()).map_err(|_| {
                Error::key(item, "services", Problem::ElementName { name: name.clone() })
            })?;
            if let Some(extension) = extension {
                let behaviour = conductor::behaviour(extension, &path)?;
                self.behaviours.insert(name.clone(), behaviour);
            }
            self.project.services.insert(name, service);
        }
        Ok(())
    }

    fn elements<T: DeserializeOwned>(
        &mut self,
        map: &Map,
        kind: &'static str,
        record: &Record,
    ) -> Result<BTreeMap<String, T>, Error> {
        let mut elements = BTreeMap::new();
        for (name, item) in members(map, kind) {
            let element = self.element(item, (kind, name), record)?;
            let extra = kind == "models" && extras::is_extra(name);
            let name = if extra { extras::GATHERED } else { name.as_str() };
            elements.insert(name.to_owned(), element);
        }
        Ok(elements)
    }

    fn element<T: DeserializeOwned>(
        &mut self,
        item: &Item,
        (kind, name): (&str, &str),
        record: &Record,
    ) -> Result<T, Error> {
        let mut binder = Binder::new(&[kind, name]);
        let mut value = binder.record(item, record)?;
        self.secrets.append(&mut binder.secrets);
        self.warnings.append(&mut binder.warnings);
        prune_untyped(&mut value);
        if kind == "services" {
            known_names(item, name, &value)?;
        }
        serde_json::from_value(value).map_err(|error| {
            let element = format!("{kind}.{name}");
            let problem = Problem::Unsupported { reason: without_values(&error) };
            Error::value(item, element, problem)
        })
    }

    /// Moves the services that no profile enables aside.
    pub(super) fn select(&mut self, profiles: &[String]) {
        let all = std::mem::take(&mut self.project.services);
        let (active, disabled) =
            all.into_iter().partition(|(_, service)| is_active(service, profiles));
        self.project.services = active;
        self.disabled = disabled;
        self.project.disabled = self.disabled.keys().cloned().collect();
    }

    /// Narrows the project to these services and what they depend on; naming one enables its profiles.
    pub(super) fn narrow(&mut self, names: &[String]) -> Result<(), Error> {
        if names.is_empty() {
            return Ok(());
        }
        narrow(&mut self.project, &mut self.disabled, names).map_err(Error::Project)
    }

    /// Drops what no active service uses.
    pub(super) fn drop_unused(&mut self) {
        super::profiles::drop_unused(&mut self.project);
    }

    /// Where an element stands, or the nearest one around it that stands somewhere.
    pub(super) fn location(&self, path: &[&str]) -> Location {
        location(&self.map, path)
    }

    /// Where the elements stand, to be asked later.
    pub(super) fn places(&mut self) -> Places {
        Places(std::mem::take(&mut self.map))
    }

    /// Holds the services to the rules between them.
    pub(super) fn consistent(&self) -> Result<(), Error> {
        consistency::check(self)
    }

    /// Reads the files of variables and labels of the active services.
    pub(super) fn resolve_files(
        &mut self,
        environment: &Environment,
        session: &mut Session<'_>,
    ) -> Result<(), Error> {
        let with_variables = !session.skips(Step::EnvFiles);
        for (name, service) in &mut self.project.services {
            let map = &self.map;
            let at = |part: &str, index: usize| {
                location(map, &["services", name.as_str(), part, &index.to_string()])
            };
            let path = |part: &str, key: String| {
                vec!["services".to_owned(), name.as_str().to_owned(), part.to_owned(), key]
            };
            let own = self.secrets.iter().filter_map(|path| match &path[..] {
                [kind, of, part, key] if kind == "services" && *of == *name.as_str() => {
                    (part == "environment").then(|| key.clone())
                }
                _ => None,
            });
            if with_variables {
                let variables =
                    files::variables(service, own.collect(), environment, &at, session)?;
                self.secrets.extend(variables.into_iter().map(|key| path("environment", key)));
            }
            let labels = files::labels(service, &at, session)?;
            self.secrets.extend(labels.into_iter().map(|key| path("labels", key)));
        }
        Ok(())
    }
}

/// A link may name what cannot be a service: then none is defined by that name.
fn known_names(item: &Item, service: &str, value: &Value) -> Result<(), Error> {
    let names = value.get("depends_on").and_then(Value::as_object).into_iter().flatten();
    for (name, _) in names {
        if ServiceName::parse(name.clone()).is_err() {
            let at = item.get("depends_on").and_then(|all| all.get(name)).unwrap_or(item);
            let what =
                Inconsistency::Undefined { kind: "service", name: name.clone(), nearest: None };
            return Err(Error::key(at, format!("services.{service}.depends_on"), what));
        }
    }
    Ok(())
}

/// Parts of a service that have no types of their own: what Go leaves out when it is empty is taken out here.
fn prune_untyped(element: &mut Value) {
    const UNTYPED: [&str; 7] = [
        "/build/ssh",
        "/develop",
        "/credential_spec",
        "/provider",
        "/deploy/placement",
        "/deploy/update_config",
        "/deploy/rollback_config",
    ];
    for pointer in UNTYPED {
        element.pointer_mut(pointer).into_iter().for_each(prune);
    }
    drop_empty(element);
    // The schema knows it, but nobody reads it.
    element.as_object_mut().and_then(|members| members.shift_remove("pull_refresh_after"));
}

fn drop_empty(element: &mut Value) {
    const EMPTY: [(&str, &str); 3] = [
        ("/build", "ssh"),
        ("", "models"),
        ("/deploy/resources/reservations", "generic_resources"),
    ];
    for (pointer, key) in EMPTY {
        let Some(members) = element.pointer_mut(pointer).and_then(Value::as_object_mut) else {
            continue;
        };
        let is_empty = |value: &Value| {
            value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(Json::is_empty)
        };
        if members.get(key).is_some_and(is_empty) {
            members.shift_remove(key);
        }
    }
}

fn prune(value: &mut Value) {
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(prune);
    }
    let Some(members) = value.as_object_mut() else { return };
    members.values_mut().for_each(prune);
    members.retain(|key, member| match member {
        Value::Null => key == "command",
        Value::Bool(flag) => *flag,
        Value::Number(number) => key == "parallelism" || number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "0s",
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    });
}

/// The reason of a failed binding, without the value that serde quotes.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split('`')
        .step_by(2)
        .collect::<Vec<_>>()
        .join("…")
        .split('"')
        .step_by(2)
        .collect::<Vec<_>>()
        .join("…")
}
