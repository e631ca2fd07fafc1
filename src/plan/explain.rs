//! What differs between a container and its service, in names. Values may be secret and are never shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::desired::{Desired, Input};
use crate::model::memory::{Applied, Fresh};
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Image};
use crate::model::service::Service;
use crate::model::settings::{Settings, settings};

use super::cause::Cause;
use super::change::Change;
use super::layout::FileChanges;

/// What changed in the inputs of a container: by what is remembered of it, else by the files that this plan writes anew.
/// When it writes none, because an earlier run did, all that can be said is that some changed.
pub(super) fn inputs(
    desired: &Desired,
    files: &FileChanges,
    (service, applied): (&ServiceName, Option<(&Applied, &Applied)>),
) -> Vec<Change> {
    let inputs = desired.inputs_of(service);
    if let Some((has, wanted)) = applied {
        let changes = has.changes(wanted).into_iter().map(|(kind, name, fresh)| {
            let input = inputs.iter().find(|input| input.kind == kind && input.name == name);
            let lines = input.and_then(|input| lines_of(files, input));
            Change::Input { kind, name, fresh, lines }
        });
        return changes.collect();
    }
    let written = named(files, inputs, |input| write_of(files, input).is_some());
    match (written.is_empty(), inputs) {
        (true, [_]) => named(files, inputs, |_| true),
        (true, _) => vec![Change::Inputs],
        (false, _) => written,
    }
}

/// The inputs of a service whose files are there, and hold something else than what is desired.
pub(super) fn rewritten(
    desired: &Desired,
    files: &FileChanges,
    service: &ServiceName,
) -> Vec<Change> {
    let is_rewritten =
        |input: &Input| matches!(write_of(files, input), Some(Cause::ContentsChanged(_)));
    named(files, desired.inputs_of(service), is_rewritten)
}

fn named(files: &FileChanges, inputs: &[Input], select: impl Fn(&Input) -> bool) -> Vec<Change> {
    let selected = inputs.iter().filter(|input| select(input));
    let change = |input: &Input| Change::Input {
        kind: input.kind,
        name: input.name.clone(),
        fresh: Fresh::Changed,
        lines: lines_of(files, input),
    };
    selected.map(change).collect()
}

fn lines_of(files: &FileChanges, input: &Input) -> Option<usize> {
    match write_of(files, input) {
        Some(Cause::ContentsChanged(lines)) => *lines,
        Some(_) | None => None,
    }
}

fn write_of<'a>(files: &'a FileChanges, input: &Input) -> Option<&'a Cause> {
    let path = input.path.as_ref()?;
    files.writes.iter().find(|(written, _)| written == path).map(|(_, cause)| cause)
}

/// What differs in the configuration of a container, as far as its inspection tells. What the image gives counts only while
/// it is the image that the container was made from: another image gives other things.
pub(super) fn config(
    desired: &Desired,
    name: &ServiceName,
    image: Option<&Image>,
    container: &Container,
) -> Vec<Change> {
    let (Some(details), Some(service)) = (&container.details, desired.project.services.get(name))
    else {
        return Vec::new();
    };
    let image = image.filter(|image| image.id == container.image_id);
    let mut changes = Vec::new();
    let variables: Vec<String> = variables(service, image, &details.env).into_iter().collect();
    if !variables.is_empty() {
        changes.push(Change::Environment(variables));
    }
    let settings = differing(&settings(desired, name, image), &details.settings, image);
    changes.extend(settings.into_iter().map(Change::Setting));
    changes
}

/// The settings whose texts differ. One that only one side can tell is passed over, except labels, which come and go.
fn differing(wanted: &Settings, has: &Settings, image: Option<&Image>) -> Vec<String> {
    let keys: BTreeSet<&String> = wanted.keys().chain(has.keys()).collect();
    let differ = keys.into_iter().filter(|key| match (wanted.get(*key), has.get(*key)) {
        (Some(wanted), Some(has)) => wanted != has,
        (None, None) => false,
        (Some(_), None) => !has.is_empty() && key.starts_with("labels."),
        // Without the image nobody knows which labels were its own.
        (None, Some(_)) => image.is_some() && key.starts_with("labels."),
    });
    differ.cloned().collect()
}

/// The variables whose values differ.
fn variables(service: &Service, image: Option<&Image>, env: &[String]) -> BTreeSet<String> {
    let has = pairs(env);
    let given = image.map(|image| pairs(&image.env));
    let mut changed = BTreeSet::new();
    for (key, wanted) in &service.environment {
        if has.get(key.as_str()).copied() != wanted.as_deref() {
            changed.insert(key.clone());
        }
    }
    if let Some(given) = given {
        let extra = has.iter().filter(|(key, value)| {
            !service.environment.contains_key(**key) && given.get(*key) != Some(*value)
        });
        changed.extend(extra.map(|(key, _)| (*key).to_owned()));
        let lost = given
            .keys()
            .filter(|key| !has.contains_key(**key) && !service.environment.contains_key(**key));
        changed.extend(lost.map(|key| (*key).to_owned()));
    }
    changed
}

fn pairs(env: &[String]) -> BTreeMap<&str, &str> {
    env.iter().filter_map(|pair| pair.split_once('=')).collect()
}
