//! `conductor stacks`: the stacks of the sources.

use super::arguments::StacksArguments;
use super::failure::{Complaint, Exit};
use super::session::{Session, wait_for};
use super::target::Target;
use crate::model::outcome::Trouble;
use crate::reconcile::{self, Freshness};
use crate::report::{self, StackView};

/// Fetches the sources, and lists what they hold.
pub(super) fn run(session: &Session, arguments: &StacksArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let sources = Target::sources_of(session, "list", &arguments.source)?;
    let context = session.looking(session.context()?)?;
    let listing = wait_for(async {
        reconcile::list(&context, sources, Freshness::Fetched(session.terms()))
            .await
            .map_err(|trouble| Complaint { trouble, exit: Exit::Failed })
    })?;
    session.screen.warn(&listing.warnings);
    let views: Vec<StackView<'_>> = listing
        .stacks
        .iter()
        .map(|stack| StackView {
            project: stack.project.as_str(),
            source: stack.source.as_str(),
            path: &stack.path,
            revision: &stack.revision,
            left_alone: stack.left_alone.as_ref().map(ToString::to_string),
        })
        .collect();
    if session.screen.is_json() {
        session.screen.raw(&report::stacks_json(&views, &listing.failed));
    } else if !views.is_empty() {
        session.screen.data(&report::stacks_text(&views));
    }
    for (source, path, trouble) in &listing.failed {
        if session.screen.is_json() {
            break; // The answer holds them.
        }
        let place = match path {
            Some(path) => format!("source {source}: {}", path.display()),
            None => format!("source {source}"),
        };
        let error = format!("{place}: {}", trouble.error);
        session.screen.trouble(&Trouble { error, ..trouble.clone() });
    }
    Ok(if listing.failed.is_empty() { Exit::Done } else { Exit::Failed })
}
