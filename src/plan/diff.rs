//! What differs, line by line: of services that are replaced, and of files that are written over. Secrets stay hidden.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::desired::{Contents, Desired};
use crate::model::lines::{self, Side};
use crate::model::name::ServiceName;
use crate::model::observed::{Container, Image, Observed};
use crate::model::settings::{Settings, settings};

use super::images;
use super::operation::{Action, Plan};

/// Lines around a changed one that are shown with it.
const CONTEXT: usize = 2;
/// What stands for a value that may be secret.
const HIDDEN: &str = "***";
/// What stands for a value of which nobody knows whether it was secret.
const UNKNOWN: &str = "(another value)";

/// Members that may have held a secret in an earlier revision, of which an engine tells nothing.
const FREE: [&str; 5] = ["command", "entrypoint", "labels", "logging", "sysctls"];

/// What differs about one service or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What it is about, such as `service web` or `file web/nginx.conf`.
    pub title: String,
    /// The lines, old ones before new ones.
    pub lines: Vec<DiffLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// It stands in both.
    Same(String),
    /// It goes.
    Old(String),
    /// It comes.
    New(String),
    /// Lines that are the same are left out here.
    Gap,
}

/// An earlier revision, which tells what was no secret in it.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// What it desired.
    pub desired: &'a Desired,
    /// Paths in its model of what came out of encrypted files.
    pub secret_paths: &'a BTreeSet<Vec<String>>,
}

/// What the operations of a plan change, as far as it can be told: an engine tells what a container is made from, but not
/// which of its variables were secret. Their old values are shown where the revision `before` has them in plain text.
pub fn diff(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    secret_paths: &BTreeSet<Vec<String>>,
    before: Option<Before<'_>>,
) -> Vec<Diff> {
    let mut diffs = Vec::new();
    let mut told = BTreeSet::new();
    for operation in &plan.operations {
        if let Action::WriteFile { path, shown } = &operation.action {
            let new = desired.files.get(path).and_then(|file| text(&file.contents));
            let old = observed.files.get(path).and_then(|file| file.text.as_deref());
            if let (Some(old), Some(new)) = (old, new) {
                diffs.push(Diff { title: format!("file {shown}"), lines: hunks(old, new) });
            }
        }
        if let Action::CreateContainer { service, replaces: Some(old), .. } = &operation.action {
            let old = observed.containers.iter().find(|container| container.name == *old);
            if let Some(old) = old.filter(|_| told.insert(service.clone())) {
                let view = View { desired, observed, service, secret_paths, before };
                diffs.extend(view.against(old));
            }
        }
    }
    diffs
}

fn text(contents: &Contents) -> Option<&str> {
    match contents {
        Contents::Plain(bytes) => std::str::from_utf8(bytes).ok(),
        Contents::Secret(_) | Contents::Link(_) => None,
    }
}

/// The changed lines of a text with some around them.
fn hunks(old: &str, new: &str) -> Vec<DiffLine> {
    let all = lines::beside(old, new);
    let is_changed =
        |place: usize| all.get(place).is_some_and(|side| !matches!(side, Side::Both(_)));
    let is_near = |place: usize| (place.saturating_sub(CONTEXT)..=place + CONTEXT).any(is_changed);
    let mut hunks: Vec<DiffLine> = Vec::new();
    for (place, side) in all.iter().enumerate() {
        let line = match side {
            Side::Old(line) => DiffLine::Old((*line).to_owned()),
            Side::New(line) => DiffLine::New((*line).to_owned()),
            Side::Both(line) if is_near(place) => DiffLine::Same((*line).to_owned()),
            Side::Both(_) => DiffLine::Gap,
        };
        if line != DiffLine::Gap || hunks.last() != Some(&DiffLine::Gap) {
            hunks.push(line);
        }
    }
    hunks
}

/// One service as it is desired.
struct View<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    service: &'a ServiceName,
    secret_paths: &'a BTreeSet<Vec<String>>,
    before: Option<Before<'a>>,
}

impl View<'_> {
    /// What differs from a container.
    fn against(&self, old: &Container) -> Option<Diff> {
        let details = old.details.as_ref()?;
        let service = self.desired.project.services.get(self.service)?;
        let image = images::wanted(self.desired, self.observed, self.service);
        let same_image = image.filter(|image| image.id == old.image_id);
        let wanted = settings(self.desired, self.service, same_image);
        let known = self.known_settings(same_image);
        let mut lines = self.settings(&wanted, (&details.settings, &known));
        let given = same_image.map(|image| pairs(&image.env)).unwrap_or_default();
        let has = pairs(&details.env);
        let keys: BTreeSet<&str> =
            service.environment.keys().map(String::as_str).chain(has.keys().copied()).collect();
        for key in keys {
            let declared = service.environment.get(key).and_then(Option::as_deref);
            let inherited = given.get(key).copied();
            let new = declared.or(inherited);
            let is_unknown = image.is_some() && same_image.is_none() && declared.is_none();
            if has.get(key).copied() == new || is_unknown {
                continue;
            }
            let shown = |value: &str| {
                let hidden = self.is_secret(&["environment", key]);
                if hidden { HIDDEN.to_owned() } else { value.to_owned() }
            };
            if let Some(old) = has.get(key) {
                let known = self.has_declared(key, old);
                let old = if known { shown(old) } else { UNKNOWN.to_owned() };
                lines.push(DiffLine::Old(format!("environment.{key}: {old}")));
            }
            lines
                .extend(new.map(|new| DiffLine::New(format!("environment.{key}: {}", shown(new)))));
        }
        (!lines.is_empty()).then(|| Diff { title: format!("service {}", self.service), lines })
    }

    /// The settings as the revision before has them, without those that hold a secret.
    fn known_settings(&self, image: Option<&Image>) -> Settings {
        let Some(before) = self.before else { return Settings::new() };
        let mut known = settings(before.desired, self.service, image);
        known.retain(|key, _| {
            let member = key.split('.').next().unwrap_or(key);
            !is_secret(before.secret_paths, self.service, &[member])
        });
        known
    }

    /// Whether the revision before gave a variable this value in plain text.
    fn has_declared(&self, key: &str, value: &str) -> bool {
        let Some(before) = self.before else { return false };
        let service = before.desired.project.services.get(self.service);
        let declared = service.and_then(|service| service.environment.get(key)?.as_deref());
        let member = ["environment", key];
        declared == Some(value) && !is_secret(before.secret_paths, self.service, &member)
    }

    fn settings(&self, wanted: &Settings, (has, known): (&Settings, &Settings)) -> Vec<DiffLine> {
        let mut lines = Vec::new();
        for (key, new) in wanted {
            let Some(old) = has.get(key).filter(|old| *old != new) else { continue };
            let member = key.split('.').next().unwrap_or(key);
            let hidden = self.is_secret(&[member]);
            let parts = |text: &str| -> Vec<String> {
                let text = if hidden { HIDDEN } else { text };
                text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
            };
            let is_unknown = FREE.contains(&member) && known.get(key) != Some(old);
            let old = if is_unknown { UNKNOWN } else { old.as_str() };
            let (old, new) = (parts(old), parts(new));
            let gone = old.iter().filter(|line| hidden || !new.contains(line));
            let come = new.iter().filter(|line| hidden || !old.contains(line));
            lines.extend(gone.map(|line| DiffLine::Old(format!("{key}: {line}"))));
            lines.extend(come.map(|line| DiffLine::New(format!("{key}: {line}"))));
        }
        lines
    }

    /// Whether anything below a member of the service came out of an encrypted file.
    fn is_secret(&self, member: &[&str]) -> bool {
        is_secret(self.secret_paths, self.service, member)
    }
}

fn is_secret(paths: &BTreeSet<Vec<String>>, service: &ServiceName, member: &[&str]) -> bool {
    let begin = ["services", service.as_str()];
    let wanted: Vec<&str> = begin.iter().chain(member).copied().collect();
    paths.iter().any(|path| {
        path.len() >= wanted.len() && path.iter().zip(&wanted).all(|(has, part)| has == part)
    })
}

fn pairs(env: &[String]) -> BTreeMap<&str, &str> {
    env.iter().filter_map(|pair| pair.split_once('=')).collect()
}
