//! Several stacks at once, each behind those that it needs.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use tokio::sync::{Semaphore, watch};

use crate::model::name::ProjectName;
use crate::model::outcome::{Outcome, Trouble};

use super::error::Error;
use super::found::Found;
use super::order::{Node, Thing, order};
use super::record::Recording;
use super::render::{Rendered, render_traced};
use super::run::{Conditions, Mode, StackRun, blocking, run};

/// A stack that was rendered, or could not be.
pub(super) struct Prepared {
    pub(super) found: Found,
    pub(super) rendered: Result<Rendered, Trouble>,
    /// What other stacks of the same pass make for it.
    pub(super) coming: BTreeSet<Thing>,
}

/// Renders a stack.
pub(super) async fn prepare(conditions: Conditions, found: Found) -> Prepared {
    let (context, orphans) = (conditions.context.clone(), conditions.orphans_of(&found));
    let stack = found.clone();
    let (mode, of) =
        (conditions.mode, found.source.clone().map(|source| (source, found.project.clone())));
    let rendered = blocking(move || {
        let (rendered, footprint) = render_traced(&context, &stack, orphans);
        if let (Some((source, project)), Some(footprint)) =
            (of, footprint.filter(|_| mode != Mode::Plan))
        {
            context.footprints.note(&source, &project, footprint);
        }
        rendered
    });
    let rendered = rendered.await.and_then(|inner| inner);
    Prepared { found, rendered, coming: BTreeSet::new() }
}

/// What became of a stack, for those that need it: nothing yet, or whether it is ready.
type End = Option<Result<(), &'static str>>;

/// Runs the stacks, a few at once. One that needs others begins when they are healthy, and is blocked when they are not.
/// `others` are stacks that exist and are no part of this pass. Answers in the order of `stacks`.
pub(super) async fn together(
    conditions: &Conditions,
    stacks: Vec<Prepared>,
    others: &[ProjectName],
) -> Vec<StackRun> {
    let nodes: Vec<Node> = stacks.iter().map(node).collect();
    let ends: Vec<watch::Sender<End>> = nodes.iter().map(|_| watch::Sender::new(None)).collect();
    let slots = Semaphore::new(conditions.context.settings.limits.stacks.max(1));
    let context = &conditions.context;
    let (nodes, ends, slots) = (&nodes, &ends, &slots);
    let runs = stacks.into_iter().zip(order(nodes, others)).zip(ends).map(
        |((stack, needs), end)| async move {
            let blocked = match &needs {
                Ok(needs) => not_ready(needs, nodes, ends).await,
                Err(error) => Some(Trouble::of(error)),
            };
            let recording = (conditions.mode != Mode::Plan)
                .then(|| Recording::of(&conditions.context, &stack.found, &conditions.terms));
            let conditions = match &recording {
                Some(recording) => Conditions { terms: recording.terms(), ..conditions.clone() },
                None => conditions.clone(),
            };
            let made = |place: &usize| nodes.get(*place).map(|node| &node.makes);
            let coming = needs.iter().flatten().filter_map(made).flatten().cloned().collect();
            let done = if let Some(trouble) = blocked {
                let Found { source, path, project, files, .. } = stack.found;
                let blocked = StackRun::blocked(path, files.revision(), trouble);
                StackRun { project: Some(project), source, ..blocked }
            } else {
                let _slot = slots.acquire().await;
                Box::pin(run(conditions, Prepared { coming, ..stack })).await
            };
            if let Some(recording) = recording {
                recording.end(&done.outcome).await;
            }
            if let (false, Some(source), Some(project)) =
                (is_applied(&done.outcome), &done.source, &done.project)
            {
                context.footprints.forget(source, project);
            }
            end.send_replace(Some(readiness(&done.outcome)));
            done
        },
    );
    join_all(runs).await
}

fn node(stack: &Prepared) -> Node {
    let project = stack.rendered.as_ref().ok().map(|rendered| &rendered.desired.project);
    Node::of(&stack.found.project, &stack.found.settings.depends_on, project)
}

/// Waits until all that is needed has come to its end; answers with what is not healthy then.
async fn not_ready(
    needs: &BTreeSet<usize>,
    nodes: &[Node],
    ends: &[watch::Sender<End>],
) -> Option<Trouble> {
    let mut trouble = None;
    for place in needs {
        let (Some(node), Some(end)) = (nodes.get(*place), ends.get(*place)) else { continue };
        let mut end = end.subscribe();
        // The sender is on our side of the call, so it cannot be gone.
        let became = end.wait_for(Option::is_some).await.map_or(None, |end| *end);
        if let Some(Err(became)) = became {
            let error = Error::NotReady { name: node.name.clone(), became };
            trouble.get_or_insert_with(|| Trouble::of(&error));
        }
    }
    trouble
}

/// Whether the revision was brought to its end, whatever that was: it is not tried again by itself.
fn is_applied(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::InSync
        | Outcome::Changed { .. }
        | Outcome::RolledBack { .. }
        | Outcome::Held { .. }
        | Outcome::Degraded { .. } => true,
        Outcome::Blocked(_) | Outcome::Failed { .. } | Outcome::Cancelled { .. } => false,
    }
}

/// Whether those that need a stack may begin; else what became of it.
fn readiness(outcome: &Outcome) -> Result<(), &'static str> {
    match outcome {
        Outcome::InSync
        | Outcome::Changed { .. }
        | Outcome::RolledBack { .. }
        | Outcome::Held { .. } => Ok(()),
        Outcome::Blocked(_) => Err("is blocked"),
        Outcome::Failed { .. } => Err("failed"),
        Outcome::Degraded { .. } => Err("is degraded"),
        Outcome::Cancelled { .. } => Err("was cancelled"),
    }
}
