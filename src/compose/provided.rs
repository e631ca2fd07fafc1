//! Configs and secrets whose value a manager of secrets keeps: `x-conductor: {provider: …, path: …, key: …}`.

use std::collections::BTreeMap;

use crate::model::project::FileObject;
use crate::model::provided::ProvidedValue;

use super::error::Error;
use super::inconsistency::Inconsistency;
use super::problem::Problem;
use super::typed::members;
use super::value::{Item, Map};

/// What an object must say.
const KEYS: [&str; 3] = ["provider", "path", "key"];

/// Notes which objects of one kind have a provider.
pub(super) fn note(
    map: &Map,
    kind: &str,
    objects: &mut BTreeMap<String, FileObject>,
) -> Result<(), Error> {
    for (name, item) in members(map, kind) {
        if let Some(extension) = item.get("x-conductor")
            && let Some(object) = objects.get_mut(name)
        {
            object.provided = Some(read(extension, &format!("{kind}.{name}.x-conductor"))?);
        }
    }
    Ok(())
}

fn read(extension: &Item, element: &str) -> Result<ProvidedValue, Error> {
    let expected = || Problem::Unsupported {
        reason: "it must have `provider`, `path` and `key`, each a text".to_owned(),
    };
    let members = extension.as_map().ok_or_else(|| Error::key(extension, element, expected()))?;
    if let Some((_, item)) = members.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        return Err(Error::key(item, element, expected()));
    }
    let text = |key: &str| {
        let item = members.get(key).ok_or_else(|| Error::key(extension, element, expected()))?;
        let text = item.as_text().ok_or_else(|| Error::value(item, element, expected()))?;
        if text.is_empty() {
            return Err(Error::value(item, format!("{element}.{key}"), Inconsistency::Blank));
        }
        Ok(text.to_owned())
    };
    Ok(ProvidedValue { provider: text("provider")?, path: text("path")?, key: text("key")? })
}
