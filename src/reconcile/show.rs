//! One stack of a source, loaded without a look at the engine.

use std::path::Path;

use crate::compose::{self, Loaded};
use crate::config::Source;
use crate::model::outcome::Trouble;

use super::context::{Context, Paths};
use super::error::Error;
use super::fetch::{Terms, fetch};
use super::found::{self, rooted};
use super::run::blocking;

/// Loads a stack as a pass would, with other profiles where some are given. It is told by project name or path; nobody
/// need tell it where the source holds only one.
pub async fn show(
    context: &Context,
    source: Source,
    (stack, profiles): (Option<String>, Vec<String>),
    terms: Terms,
) -> Result<(Loaded, Vec<String>), Trouble> {
    let context = context.clone();
    blocking(move || {
        let mut warnings = Vec::new();
        let files = fetch(&context, &source, &terms, &mut warnings)?;
        let mut finding = found::find(&context, &source, &files)?;
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
        let mut stacks =
            found::select(finding.stacks, &wanted).map_err(|error| Trouble::of(&error))?;
        if stacks.len() != 1 {
            let known = stacks.iter().map(|found| found.project.to_string()).collect();
            return Err(Trouble::of(&Error::WhichStack { known }));
        }
        let found = stacks.swap_remove(0);
        let tree = found.files.tree(&Paths(&context.settings).work(found.project.as_str()))?;
        let mut request = rooted(&found.request, tree.root());
        if !profiles.is_empty() {
            request.profiles = profiles;
        }
        let loaded =
            compose::load(&*tree, &*context.keys, &request).map_err(|error| Trouble::of(&error))?;
        warnings.extend(loaded.warnings.iter().map(ToString::to_string));
        Ok((loaded, warnings))
    })
    .await?
}
