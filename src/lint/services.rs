//! What a service asks for, and what it waits for.

use std::collections::BTreeMap;

use crate::docker;
use crate::model::desired::{Desired, InputKind, ObjectRef, Origin, Orphans};
use crate::model::failure::Failure as _;
use crate::model::hash::DIALECTS;
use crate::model::name::{EngineName, InstanceName, ServiceName};
use crate::model::observed::EngineInfo;
use crate::model::parts::Condition;
use crate::model::project::Project;
use crate::model::revision::Revision;
use crate::model::service::Service;

use super::finding::Finding;
use super::rule::RuleId;
use super::stack::Look;

/// Tags that are moved to new images all the time.
const MUTABLE: [&str; 17] = [
    "latest",
    "stable",
    "edge",
    "main",
    "master",
    "nightly",
    "dev",
    "develop",
    "development",
    "release",
    "rolling",
    "lts",
    "beta",
    "alpha",
    "test",
    "canary",
    "current",
];

/// Looks at every active service.
pub(super) fn check(look: &Look<'_>, findings: &mut Vec<Finding>) {
    for (name, service) in &look.loaded.project.services {
        image(look, name, service, findings);
        waits(look, name, service, findings);
    }
    unsupported(look, findings);
    extensions(look, findings);
}

fn image(look: &Look<'_>, name: &ServiceName, service: &Service, findings: &mut Vec<Finding>) {
    if service.image.is_empty() {
        if service.build.is_some() {
            let message =
                format!("service `{name}` has no `image`, and Conductor does not build one");
            let hint = "build the image elsewhere, and name it in `image`".to_owned();
            let finding =
                look.at(RuleId::Unsupported, &["services", name.as_str(), "build"], message);
            findings.push(finding.with_hint(Some(hint)));
        }
        return;
    }
    let at = ["services", name.as_str(), "image"];
    match docker::Reference::parse(&service.image) {
        Err(error) => {
            let finding = look.at(RuleId::Invalid, &at, error.to_string());
            findings.push(finding.with_hint(error.hint()));
        }
        Ok(reference) if reference.digest.is_some() || service.build.is_some() => (),
        Ok(reference) => {
            let written = service.image.rsplit('/').next().is_some_and(|last| last.contains(':'));
            let tag = reference.tag.as_deref().filter(|_| written);
            if tag.is_none_or(|tag| MUTABLE.contains(&tag)) {
                let message = match tag {
                    Some(tag) => {
                        format!("the tag `{tag}` of image `{}` is moved often", service.image)
                    }
                    None => {
                        format!("the image `{}` has no tag, which means `latest`", service.image)
                    }
                };
                findings.push(look.at(RuleId::MutableTag, &at, message));
            }
        }
    }
}

fn waits(look: &Look<'_>, name: &ServiceName, service: &Service, findings: &mut Vec<Finding>) {
    for (other, dependency) in &service.depends_on {
        let Some(awaited) = look.loaded.project.services.get(other) else { continue };
        let at = ["services", name.as_str(), "depends_on", other.as_str()];
        match dependency.condition {
            Condition::Started => (),
            Condition::Healthy => {
                let check = awaited.healthcheck.as_ref();
                let test =
                    check.and_then(|check| check.test.as_ref()).filter(|test| !test.is_empty());
                let off = check.is_some_and(|check| check.disable)
                    || test.is_some_and(|test| test[0] == "NONE");
                if off {
                    let message = format!(
                        "service `{name}` waits until `{other}` is healthy, and its healthcheck is switched off"
                    );
                    findings.push(look.at(RuleId::HealthcheckOff, &at, message));
                } else if test.is_none() && awaited.provider.is_none() {
                    let message = format!(
                        "service `{name}` waits until `{other}` is healthy, and `{other}` has no `healthcheck`"
                    );
                    findings.push(look.at(RuleId::NoHealthcheck, &at, message));
                }
            }
            Condition::CompletedSuccessfully => {
                let restart = awaited.restart.as_str();
                if matches!(restart, "always" | "unless-stopped") {
                    let message = format!(
                        "service `{name}` waits until `{other}` has ended, and `{other}` has `restart: {restart}`"
                    );
                    findings.push(look.at(RuleId::NeverCompletes, &at, message));
                }
            }
        }
    }
}

/// What the mapping to the engine refuses, asked as if the engine were a new one.
fn unsupported(look: &Look<'_>, findings: &mut Vec<Finding>) {
    let Some(desired) = desired(look) else { return };
    let engine = EngineInfo { api: (1, 99), version: String::new() };
    for name in desired.project.services.keys() {
        let Err(error) = docker::check_service(&desired, name, &engine) else { continue };
        let mut below = String::new();
        if let docker::Error::Unsupported { key, .. } = &error {
            below.clone_from(key);
        }
        let mut path = vec!["services", name.as_str()];
        path.extend(
            below
                .split(['.', '['])
                .map(|part| part.trim_end_matches(']'))
                .filter(|part| !part.is_empty()),
        );
        let finding = look.at(RuleId::Unsupported, &path, look.shown(&error.to_string()));
        findings.push(finding.with_hint(error.hint()));
    }
}

/// The project as a pass would desire it, with every config and secret somewhere.
fn desired(look: &Look<'_>) -> Option<Desired> {
    let project = look.loaded.project.clone();
    let mut objects = BTreeMap::new();
    for (service, spec) in &project.services {
        let references = [
            (InputKind::Config, &spec.configs, &project.configs),
            (InputKind::Secret, &spec.secrets, &project.secrets),
        ];
        for (kind, references, declared) in references {
            for reference in references {
                let key = reference.source.clone();
                if declared.get(&key).is_some_and(|object| !object.external) {
                    let target = reference.target.clone();
                    let at = ObjectRef { service: service.clone(), kind, key, target };
                    objects.insert(at, "/somewhere".into());
                }
            }
        }
    }
    Some(Desired {
        engine: EngineName::parse("local").ok()?,
        origin: Origin {
            instance: InstanceName::parse("default").ok()?,
            source: None,
            stack: std::path::PathBuf::new(),
            revision: Revision::Directory,
        },
        profiles: profiles(&project),
        project,
        work: None,
        config_hash: DIALECTS[0],
        behaviours: look.loaded.behaviours.clone(),
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        objects,
        copies: BTreeMap::new(),
        orphans: Orphans::Name,
    })
}

/// A profile for every name that could be one: whether the file is there is another question.
fn profiles(project: &Project) -> BTreeMap<String, String> {
    let options = project.services.values().flat_map(|service| &service.security_opt);
    let names = options.filter_map(|option| option.strip_prefix("seccomp")?.get(1..));
    names.map(|name| (name.to_owned(), "{}".to_owned())).collect()
}

/// Keys of the project's own `x-conductor`: none of them is carried out yet.
fn extensions(look: &Look<'_>, findings: &mut Vec<Finding>) {
    let members = look.loaded.extension.as_ref().and_then(|value| value.as_object());
    for (key, _) in members.into_iter().flatten() {
        let message = format!("`x-conductor.{key}` has no effect: it is not supported yet");
        findings.push(look.at(RuleId::NoEffect, &["x-conductor", key], message));
    }
}
