//! One pass, as `sync` and `plan` share it, and how its runs are told.

use std::collections::BTreeMap;

use super::arguments::{ProjectArguments, SourceArguments};
use super::failure::{Complaint, Exit};
use super::project;
use super::session::Session;
use super::target::Target;
use crate::compose::{self, Request};
use crate::model::desired::Orphans;
use crate::reconcile::{self, Context, KnownBad, Mode, Prune, Report, Terms};
use crate::report::{Ended, Form, PassView, Said};
use crate::source::{DirTree, Links};

/// What a pass is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The command, as it appears in messages.
    pub(super) verb: &'static str,
    /// Stacks, by project name or path.
    pub(super) stacks: &'a [String],
    /// Where they come from.
    pub(super) source: &'a SourceArguments,
    /// One project in place.
    pub(super) project: &'a ProjectArguments,
    /// What becomes of its orphans.
    pub(super) orphans: Orphans,
    /// What becomes of revisions that are known to fail.
    pub(super) known_bad: KnownBad,
    /// What becomes of stacks that the sources have lost.
    pub(super) prune: Prune,
}

/// What the pass works on.
pub(super) fn target(
    session: &Session,
    context: &Context,
    wanted: Wanted<'_>,
) -> Result<reconcile::Target, Complaint> {
    Ok(match Target::of(session, wanted.verb, wanted.source, wanted.project)? {
        Target::Project => reconcile::Target::Project {
            request: Box::new(request(session, context, wanted.project)?),
            orphans: wanted.orphans,
        },
        Target::Sources(sources) => {
            // Who names a stack wants it, whatever became of its revision before.
            let by_name = !wanted.stacks.is_empty();
            let known_bad = if by_name { KnownBad::Retry } else { wanted.known_bad };
            // Who names a source or a revision looks at part of what there is.
            let all = wanted.source.source.is_none() && wanted.source.r#ref.is_none();
            let prune = if all { wanted.prune } else { Prune::Never };
            let stacks = wanted.stacks.to_vec();
            let known = BTreeMap::new();
            reconcile::Target::Sources { sources, stacks, known, known_bad, prune }
        }
    })
}

/// The request for the one project in place.
pub(super) fn request(
    session: &Session,
    context: &Context,
    arguments: &ProjectArguments,
) -> Result<Request, Complaint> {
    let variable = |request: &Request, name: &str| {
        let tree = DirTree::at(&request.project_directory, Links::Anywhere);
        let variables = compose::variables(&tree, &*context.keys, request)
            .map_err(|error| Complaint::failed(&error))?;
        Ok(variables.get(name).map(|variable| variable.value.clone()))
    };
    let mut found = project::find(&session.environment, arguments, variable)?;
    session.screen.warn(&found.warnings);
    found.request.read_as(context.settings.config_hash);
    Ok(found.request)
}

/// Carries the pass out, and warns about what came up.
pub(super) async fn run(
    session: &Session,
    context: &Context,
    (target, mode): (reconcile::Target, Mode),
    terms: Terms,
) -> Result<Report, Complaint> {
    let engine = session.engine().await?;
    let report =
        reconcile::pass(context, &engine, (target, mode), terms).await.map_err(Complaint::of)?;
    session.screen.warn(&context.journal.words());
    tell(session, view(&report).warnings());
    Ok(report)
}

/// What came of the pass, as reports want it.
pub(super) fn view(report: &Report) -> PassView<'_> {
    PassView {
        runs: report.runs.iter().collect(),
        failed_sources: &report.failed_sources,
        suspended: &report.suspended,
        warnings: &report.warnings,
        troubles: &[],
    }
}

/// For whom it is said.
pub(super) fn form(session: &Session) -> Form {
    if session.screen.is_json() { Form::Json } else { Form::Human }
}

/// Says it. Answers with the exit code that follows.
pub(super) fn say(session: &Session, (said, ended): (Vec<Said>, Ended)) -> Exit {
    tell(session, said);
    Exit::from(ended)
}

/// Says each part where it belongs.
pub(super) fn tell(session: &Session, said: Vec<Said>) {
    for part in said {
        match part {
            Said::Data(lines) => session.screen.data(&lines),
            Said::Raw(text) => session.screen.raw(&text),
            Said::Aside(lines) => session.screen.tell(&lines),
        }
    }
}
