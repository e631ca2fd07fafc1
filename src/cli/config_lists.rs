//! Parts of a rendered project, one a line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::arguments::Format;
use super::checks::ConfigView;
use super::failure::Error;
use crate::compose::{Loaded, Used};
use crate::model::hash::{Dialect, declared_hash, go_json_lines};
use crate::model::name::ServiceName;
use crate::model::project::Project;
use crate::yaml;

/// The lines of the list that is asked for; `None` when the whole model is.
pub(super) fn list(
    loaded: &Loaded,
    view: &ConfigView,
    dialect: Dialect,
) -> Result<Option<Vec<String>>, Error> {
    let project = &loaded.project;
    Ok(Some(if view.services {
        in_order(project)
    } else if view.volumes {
        project.volumes.keys().cloned().collect()
    } else if view.networks {
        project.networks.keys().cloned().collect()
    } else if view.models {
        let shown = loaded.printed().model;
        let models = shown.get("models").and_then(Value::as_object);
        let model = |(_, model): (_, &Value)| Some(model.get("model")?.as_str()?.to_owned());
        models.into_iter().flatten().filter_map(model).collect()
    } else if view.images {
        images(project)
    } else if view.profiles {
        let profiles: BTreeSet<&String> =
            project.services.values().flat_map(|service| &service.profiles).collect();
        profiles.into_iter().cloned().collect()
    } else if view.environment {
        environment(loaded)
    } else if let Some(wanted) = &view.hash {
        hashes(project, wanted, dialect)?
    } else {
        return Ok(None);
    }))
}

/// The services, each after what it depends on.
fn in_order(project: &Project) -> Vec<String> {
    fn visit<'p>(project: &'p Project, name: &'p ServiceName, seen: &mut Vec<&'p ServiceName>) {
        // A circle is refused before; without that check it ends here.
        let Some(service) = project.services.get(name).filter(|_| !seen.contains(&name)) else {
            return;
        };
        for other in service.depends_on.keys().filter(|other| *other != name) {
            visit(project, other, seen);
        }
        seen.push(name);
    }
    let mut seen = Vec::new();
    project.services.keys().for_each(|name| visit(project, name, &mut seen));
    seen.into_iter().map(ToString::to_string).collect()
}

/// The image of each service, and those of what runs before it.
fn images(project: &Project) -> Vec<String> {
    let mut images = Vec::new();
    for (name, service) in &project.services {
        let own = match service.image.as_str() {
            "" => format!("{}-{name}", project.name),
            image => image.to_owned(),
        };
        let hooks = service.pre_start.iter().map(|hook| hook.image.clone());
        let hooks = hooks.filter(|image| !image.is_empty() && *image != own).collect::<Vec<_>>();
        images.push(own);
        images.extend(hooks);
    }
    images
}

/// `NAME=value` of each variable, what is secret hidden.
fn environment(loaded: &Loaded) -> Vec<String> {
    let line = |(name, variable): (&String, &crate::compose::Variable)| {
        let value = if variable.secret { "***" } else { &variable.value };
        format!("{name}={value}")
    };
    loaded.environment.iter().map(line).collect()
}

/// `service hash` of these services, joined by commas; `*` is all.
fn hashes(project: &Project, wanted: &str, dialect: Dialect) -> Result<Vec<String>, Error> {
    let services = &project.services;
    let mut names: Vec<&str> = if wanted == "*" {
        services.keys().map(ServiceName::as_str).collect()
    } else {
        wanted.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
    };
    names.sort_unstable();
    names.dedup();
    let hash = |name: &str| {
        let service = services.get(name).ok_or_else(|| Error::UnknownService {
            name: name.to_owned(),
            known: services.keys().map(ServiceName::as_str).collect::<Vec<_>>().join(", "),
        })?;
        Ok(format!("{name} {}", declared_hash(service, dialect)))
    };
    names.into_iter().map(hash).collect()
}

/// The variables as a table, or as a document.
pub(super) fn variables(used: &BTreeMap<String, Used>, format: Format) -> String {
    match format {
        Format::Human | Format::Sarif => {
            let head = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"];
            let mut lines = row(head);
            for (name, used) in used {
                let required = used.required.to_string();
                lines += &row([name, &required, &used.default, &used.alternate]);
            }
            lines
        }
        Format::Json => {
            go_json_lines(&document(used, ["Name", "DefaultValue", "PresenceValue", "Required"]))
                + "\n"
        }
        Format::Yaml => {
            yaml::print(&document(used, ["name", "defaultvalue", "presencevalue", "required"]))
        }
    }
}

fn document(used: &BTreeMap<String, Used>, keys: [&str; 4]) -> Value {
    let one = |(name, used): (&String, &Used)| {
        let values =
            [json!(name), json!(used.default), json!(used.alternate), json!(used.required)];
        let members = keys.iter().map(|key| (*key).to_owned()).zip(values);
        (name.clone(), Value::Object(members.collect()))
    };
    Value::Object(used.iter().map(one).collect())
}

/// Columns as Compose sets them: twenty characters wide, or as wide as what is in them.
fn row(cells: [&str; 4]) -> String {
    let [name, required, default, alternate] = cells;
    format!("{name:<19} {required:<19} {default:<19} {alternate}\n")
}
