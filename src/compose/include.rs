//! `include`: whole models below the one that includes them.

use std::path::{Path, PathBuf};

use super::complete::complete;
use super::environment;
use super::error::{Error, Location};
use super::file::{Loading, enter, load_files, local};
use super::merge::merge;
use super::problem::Problem;
use super::read::apply_resets;
use super::session::Session;
use super::value::{Data, Item, Map};

/// Loads what `project` includes and lays `project` over it.
pub(super) fn apply(
    project: &mut Map,
    file: &Path,
    resets: &[Vec<String>],
    loading: &Loading<'_>,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let Some(include) = project.remove("include") else { return Ok(()) };
    if include.is_null() {
        return Ok(());
    }
    super::schema::check(&include, &super::schema::INCLUDES, "include")?;
    let included = enter(&loading.included, file, &include)?;
    for entry in include.as_list().unwrap_or_default() {
        let entry = Entry::of(entry);
        if entry.paths.is_empty() {
            session.warn(Location::value(&entry.item.place), "`include` names no file here", None);
            continue;
        }
        let imported = import(&entry, &included, loading, session)?;
        add(project, imported, resets)?;
    }
    Ok(())
}

/// One entry of `include`.
struct Entry<'e> {
    item: &'e Item,
    paths: Vec<&'e Item>,
    env_files: Vec<&'e Item>,
    directory: Option<&'e Item>,
}

impl<'e> Entry<'e> {
    fn of(item: &'e Item) -> Self {
        let mut entry = Self { item, paths: Vec::new(), env_files: Vec::new(), directory: None };
        if item.as_text().is_some() {
            entry.paths.push(item);
        } else {
            entry.paths = one_or_more(item.get("path"));
            entry.env_files = one_or_more(item.get("env_file"));
            entry.directory =
                item.get("project_directory").filter(|directory| !directory.printed().is_empty());
        }
        entry
    }
}

fn one_or_more(item: Option<&Item>) -> Vec<&Item> {
    match item {
        Some(item) => item.as_list().map_or_else(|| vec![item], |list| list.iter().collect()),
        None => Vec::new(),
    }
}

fn import(
    entry: &Entry<'_>,
    included: &[PathBuf],
    loading: &Loading<'_>,
    session: &mut Session<'_>,
) -> Result<Map, Error> {
    let mut files = Vec::with_capacity(entry.paths.len());
    for path in &entry.paths {
        files.push(local(path, &loading.directory, session)?);
    }
    enter(included, &files[0], entry.item)?;
    let directory = match entry.directory {
        Some(directory) => local(directory, &loading.directory, session)?,
        None => files[0].parent().unwrap_or(Path::new("/")).to_owned(),
    };
    let environment = environment::of_include(&entry.env_files, &directory, loading, session)?;
    let inner = Loading { directory, environment: &environment, included: included.to_vec() };
    let mut project = load_files(&files, &inner, Some(entry.item), session)?;
    complete(&mut project, &inner, session)?;
    Ok(project)
}

const IMPORTED: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Takes over what was imported; what both sides have is merged, the including side on top.
fn add(project: &mut Map, mut imported: Map, resets: &[Vec<String>]) -> Result<(), Error> {
    for kind in IMPORTED {
        let Some(Item { data: Data::Map(elements), place, taint }) = imported.remove(kind) else {
            continue;
        };
        let target = project.entry(kind.to_owned()).or_insert_with(|| Item {
            data: Data::Map(Map::new()),
            place,
            taint,
        });
        let found = target.kind();
        let Some(ours) = target.as_map_mut() else {
            let problem = Problem::Kind { wanted: "a mapping".to_owned(), found };
            return Err(Error::value(target, kind, problem));
        };
        let mut added = Vec::new();
        for (name, element) in elements {
            match ours.get_mut(&name) {
                None => added.push((name, element)),
                Some(own) if *own == element => (),
                Some(own) => {
                    let over = std::mem::take(own);
                    *own = over_import(element, over, (kind, &name), resets)?;
                }
            }
        }
        ours.extend(added);
    }
    Ok(())
}

fn over_import(
    imported: Item,
    own: Item,
    (kind, name): (&str, &str),
    resets: &[Vec<String>],
) -> Result<Item, Error> {
    let element =
        Item { data: Data::Map(Map::from_iter([(name.to_owned(), imported)])), ..Item::default() };
    let mut wrapped = Map::from_iter([(kind.to_owned(), element)]);
    let below: Vec<Vec<String>> = resets.iter().filter(|path| path.len() > 2).cloned().collect();
    apply_resets(&mut wrapped, &below);
    let imported = wrapped
        .get_mut(kind)
        .and_then(Item::as_map_mut)
        .and_then(|elements| elements.remove(name))
        .unwrap_or_default();
    merge(imported, own, &[kind, name])
}
