//! The stacks of all sources, without a look at the engine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::{Location, Source};
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::source::{Links, Mirror};

use super::alone::{self, LeftAlone};
use super::context::{Context, Paths};
use super::fetch::{Terms, fetch, remote};
use super::found::{Files, Finding, Found};
use super::run::blocking;

/// Which revision of a source is looked through.
pub enum Freshness {
    /// The one that the remote has now.
    Fetched(Terms),
    /// The one that was fetched last; nobody is asked.
    Known,
}

/// A stack of a source.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its project.
    pub project: ProjectName,
    /// Its source.
    pub source: SourceName,
    /// Its path in the source.
    pub path: PathBuf,
    /// The revision that was looked through.
    pub revision: Revision,
    /// Why it is left alone on this host, if it is.
    pub left_alone: Option<LeftAlone>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Listing {
    /// The stacks.
    pub stacks: Vec<Listed>,
    /// What cannot be read: a source, or a stack at this path of it.
    pub failed: Vec<(SourceName, Option<PathBuf>, Trouble)>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Lists the stacks of `sources`.
pub async fn list(
    context: &Context,
    sources: Vec<Source>,
    freshness: Freshness,
) -> Result<Listing, Trouble> {
    let context = context.clone();
    blocking(move || list_now(&context, &sources, &freshness)).await
}

fn list_now(context: &Context, sources: &[Source], freshness: &Freshness) -> Listing {
    let mut listing = Listing::default();
    for source in sources {
        match find(context, source, freshness, &mut listing.warnings) {
            Ok(Some(finding)) => listing.add(source, finding),
            Ok(None) => (),
            Err(trouble) => listing.failed.push((source.name.clone(), None, trouble)),
        }
    }
    listing
}

fn find(
    context: &Context,
    source: &Source,
    freshness: &Freshness,
    warnings: &mut Vec<String>,
) -> Result<Option<Finding>, Trouble> {
    let files = match freshness {
        Freshness::Fetched(terms) => Some(fetch(context, source, terms, warnings)?),
        Freshness::Known => known(context, source)?,
    };
    let mut finding =
        files.map(|files| context.findings.find(context, source, &files)).transpose()?;
    if let Some(finding) = &mut finding {
        alone::mark(context, &mut finding.stacks);
    }
    Ok(finding)
}

/// The files of a source as they were fetched last; none before the first fetch.
fn known(context: &Context, source: &Source) -> Result<Option<Files>, Trouble> {
    let url = match &source.location {
        Location::Directory(root) => {
            return Ok(Some(Files::Directory { root: root.clone(), links: Links::Inside }));
        }
        Location::Git(url) => url.clone(),
    };
    let mirror = Mirror::at(Paths::of(context).mirror(&source.name));
    let remote = remote(source, url, crate::config::Credentials::default());
    let tip = mirror.tip(&remote).map_err(|error| Trouble::of(&error))?;
    Ok(tip.map(|revision| Files::Git { mirror, revision }))
}

/// The stacks of a source as they were fetched last, as far as they can be told.
pub(super) fn known_stacks(context: &Context, source: &Source) -> Vec<Found> {
    let known = find(context, source, &Freshness::Known, &mut Vec::new());
    known.ok().flatten().map_or_else(Vec::new, |finding| finding.stacks)
}

impl Listing {
    fn add(&mut self, source: &Source, finding: Finding) {
        self.warnings.extend(finding.warnings);
        let failed = finding.failed.into_iter();
        self.failed
            .extend(failed.map(|(path, trouble)| (source.name.clone(), Some(path), trouble)));
        self.stacks.extend(finding.stacks.into_iter().map(|found| Listed {
            project: found.project,
            source: source.name.clone(),
            path: found.path,
            revision: finding.revision.clone(),
            left_alone: found.left_alone,
        }));
    }
}

/// The applied revision of each project, as the mirrors of `sources` remember it.
pub async fn applied(
    context: &Context,
    sources: Vec<Source>,
) -> Result<BTreeMap<ProjectName, Revision>, Trouble> {
    let context = context.clone();
    blocking(move || {
        let mut applied = BTreeMap::new();
        for source in &sources {
            let mirror = Mirror::at(Paths::of(&context).mirror(&source.name));
            for (engine, project, revision) in mirror.pins().map_err(|error| Trouble::of(&error))? {
                if engine == context.settings.engine.name {
                    applied.insert(project, revision);
                }
            }
        }
        Ok(applied)
    })
    .await?
}
