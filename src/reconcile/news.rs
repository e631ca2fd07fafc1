//! What is new at the remote of a source, and which stacks that touches.
//!
//! A daemon polls with [`news`]: where the remote has nothing new, that is one question to it and none to the engine. Where it
//! has, a [`super::pass`] over the stacks that are touched, with the revision that is known now, asks the remote nothing
//! more.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::{REPOSITORY_FILE, Source};
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;

use super::context::Context;
use super::fetch::{Terms, fetch, files};
use super::found::{Files, PROBE_ROOT};
use super::run::blocking;

/// What a look at the remote of a source brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It has the revision that was known.
    Nothing,
    /// It has another one, which is here now.
    Revision {
        /// That one.
        revision: Revision,
        /// The stacks that have to run with it.
        touched: Touched,
    },
}

/// The stacks that another revision concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// All of them, and what the source no longer holds: `conductor.yaml` changed, a stack is gone or cannot be told, or
    /// nothing is known of what was applied before.
    All,
    /// These: the files that they are made from are others, or they are new, or were not applied well.
    Some(Vec<ProjectName>),
}

/// Asks the remote of a source which revision it has; one that is not `known` is fetched.
pub async fn news(
    context: &Context,
    source: Source,
    known: Option<Revision>,
    terms: Terms,
) -> Result<News, Trouble> {
    let context = context.clone();
    blocking(move || {
        let files = fetch(&context, &source, &terms, &mut Vec::new())?;
        let revision = files.revision();
        // A directory has no revisions: whatever it holds may be new.
        if revision != Revision::Directory && known.as_ref() == Some(&revision) {
            return Ok(News::Nothing);
        }
        let touched = look(&context, &source, &files)?;
        Ok(News::Revision { revision, touched })
    })
    .await?
}

/// The stacks that a revision which is here concerns, compared with what passes of this process have applied.
pub async fn touched(
    context: &Context,
    source: Source,
    revision: Revision,
    terms: Terms,
) -> Result<Touched, Trouble> {
    let context = context.clone();
    blocking(move || {
        let files = files(&context, (&source, Some(revision)), &terms, &mut Vec::new())?;
        look(&context, &source, &files)
    })
    .await?
}

fn look(context: &Context, source: &Source, files: &Files) -> Result<Touched, Trouble> {
    let mark = files.mark(Path::new(REPOSITORY_FILE))?;
    if !context.footprints.has_settings(&source.name, mark.as_ref()) {
        return Ok(Touched::All);
    }
    let finding = context.findings.find(context, source, files)?;
    let known = context.footprints.stacks(&source.name);
    let here: BTreeSet<&ProjectName> = finding.stacks.iter().map(|found| &found.project).collect();
    if !finding.failed.is_empty() || known.keys().any(|project| !here.contains(project)) {
        return Ok(Touched::All);
    }
    let mut touched = Vec::new();
    let whole = files.tree(Path::new(PROBE_ROOT))?;
    for found in finding.stacks.iter().filter(|found| found.left_alone.is_none()) {
        // To open a mirror takes longer than to compare a stack.
        let own = found.work().map(|_| found.tree(context)).transpose()?;
        let tree = own.as_deref().unwrap_or(&*whole);
        if known
            .get(&found.project)
            .is_none_or(|footprint| footprint.is_touched(&found.request.files, tree))
        {
            touched.push(found.project.clone());
        }
    }
    Ok(Touched::Some(touched))
}

impl Files {
    /// What stands at a path, in a text that stays the same as long as it does.
    pub(super) fn mark(&self, path: &Path) -> Result<Option<String>, Trouble> {
        let tree = self.tree(Path::new(PROBE_ROOT))?;
        Ok(tree.mark(&tree.root().join(path)))
    }
}
