//! The stacks of a source, found but not yet rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compose;
use crate::config::{Location, REPOSITORY_FILE, Repository, Source, StackSettings};
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::model::tree::{Tree, TreeError};
use crate::source::{self, Address, DirTree, Links, Mirror, Skip, StackDir};

use super::alone::LeftAlone;
use super::context::Context;
use super::error::Error;

/// Where the files of a stack come from.
#[derive(Debug, Clone)]
pub(super) enum Files {
    /// A commit in a mirror.
    Git {
        /// The mirror.
        mirror: Mirror,
        /// The commit.
        revision: Revision,
    },
    /// A plain directory.
    Directory {
        /// Its absolute path.
        root: PathBuf,
        /// Where its links may lead.
        links: Links,
    },
}

impl Files {
    /// The revision that is read.
    pub(super) fn revision(&self) -> Revision {
        match self {
            Self::Git { revision, .. } => revision.clone(),
            Self::Directory { .. } => Revision::Directory,
        }
    }

    /// Answers reads as if a commit's files stood below `root`; a directory stays where it is.
    pub(super) fn tree(&self, work: &Path) -> Result<Box<dyn Tree>, Trouble> {
        match self {
            Self::Git { mirror, revision } => mirror
                .tree(revision, work)
                .map(|tree| Box::new(tree) as Box<dyn Tree>)
                .map_err(|error| Trouble::of(&error)),
            Self::Directory { root, links } => Ok(Box::new(DirTree::at(root, *links))),
        }
    }
}

/// A stack with its project name: what a pass works on.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The source; `None` for a project named by its files.
    pub(super) source: Option<SourceName>,
    /// The stack's path in its source.
    pub(super) path: PathBuf,
    /// Its project.
    pub(super) project: ProjectName,
    /// Where its files come from.
    pub(super) files: Files,
    /// The source as the settings describe it; `None` for a project named by its files.
    pub(super) origin: Option<Arc<Source>>,
    /// How it is loaded; the paths are relative to the tree's root unless they are absolute.
    pub(super) request: compose::Request,
    /// What `conductor.yaml` says about it.
    pub(super) settings: StackSettings,
    /// Why it is left alone on this host, if it is.
    pub(super) left_alone: Option<LeftAlone>,
}

/// What was found in one source.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// The revision that was looked through.
    pub(super) revision: Revision,
    /// Where its files come from.
    pub(super) files: Files,
    /// The stacks that can be rendered.
    pub(super) stacks: Vec<Found>,
    /// Stacks whose name cannot even be told, by path.
    pub(super) failed: Vec<(PathBuf, Trouble)>,
    /// Projects that `conductor.yaml` wants kept although they are gone.
    pub(super) kept: BTreeSet<ProjectName>,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
}

/// Finds the stacks of a source in the files that were fetched for it.
pub(super) fn find(context: &Context, source: &Source, files: &Files) -> Result<Finding, Trouble> {
    let probe = Path::new(PROBE_ROOT);
    let tree = files.tree(probe)?;
    let mut finding = Finding {
        revision: files.revision(),
        files: files.clone(),
        stacks: Vec::new(),
        failed: Vec::new(),
        kept: BTreeSet::new(),
        warnings: Vec::new(),
    };
    let repository = repository_file(&*tree)?;
    finding.kept = repository.kept();
    let discovery = source::stacks(&*tree).map_err(|error| unreadable(&error))?;
    finding.warnings.extend(discovery.skipped.iter().map(skipped));
    let paths = if source.paths.is_empty() { &repository.paths } else { &source.paths };
    let reached = reached(&*tree, &discovery.stacks);
    let holds = |path: &&PathBuf| discovery.stacks.iter().any(|stack| stack.path.starts_with(path));
    finding.warnings.extend(paths.iter().filter(|path| !holds(path)).map(|path| idle(path)));
    for stack in discovery.stacks {
        let named = paths.iter().any(|path| stack.path.starts_with(path));
        let wanted = if paths.is_empty() { !reached.contains(&stack.path) } else { named };
        if !wanted {
            continue;
        }
        finding.warnings.extend(shadowed(&stack));
        match identify(context, source, files, &*tree, (&stack, &repository)) {
            Ok(found) => finding.stacks.push(found),
            Err(trouble) => finding.failed.push((stack.path, trouble)),
        }
    }
    let names: Vec<ProjectName> =
        finding.stacks.iter().map(|found| found.project.clone()).collect();
    // One that failed may be the one that is named.
    if finding.failed.is_empty() {
        finding.warnings.extend(repository.unknown_stacks(&names));
    }
    Ok(finding)
}

/// Where the files of a commit pretend to stand until the project's name, and with it the work directory, is known.
pub(super) const PROBE_ROOT: &str = "/nowhere";

fn unreadable(error: &TreeError) -> Trouble {
    Trouble {
        error: "cannot look through the files of the source".to_owned(),
        causes: vec![error.to_string()],
        excerpt: None,
        hint: None,
        disposition: crate::model::failure::Disposition::WaitForChange,
    }
}

fn skipped(skip: &Skip) -> String {
    match skip {
        Skip::Submodule(path) => {
            format!(
                "`{}` is a git submodule, which is not supported yet: no stack is looked for in it",
                path.display()
            )
        }
        Skip::Unreadable(path, error) => format!("`{}` was left out: {error}", path.display()),
    }
}

fn idle(path: &Path) -> String {
    format!("there is no stack in `{}`, which `paths` names", path.display())
}

fn shadowed(stack: &StackDir) -> impl Iterator<Item = String> {
    let used = stack.files.first().cloned().unwrap_or_default();
    stack.shadowed.iter().map(move |file| {
        format!("`{}` is not used, because `{}` stands beside it", file.display(), used.display())
    })
}

/// Reads `conductor.yaml` at the root, if there is one.
fn repository_file(tree: &dyn Tree) -> Result<Repository, Trouble> {
    let path = tree.root().join(REPOSITORY_FILE);
    match tree.read(&path) {
        Ok(bytes) => {
            Repository::parse(Path::new(REPOSITORY_FILE), &String::from_utf8_lossy(&bytes))
                .map_err(|error| Trouble::of(&error))
        }
        Err(TreeError::Missing { .. }) => Ok(Repository::default()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Directories that are parts of other directories' stacks.
fn reached(tree: &dyn Tree, stacks: &[StackDir]) -> BTreeSet<PathBuf> {
    compose::parts(tree, stacks.iter().map(|stack| (stack.path.as_path(), &stack.files[..])))
}

/// Works out the project name of a stack, and with it what `conductor.yaml` says about it.
fn identify(
    context: &Context,
    source: &Source,
    files: &Files,
    tree: &dyn Tree,
    (stack, repository): (&StackDir, &Repository),
) -> Result<Found, Trouble> {
    let mut request = compose::Request {
        files: stack.files.clone(),
        project_directory: stack.path.clone(),
        fallback_name: stack.name_hint().is_none().then(|| repository_name(source)),
        environment: source.environment.clone(),
        ..compose::Request::default()
    };
    request.read_as(context.settings.config_hash);
    let name = |request: &compose::Request| {
        compose::project_name(tree, &*context.keys, &rooted(request, tree.root())).map_err(
            |error| Trouble::of(&error).map(|text| text.replace(&format!("{PROBE_ROOT}/"), "")),
        )
    };
    let project = name(&request)?;
    let settings = repository.stack(&project);
    request.profiles.clone_from(&settings.profiles);
    if !settings.env_files.is_empty() {
        request.env_files = Some(settings.env_files.clone());
    }
    let for_us = settings
        .is_for(&project, context.settings.host.as_deref())
        .map_err(|error| Trouble::of(&error))?;
    let left_alone = match (settings.suspended, for_us) {
        (_, false) => Some(LeftAlone::OtherHosts),
        (true, true) => Some(LeftAlone::ByRepository),
        (false, true) => None,
    };
    let found = Found {
        source: Some(source.name.clone()),
        path: stack.path.clone(),
        project,
        files: files.clone(),
        origin: Some(Arc::new(source.clone())),
        request,
        settings,
        left_alone,
    };
    found.settle().map_err(|error| Trouble::of(&error))
}

/// The repository's own name, which a stack at its root takes.
pub(super) fn repository_name(source: &Source) -> String {
    match &source.location {
        Location::Git(url) => Address::parse(url).map_or_else(
            |_| source.name.to_string(),
            |address| address.repository_name().to_owned(),
        ),
        Location::Directory(path) => path
            .file_name()
            .map_or_else(|| source.name.to_string(), |name| name.to_string_lossy().into_owned()),
    }
}

/// The request with every relative path taken from `root`.
pub(super) fn rooted(request: &compose::Request, root: &Path) -> compose::Request {
    let absolute = |path: &PathBuf| crate::model::tree::join_clean(root, path);
    compose::Request {
        files: request.files.iter().map(absolute).collect(),
        project_directory: absolute(&request.project_directory),
        env_files: request.env_files.as_ref().map(|files| files.iter().map(absolute).collect()),
        ..request.clone()
    }
}

/// Leaves those that are asked for, by project name or path; every stack when nobody asks.
pub(super) fn select(stacks: Vec<Found>, wanted: &[String]) -> Result<Vec<Found>, Error> {
    if wanted.is_empty() {
        return Ok(stacks);
    }
    let is = |found: &Found, name: &String| {
        found.project.as_str() == name || found.path == Path::new(name.trim_end_matches('/'))
    };
    if let Some(name) = wanted.iter().find(|name| !stacks.iter().any(|found| is(found, name))) {
        let known = stacks.iter().map(|found| found.project.to_string()).collect();
        return Err(Error::NoSuchStack { name: name.clone(), known });
    }
    Ok(stacks.into_iter().filter(|found| wanted.iter().any(|name| is(found, name))).collect())
}

/// The stacks that would become one project with another on this host, each with its error. `hidden` are those of sources
/// that cannot be fetched, as far as they are known.
pub(super) fn twins(stacks: &[Found], hidden: &[Found]) -> Vec<(Found, Error)> {
    let mut places: BTreeMap<ProjectName, Vec<String>> = BTreeMap::new();
    let is_here = |found: &&Found| found.left_alone != Some(LeftAlone::OtherHosts);
    for found in stacks.iter().chain(hidden).filter(is_here) {
        places.entry(found.project.clone()).or_default().push(found.place());
    }
    let twin = |found: &Found| {
        let places = places.get(&found.project).filter(|places| places.len() > 1)?;
        let error = Error::SameProject { project: found.project.clone(), places: places.clone() };
        Some((found.clone(), error))
    };
    stacks.iter().filter(is_here).filter_map(twin).collect()
}

impl Found {
    /// The same stack in another revision of its source, as far as it is told by name.
    pub(super) fn at(&self, revision: &Revision) -> Self {
        let files = match &self.files {
            Files::Git { mirror, .. } => {
                Files::Git { mirror: mirror.clone(), revision: revision.clone() }
            }
            Files::Directory { .. } => self.files.clone(),
        };
        Self { files, ..self.clone() }
    }

    /// Whether it is the same stack of the same source.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.source == other.source && self.path == other.path
    }

    /// Where it is, for messages: `source: path`.
    fn place(&self) -> String {
        let path = match self.path.to_str() {
            None | Some("") => ".".to_owned(),
            Some(path) => path.to_owned(),
        };
        self.source.as_ref().map_or(path.clone(), |source| format!("{source}: {path}"))
    }
}
