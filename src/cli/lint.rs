//! `conductor lint`: everything that can be checked without an engine.

use super::arguments::Format;
use super::checks::LintArguments;
use super::failure::{Complaint, Error, Exit};
use super::session::{Session, wait_for};
use crate::lint::{self, Level, Scope};
use crate::reconcile;
use crate::report;

/// Looks at all stacks of a directory or a source, and tells what is wrong with them.
pub(super) fn run(session: &Session, arguments: &LintArguments) -> Result<Exit, Complaint> {
    if session.screen.format == Format::Yaml {
        return Err(Error::NotFor { format: "yaml", command: "config" }.into());
    }
    let context = session.context()?;
    let text = arguments.place.as_deref().unwrap_or(".");
    let source = session.settings.source_of_argument(text, arguments.r#ref.as_deref())?;
    let keys = std::sync::Arc::clone(&context.keys);
    let scope = Scope {
        repository: String::new(),
        paths: source.paths.clone(),
        environment: source.environment.clone(),
    };
    let (found, warnings) = wait_for(async {
        reconcile::inspect(&context, source, session.terms(), move |tree, repository| {
            let scope = Scope { repository: repository.to_owned(), ..scope };
            lint::lint(tree, &*keys, &scope)
        })
        .await
        .map_err(|trouble| Complaint { trouble, exit: Exit::Usage })
    })?;
    session.screen.warn(&warnings);
    match session.screen.format {
        Format::Sarif => {
            session.screen.raw(&report::lint_sarif(&found, env!("CARGO_PKG_VERSION")));
        }
        Format::Json => session.screen.raw(&report::lint_json(&found)),
        Format::Human | Format::Yaml => session.screen.data(&report::lint_text(&found)),
    }
    let worst = found.findings.iter().map(lint::Finding::level).max();
    let limit = if arguments.strict { Level::Warning } else { Level::Error };
    Ok(if worst.is_some_and(|worst| worst >= limit) { Exit::Failed } else { Exit::Done })
}
