//! One stack of a source, loaded without a look at the engine.

use std::path::Path;

use crate::compose;
use crate::config::Source;
use crate::model::outcome::Trouble;
use crate::model::tree::Tree;

use super::context::Context;
use super::error::Error;
use super::fetch::{Terms, fetch};
use super::found::{self, Found, rooted};
use super::run::blocking;

/// Answers `load` of a stack's files, with the request of a pass, and with warnings about how the stack was found. It is told
/// by project name or path; nobody need tell it where the source holds only one.
pub async fn show<T: Send + 'static>(
    context: &Context,
    source: Source,
    stack: Option<String>,
    terms: Terms,
    load: impl FnOnce(&dyn Tree, compose::Request) -> Result<T, compose::Error> + Send + 'static,
) -> Result<(T, Vec<String>), Trouble> {
    let context = context.clone();
    blocking(move || {
        let mut warnings = Vec::new();
        let found = one(&context, &source, stack, &terms, &mut warnings)?;
        let tree = found.tree(&context)?;
        let mut request = rooted(&found.request, tree.root());
        request.strict = context.strict;
        let loaded = load(&*tree, request).map_err(|error| Trouble::of(&error))?;
        Ok((loaded, warnings))
    })
    .await?
}

/// Answers `look` at all files of a source, told with the name that a stack at its root takes.
pub async fn inspect<T: Send + 'static>(
    context: &Context,
    source: Source,
    terms: Terms,
    look: impl FnOnce(&dyn Tree, &str) -> T + Send + 'static,
) -> Result<(T, Vec<String>), Trouble> {
    let context = context.clone();
    blocking(move || {
        let mut warnings = Vec::new();
        let files = fetch(&context, &source, &terms, &mut warnings)?;
        let tree = files.tree(Path::new(found::PROBE_ROOT))?;
        Ok((look(&*tree, &found::repository_name(&source)), warnings))
    })
    .await?
}

/// The stack that is named, or the only one.
fn one(
    context: &Context,
    source: &Source,
    stack: Option<String>,
    terms: &Terms,
    warnings: &mut Vec<String>,
) -> Result<Found, Trouble> {
    let files = fetch(context, source, terms, warnings)?;
    let mut finding = context.findings.find(context, source, &files)?;
    warnings.append(&mut finding.warnings);
    let wanted: Vec<String> = stack.into_iter().collect();
    if let Some(name) = wanted.first()
        && let Some(at) = finding
            .failed
            .iter()
            .position(|(path, _)| path == Path::new(name.trim_end_matches('/')))
    {
        return Err(finding.failed.swap_remove(at).1);
    }
    let mut stacks = found::select(finding.stacks, &wanted).map_err(|error| Trouble::of(&error))?;
    if stacks.len() != 1 {
        let known = stacks.iter().map(|found| found.project.to_string()).collect();
        return Err(Trouble::of(&Error::WhichStack { known }));
    }
    Ok(stacks.swap_remove(0))
}
