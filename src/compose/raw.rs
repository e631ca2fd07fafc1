//! The model before variables are put in, and which variables it uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::tree::Tree;

use super::bind;
use super::complete::members;
use super::error::Error;
use super::load::{self, Request, Step, environment, home, merged};
use super::name;
use super::printed::ordered;
use super::session::{Open, Session, Warning};
use super::template::{Variable, uses};
use super::value::{Data, Item, Taint};

/// A project that was merged, but not interpolated: what `config --no-interpolate` shows.
pub struct Raw {
    /// The model, its names in the order of YAML.
    pub model: Value,
    /// Paths of the leaves that came out of encrypted files.
    pub secret_paths: BTreeSet<Vec<String>>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

/// A variable that a project uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Used {
    /// Whether the project cannot be loaded without it.
    pub required: bool,
    /// What stands in its place where it is not set.
    pub default: String,
    /// What stands in its place where it is set.
    pub alternate: String,
}

/// Merges the files of a project without putting variables in.
pub fn model(tree: &dyn Tree, keys: &dyn Open, request: &Request) -> Result<Raw, Error> {
    let (item, warnings) = read(tree, keys, request)?;
    let mut secret_paths = BTreeSet::new();
    note(&item, &mut Vec::new(), &mut secret_paths);
    Ok(Raw { model: ordered(bind::raw(&item)), secret_paths, warnings })
}

/// The variables that a project uses, by name, whatever else may be wrong with it.
pub fn used_variables(
    tree: &dyn Tree,
    keys: &dyn Open,
    request: &Request,
) -> Result<BTreeMap<String, Used>, Error> {
    let mut request = request.clone();
    request.skip.insert(Step::Schema);
    let (item, _) = read(tree, keys, &request)?;
    let mut used = BTreeMap::new();
    collect(&item, &mut used);
    Ok(used)
}

fn read(
    tree: &dyn Tree,
    keys: &dyn Open,
    request: &Request,
) -> Result<(Item, Vec<Warning>), Error> {
    let mut request = request.clone();
    request.skip.insert(Step::Interpolation);
    let mut session = Session::new(tree, keys, home(&request)).of(&request);
    load::require_files(&request)?;
    let mut environment = environment(&request, &mut session)?;
    let name = name::choose(&request, &environment, &mut session)?;
    let variable = Variable { value: name.as_str().to_owned(), secret: false };
    environment.insert("COMPOSE_PROJECT_NAME".to_owned(), variable);
    let mut map = merged(&request, &environment, name.as_str(), &mut session)?;
    if !session.skips(Step::Normalisation) {
        let text = Item { data: Data::Text(name.as_str().to_owned()), ..Item::default() };
        map.insert("name".to_owned(), text);
    }
    members(&mut map, "services").for_each(|(_, service)| unfilled(service));
    Ok((Item { data: Data::Map(map), ..Item::default() }, session.warnings))
}

/// Takes back what is filled in for the typed model alone.
fn unfilled(service: &mut Item) {
    let watches = below(service, &["develop", "watch"]).and_then(Item::as_list_mut);
    for watch in watches.into_iter().flatten().filter_map(Item::as_map_mut) {
        let nothing =
            |exec: &Item| exec.as_map().is_some_and(|exec| exec.values().all(Item::is_null));
        watch.retain(|key, value| key != "exec" || !nothing(value));
    }
    for path in [&["gpus"][..], &["deploy", "resources", "reservations", "devices"]] {
        let devices = below(service, path).and_then(Item::as_list_mut).into_iter().flatten();
        for count in devices.filter_map(|device| below(device, &["count"])) {
            if count.data == Data::Int(-1) {
                count.data = Data::Text("all".to_owned());
            }
        }
    }
}

fn below<'i>(item: &'i mut Item, path: &[&str]) -> Option<&'i mut Item> {
    path.iter().try_fold(item, |item, key| item.as_map_mut()?.get_mut(*key))
}

fn note(item: &Item, path: &mut Vec<String>, secrets: &mut BTreeSet<Vec<String>>) {
    let mut below = |part: String, item: &Item| {
        path.push(part);
        note(item, path, secrets);
        path.pop();
    };
    match &item.data {
        Data::Map(map) => map.iter().for_each(|(key, item)| below(key.clone(), item)),
        Data::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| below(index.to_string(), item));
        }
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Float(_)
        | Data::Time(_)
        | Data::Text(_) => {
            if item.taint == Taint::Secret {
                secrets.insert(path.clone());
            }
        }
    }
}

fn collect(item: &Item, used: &mut BTreeMap<String, Used>) {
    // What looks like a variable in a decrypted file may be a part of a password.
    if let Some(text) = item.as_text().filter(|_| item.taint != Taint::Secret) {
        for (name, more) in uses(text) {
            let known = used.entry(name.to_owned()).or_default();
            known.required |= more.required;
            if known.default.is_empty() {
                known.default = more.default;
            }
            if known.alternate.is_empty() {
                known.alternate = more.alternate;
            }
        }
    }
    item.as_list().into_iter().flatten().for_each(|item| collect(item, used));
    item.as_map().into_iter().flatten().for_each(|(_, item)| collect(item, used));
}
