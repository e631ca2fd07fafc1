//! `external: {name: x}`, the older form.

use crate::compose::error::{Error, Location};
use crate::compose::inconsistency::Inconsistency;
use crate::compose::session::Session;
use crate::compose::value::{Data, Item, Map};

/// Writes out the older form for networks, volumes, secrets and configs.
pub(crate) fn external(project: &mut Map, session: &mut Session<'_>) -> Result<(), Error> {
    for kind in ["networks", "volumes", "secrets", "configs"] {
        let elements = project.get_mut(kind).and_then(Item::as_map_mut);
        for (name, element) in elements.into_iter().flatten() {
            let path = format!("{kind}.{name}");
            if let Some(element) = element.as_map_mut() {
                one(element, &path, session)?;
            }
        }
    }
    Ok(())
}

fn one(element: &mut Map, path: &str, session: &mut Session<'_>) -> Result<(), Error> {
    let Some(external) = element.get_mut("external") else { return Ok(()) };
    let Data::Map(members) = &external.data else { return Ok(()) };
    let name = members.get("name").cloned();
    external.data = Data::Bool(true);
    let Some(name) = name else { return Ok(()) };
    session.warn(
        Location::value(&name.place),
        format!("`{path}.external.name` is deprecated"),
        Some("write `name:` beside `external: true`"),
    );
    match element.get("name") {
        Some(other) if *other != name => {
            let problem = Inconsistency::Contradiction { one: "name", other: "external.name" };
            Err(Error::value(&name, path, problem))
        }
        Some(_) => Ok(()),
        None => {
            element.insert("name".to_owned(), name);
            Ok(())
        }
    }
}
