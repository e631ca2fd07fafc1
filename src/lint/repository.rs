//! All stacks of a repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::compose::{self, Open, Request};
use crate::config::{REPOSITORY_FILE, Repository, StackSettings};
use crate::model::failure::Failure as _;
use crate::model::name::ProjectName;
use crate::model::tree::{Tree, TreeError, join_clean};
use crate::source::{self, Skip, StackDir};

use super::finding::{Finding, Place};
use super::keys::LintKeys;
use super::rule::{Level, RuleId};
use super::stack::{self, Checked};
use super::{among, loading};

/// What is looked at besides the tree.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The repository's name, from which that of a stack at its root is made.
    pub repository: String,
    /// Directories in which stacks are looked for; empty leaves it to `conductor.yaml`.
    pub paths: Vec<PathBuf>,
    /// Variables that stacks see.
    pub environment: BTreeMap<String, String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many stacks were looked at.
    pub stacks: usize,
    /// What is wrong, by place.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings there are of a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level() == level).count()
    }
}

/// Looks at every stack of a tree.
pub fn lint(tree: &dyn Tree, keys: &dyn Open, scope: &Scope) -> Report {
    let keys = LintKeys::new(keys);
    let mut linter = Linter { tree, scope, findings: BTreeSet::new() };
    let repository = linter.repository();
    let stacks = linter.stacks(&repository);
    let mut named: Vec<Named> = Vec::new();
    let mut checked: Vec<Checked> = Vec::new();
    for dir in &stacks {
        let mut request = linter.request(dir);
        // Where the name cannot be told, loading tells why.
        if let Ok(name) = compose::project_name(tree, &keys, &request) {
            let settings = repository.stack(&name);
            request.profiles.clone_from(&settings.profiles);
            if !settings.env_files.is_empty() {
                let absolute = |file: &PathBuf| join_clean(tree.root(), file);
                request.env_files = Some(settings.env_files.iter().map(absolute).collect());
            }
            named.push((name, dir.path.clone(), settings));
        }
        checked.extend(stack::check(tree, &keys, (&dir.path, &request), &mut linter.findings));
    }
    linter.names(&repository, &named, stacks.len());
    linter.dependencies(&named);
    let hosts = |stack: usize| {
        let path = checked.get(stack).map(|checked| &checked.path);
        let (.., settings) = named.iter().find(|(_, known, _)| Some(known) == path)?;
        settings.hosts.clone()
    };
    among::check(&checked, &|one, other| meet(&hosts(one), &hosts(other)), &mut linter.findings);
    Report { stacks: stacks.len(), findings: linter.findings.into_iter().collect() }
}

/// Whether two lists of hosts have one in common; no list is every host.
#[expect(clippy::ref_option, reason = "they are members of settings")]
fn meet(one: &Option<Vec<String>>, other: &Option<Vec<String>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.iter().any(|host| other.contains(host)),
        (Some(_) | None, _) => true,
    }
}

struct Linter<'l> {
    tree: &'l dyn Tree,
    scope: &'l Scope,
    findings: BTreeSet<Finding>,
}

impl Linter<'_> {
    /// `conductor.yaml`; the defaults where it is not there or not valid.
    fn repository(&mut self) -> Repository {
        let bytes = match self.tree.read(&self.tree.root().join(REPOSITORY_FILE)) {
            Ok(bytes) => bytes,
            Err(TreeError::Missing { .. }) => return Repository::default(),
            Err(error) => {
                let message = loading::shown(&error.to_string(), self.tree.root());
                self.findings.insert(Finding::file(RuleId::Settings, REPOSITORY_FILE, message));
                return Repository::default();
            }
        };
        match Repository::parse(Path::new(REPOSITORY_FILE), &String::from_utf8_lossy(&bytes)) {
            Ok(repository) => repository,
            Err(error) => {
                let (mut line, mut column, mut text) = (0, 0, error.to_string());
                if let crate::config::Error::Invalid { source, .. } = &error {
                    (line, column) = (source.line, source.column);
                    text.clone_from(&source.text);
                }
                let number = |number: usize| u32::try_from(number).unwrap_or(0);
                let file = PathBuf::from(REPOSITORY_FILE);
                let place = Place { file, line: number(line), column: number(column) };
                let finding = Finding::file(RuleId::Settings, "", text).with_hint(error.hint());
                self.findings.insert(Finding { place, ..finding });
                Repository::default()
            }
        }
    }

    /// The directories with stacks that a pass would look at.
    fn stacks(&mut self, repository: &Repository) -> Vec<StackDir> {
        let discovery = match source::stacks(self.tree) {
            Ok(discovery) => discovery,
            Err(error) => {
                let message = loading::shown(&error.to_string(), self.tree.root());
                self.findings.insert(Finding::file(RuleId::Skipped, "", message));
                return Vec::new();
            }
        };
        for skip in &discovery.skipped {
            let (path, message) = match skip {
                Skip::Submodule(path) => {
                    (path, "no stack is looked for in a git submodule".to_owned())
                }
                Skip::Unreadable(path, error) => {
                    (path, loading::shown(&error.to_string(), self.tree.root()))
                }
            };
            self.findings.insert(Finding::file(RuleId::Skipped, path, message));
        }
        let given = &self.scope.paths;
        let paths = if given.is_empty() { &repository.paths } else { given };
        let reached = source_parts(self.tree, &discovery.stacks);
        let wanted = |stack: &StackDir| {
            if paths.is_empty() {
                !reached.contains(&stack.path)
            } else {
                paths.iter().any(|path| stack.path.starts_with(path))
            }
        };
        let stacks: Vec<StackDir> = discovery.stacks.into_iter().filter(wanted).collect();
        for stack in &stacks {
            let used = stack.files.first().cloned().unwrap_or_default();
            for file in &stack.shadowed {
                let message = format!("not read, because `{}` stands beside it", used.display());
                let finding = Finding::file(RuleId::Unused, file, message);
                self.findings.insert(Finding { stack: Some(stack.path.clone()), ..finding });
            }
        }
        if stacks.is_empty() {
            self.findings.insert(Finding::file(
                RuleId::NoStack,
                "",
                "no directory with a Compose file was found",
            ));
        }
        stacks
    }

    fn request(&self, stack: &StackDir) -> Request {
        let root = self.tree.root();
        Request {
            files: stack.files.iter().map(|file| join_clean(root, file)).collect(),
            project_directory: join_clean(root, &stack.path),
            fallback_name: stack.name_hint().is_none().then(|| self.scope.repository.clone()),
            environment: self.scope.environment.clone(),
            ..Request::default()
        }
    }

    /// Names that are used twice, or that `conductor.yaml` alone has.
    fn names(&mut self, repository: &Repository, named: &[Named], stacks: usize) {
        let mut places: BTreeMap<&ProjectName, Vec<&PathBuf>> = BTreeMap::new();
        for (name, path, _) in named {
            places.entry(name).or_default().push(path);
        }
        for (name, paths) in places.iter().filter(|(_, paths)| paths.len() > 1) {
            let all: Vec<String> = paths.iter().map(|path| directory(path)).collect();
            for path in paths {
                let message = format!("the project name `{name}` is that of {}", all.join(" and "));
                let finding = Finding::file(RuleId::Twins, *path, message);
                self.findings.insert(Finding { stack: Some((*path).clone()), ..finding });
            }
        }
        // One whose name cannot be told may be the one that is named.
        if named.len() == stacks {
            let known: Vec<ProjectName> = named.iter().map(|(name, ..)| name.clone()).collect();
            for message in repository.unknown_stacks(&known) {
                self.findings.insert(Finding::file(RuleId::UnknownStack, REPOSITORY_FILE, message));
            }
        }
    }

    /// Links between stacks: to stacks that are there on the same hosts, and in no circle.
    fn dependencies(&mut self, named: &[Named]) {
        let mut told = |rule, message: String| {
            self.findings.insert(Finding::file(rule, REPOSITORY_FILE, message));
        };
        for (name, _, settings) in named {
            for wanted in &settings.depends_on {
                let all: Vec<&Named> = named.iter().filter(|(other, ..)| other == wanted).collect();
                let near = all.iter().any(|(.., other)| meet(&settings.hosts, &other.hosts));
                if all.is_empty() {
                    told(
                        RuleId::StackDependency,
                        format!("stack `{name}` depends on `{wanted}`, which does not exist"),
                    );
                } else if !near {
                    told(
                        RuleId::StackDependency,
                        format!("stack `{name}` depends on `{wanted}`, and they share no host"),
                    );
                }
            }
            if let Some(circle) = circle(named, name) {
                told(
                    RuleId::StackCycle,
                    format!("stacks depend on each other in a circle: {circle}"),
                );
            }
        }
    }
}

/// A stack whose name is known: its project, its path, and what `conductor.yaml` says about it.
type Named = (ProjectName, PathBuf, StackSettings);

/// The circle that leads from a stack back to itself, told by the stack whose name comes first.
fn circle(named: &[Named], start: &ProjectName) -> Option<String> {
    let links = |name: &ProjectName| {
        let of = named.iter().filter(move |(known, ..)| known == name);
        of.flat_map(|(.., settings)| &settings.depends_on).cloned().collect::<Vec<_>>()
    };
    let mut open: Vec<Vec<ProjectName>> = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = open.pop() {
        let Some(last) = way.last() else { continue };
        for next in links(last) {
            if next == *start {
                let parts: Vec<String> =
                    way.iter().chain([start]).map(ToString::to_string).collect();
                let first = way.iter().all(|other| start <= other);
                return first.then(|| parts.join(" → "));
            }
            if seen.insert(next.clone()) {
                open.push([&way[..], &[next]].concat());
            }
        }
    }
    None
}

/// A directory of the repository in words.
fn directory(path: &Path) -> String {
    match path.to_str() {
        Some("") | None => "`.`".to_owned(),
        Some(path) => format!("`{path}`"),
    }
}

/// Directories that are parts of other stacks.
fn source_parts(tree: &dyn Tree, stacks: &[StackDir]) -> BTreeSet<PathBuf> {
    compose::parts(tree, stacks.iter().map(|stack| (stack.path.as_path(), &stack.files[..])))
}
