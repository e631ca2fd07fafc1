//! A loaded project as `docker compose config` shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Json, Value};

use super::bind::raw;
use super::leaves::{doubled_leaves, leaves};
use super::load::Loaded;
use super::printed::{Printed, printed};

/// A model to be shown.
pub struct Shown {
    /// The model.
    pub model: Value,
    /// Paths of its leaves that came out of encrypted files.
    pub secret_paths: BTreeSet<Vec<String>>,
}

impl Loaded {
    /// The model as Compose prints it as JSON, `$` doubled. It is made anew each time: a model may be large, and most who
    /// load a project look at its types alone.
    pub fn model(&self) -> Shown {
        let mut parts = self.parts();
        let extensions = self.places.0.iter().filter(|(key, _)| key.starts_with("x-"));
        parts.extend(extensions.map(|(key, item)| (key.clone(), raw(item))));
        let mut model = Value::Object(parts.into_iter().collect());
        double_dollars(&mut model);
        Shown { secret_paths: doubled_leaves(&model, &self.secrets), model }
    }

    /// The model as Compose prints it as YAML, before `$` is doubled in the text.
    pub fn printed(&self) -> Shown {
        let mut parts = self.parts();
        if !self.project.models.is_empty() {
            parts.insert("models".to_owned(), to_json(&self.project.models));
        }
        let Printed { model, secrets } = printed(parts, &self.places.0);
        Shown { secret_paths: leaves(&model, self.secrets.union(&secrets)), model }
    }

    /// What has types.
    fn parts(&self) -> BTreeMap<String, Value> {
        let project = &self.project;
        let mut parts = BTreeMap::new();
        parts.insert("name".to_owned(), Value::from(project.name.as_str()));
        parts.insert("services".to_owned(), to_json(&project.services));
        let others = [
            ("networks", to_json(&project.networks)),
            ("volumes", to_json(&project.volumes)),
            ("configs", to_json(&project.configs)),
            ("secrets", to_json(&project.secrets)),
        ];
        let is_empty = |value: &Value| value.as_object().is_none_or(Json::is_empty);
        let others = others.into_iter().filter(|(_, value)| !is_empty(value));
        parts.extend(others.map(|(key, value)| (key.to_owned(), value)));
        parts
    }
}

fn to_json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn double_dollars(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('$') => *text = text.replace('$', "$$"),
        Value::Array(items) => items.iter_mut().for_each(double_dollars),
        Value::Object(members) => {
            members.values_mut().for_each(double_dollars);
            if members.keys().any(|key| key.contains('$')) {
                let all = std::mem::take(members).into_iter();
                *members = all.map(|(key, value)| (key.replace('$', "$$"), value)).collect();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}
