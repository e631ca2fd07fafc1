//! The repository's own `conductor.yaml`, which refines what discovery finds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::error::Error;
use super::parse;
use super::source::is_inside;
use super::span::Span;
use crate::model::name::ProjectName;

/// The file's name at the root of a repository.
pub const REPOSITORY_FILE: &str = "conductor.yaml";

/// What `conductor.yaml` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Directories in which stacks are looked for; empty is everywhere.
    pub paths: Vec<PathBuf>,
    /// Refinements by project name.
    pub stacks: BTreeMap<ProjectName, StackSettings>,
}

/// What `conductor.yaml` says about one stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct StackSettings {
    /// Hosts that it is for; `None` is every host.
    pub hosts: Option<Vec<String>>,
    /// Environment files in place of `.env`, relative to the root of the repository.
    pub env_files: Vec<PathBuf>,
    /// The absolute directory in which its files stand, where it is not one of Conductor's own.
    pub project_directory: Option<PathBuf>,
    /// Active profiles.
    pub profiles: Vec<String>,
    /// Stacks that must be healthy first.
    pub depends_on: Vec<ProjectName>,
    /// How long it may take to become healthy, where it differs from the settings.
    pub health_timeout: Option<Duration>,
    /// Whether a revision that fails is rolled back.
    pub rollback: bool,
    /// Whether containers of services that are gone are removed.
    pub prune: bool,
    /// Whether it is left alone.
    pub suspended: bool,
    /// Whether drift is put right without a new revision.
    pub self_heal: bool,
}

impl Repository {
    /// Reads the text of the file, which messages call `shown`.
    pub fn parse(shown: &Path, text: &str) -> Result<Self, Error> {
        let fragment: RepositoryFragment = parse::yaml(shown, text)?;
        let mut stacks = BTreeMap::new();
        if let Some(path) = fragment.paths.iter().find(|path| !is_inside(path)) {
            let what = format!("`paths` in `{}`", shown.display());
            return Err(Error::PathOutside { what, path: path.clone() });
        }
        for (name, stack) in fragment.stacks {
            let Some(stack) = stack else { continue };
            if let Some(path) = stack.env_files.iter().find(|path| !is_inside(path)) {
                let what = format!("`env_files` of stack `{name}` in `{}`", shown.display());
                return Err(Error::PathOutside { what, path: path.clone() });
            }
            if let Some(path) = stack.project_directory.as_ref().filter(|path| !is_plain(path)) {
                let (stack, path) = (name.to_string(), path.clone());
                return Err(Error::ProjectDirectory { stack, path });
            }
            stacks.insert(name, stack.settings());
        }
        Ok(Self { paths: fragment.paths, stacks })
    }

    /// What it says about the stack `name`; the defaults where it says nothing.
    pub fn stack(&self, name: &ProjectName) -> StackSettings {
        self.stacks.get(name).cloned().unwrap_or_else(|| StackFragment::default().settings())
    }

    /// The stacks that are not pruned.
    pub fn kept(&self) -> BTreeSet<ProjectName> {
        let kept = self.stacks.iter().filter(|(_, settings)| !settings.prune);
        kept.map(|(name, _)| name.clone()).collect()
    }

    /// A word on each name that is none of the stacks that were found.
    pub fn unknown_stacks(&self, found: &[ProjectName]) -> Vec<String> {
        let found: Vec<&str> = found.iter().map(ProjectName::as_str).collect();
        self.stacks
            .keys()
            .filter(|name| !found.contains(&name.as_str()))
            .map(|name| match parse::nearest(name.as_str(), &found) {
                Some(known) => format!(
                    "`{REPOSITORY_FILE}` names a stack `{name}`, which does not exist; did you mean `{known}`?"
                ),
                None => format!("`{REPOSITORY_FILE}` names a stack `{name}`, which does not exist"),
            })
            .collect()
    }
}

impl StackSettings {
    /// Whether the stack `name` is for this host.
    pub fn is_for(&self, name: &ProjectName, host: Option<&str>) -> Result<bool, Error> {
        match (&self.hosts, host) {
            (None, _) => Ok(true),
            (Some(hosts), Some(host)) => Ok(hosts.iter().any(|other| other == host)),
            (Some(_), None) => Err(Error::NoHost { stack: name.to_string() }),
        }
    }
}

/// Whether a path is absolute, names a directory below the root, and leads nowhere else.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && components.clone().next().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RepositoryFragment {
    #[serde(default)]
    paths: Vec<PathBuf>,
    #[serde(default)]
    stacks: BTreeMap<ProjectName, Option<StackFragment>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct StackFragment {
    hosts: Option<Vec<String>>,
    depends_on: Option<Vec<ProjectName>>,
    #[serde(default)]
    env_files: Vec<PathBuf>,
    project_directory: Option<PathBuf>,
    #[serde(default)]
    profiles: Vec<String>,
    health_timeout: Option<Span>,
    rollback: Option<bool>,
    prune: Option<bool>,
    self_heal: Option<bool>,
    suspended: Option<bool>,
}

impl StackFragment {
    fn settings(self) -> StackSettings {
        StackSettings {
            hosts: self.hosts,
            env_files: self.env_files,
            project_directory: self.project_directory,
            profiles: self.profiles,
            depends_on: self.depends_on.unwrap_or_default(),
            rollback: self.rollback.unwrap_or(true),
            health_timeout: self.health_timeout.map(|span| span.0),
            prune: self.prune.unwrap_or(true),
            suspended: self.suspended.unwrap_or(false),
            self_heal: self.self_heal.unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match Repository::parse(Path::new("conductor.yaml"), text) {
            Ok(repository) => format!("{repository:#?}"),
            Err(error) => crate::model::outcome::Trouble::of(&error)
                .causes
                .first()
                .map_or(error.to_string(), |cause| format!("{error}: {cause}")),
        }
    }

    #[test]
    fn what_a_stack_does_not_say_is_as_usual() {
        let repository = Repository::parse(
            Path::new("conductor.yaml"),
            "stacks:\n  blog: {depends_on: [db], rollback: false, self_heal: false, profiles: [full], health_timeout: 5m, hosts: [nas]}\n  db:\n",
        )
        .unwrap();
        let blog = ProjectName::parse("blog").unwrap();
        let settings = repository.stack(&blog);
        assert_eq!(settings.health_timeout, Some(Duration::from_mins(5)));
        assert_eq!(settings.depends_on, [ProjectName::parse("db").unwrap()]);
        assert!(!settings.self_heal && repository.stack(&settings.depends_on[0]).self_heal);
        assert!(!settings.rollback && repository.stack(&settings.depends_on[0]).rollback);
        assert!(settings.is_for(&blog, Some("nas")).unwrap());
        assert!(!settings.is_for(&blog, Some("vps")).unwrap());
        assert!(matches!(settings.is_for(&blog, None), Err(Error::NoHost { .. })));
        assert_eq!(
            repository.unknown_stacks(&[
                ProjectName::parse("blogs").unwrap(),
                ProjectName::parse("db").unwrap()
            ]),
            ["`conductor.yaml` names a stack `blog`, which does not exist; did you mean `blogs`?"]
        );
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        insta::assert_snapshot!(check("stacks: {blog: {env_files: [../x.env]}}"), @"`../x.env` of `env_files` of stack `blog` in `conductor.yaml` is not a path inside the repository");
        insta::assert_snapshot!(check("stacks:\n  blog:\n    helth_timeout: 3m\n"), @"invalid settings in `conductor.yaml`: line 3, column 5: unknown key `helth_timeout` in `stacks.blog`");
        insta::assert_snapshot!(check("stacks: {blog: {project_directory: ../blog}}"), @"cannot use `../blog` as `project_directory` of stack `blog` in `conductor.yaml`: it is not an absolute path without `..`");
        insta::assert_snapshot!(check("stacks: {Blog: {}}"), @"invalid settings in `conductor.yaml`: line 1, column 9: stacks: invalid project name `Blog`: lower-case letters, digits, `-` and `_`, beginning with a letter or digit");
    }
}
