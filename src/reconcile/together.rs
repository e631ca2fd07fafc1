//! Several stacks at once, each behind those that it needs.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use tokio::sync::{OnceCell, Semaphore, watch};

use crate::model::name::ProjectName;
use crate::model::outcome::{Outcome, Trouble};

use super::error::Error;
use super::found::Found;
use super::order::{Node, Thing, order};
use super::record::Recording;
use super::render::{Rendered, render_traced};
use super::run::{Conditions, Mode, StackRun, blocking, run};
use super::turns::Turns;

/// A stack that was rendered, or could not be.
pub(super) struct Prepared {
    pub(super) found: Found,
    pub(super) rendered: Result<Rendered, Trouble>,
    /// What other stacks of the same pass make for it.
    pub(super) coming: BTreeSet<Thing>,
}

/// Renders a stack.
async fn prepare(conditions: Conditions, found: Found) -> Prepared {
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
///
/// A stack is rendered when its turn comes, and what was rendered is dropped with its run: how much memory a pass takes does
/// not grow with the number of stacks. Only those that may need others wait until all are rendered, because that tells who
/// makes what; a few of them stay rendered meanwhile, the rest is rendered again.
pub(super) async fn together(
    conditions: &Conditions,
    stacks: Vec<Found>,
    others: &[ProjectName],
) -> Vec<StackRun> {
    let context = &conditions.context;
    let at_once = context.settings.limits.stacks.max(1);
    let pass = Together {
        conditions,
        others,
        turns: Turns::of(&context.stacks, at_once),
        kept: Semaphore::new(at_once),
        nodes: watch::Sender::new(stacks.iter().map(|_| None).collect()),
        order: OnceCell::new(),
        ends: stacks.iter().map(|_| watch::Sender::new(None)).collect(),
    };
    let pass = &pass;
    let runs = stacks.into_iter().enumerate();
    join_all(runs.map(|(place, found)| Box::pin(pass.one(place, found)))).await
}

/// One pass over several stacks.
struct Together<'c> {
    conditions: &'c Conditions,
    others: &'c [ProjectName],
    /// One for each stack that is rendered or runs.
    turns: Turns,
    /// One for each stack that stays rendered while it waits.
    kept: Semaphore,
    /// What each stack makes and uses, as far as they are rendered.
    nodes: watch::Sender<Vec<Option<Node>>>,
    order: OnceCell<Order>,
    /// What became of each.
    ends: Vec<watch::Sender<End>>,
}

/// What each stack waits for, when all are rendered.
struct Order {
    nodes: Vec<Node>,
    needs: Vec<Result<BTreeSet<usize>, Error>>,
}

impl Together<'_> {
    async fn one(&self, place: usize, found: Found) -> StackRun {
        let turn = self.turns.next().await;
        let prepared = prepare(self.conditions.clone(), found).await;
        let node = node(&prepared);
        let is_alone = node.needs_nobody();
        self.nodes.send_modify(|nodes| {
            if let Some(known) = nodes.get_mut(place) {
                *known = Some(node);
            }
        });
        let done = if is_alone {
            let done = self.run(prepared).await;
            drop(turn);
            done
        } else {
            drop(turn);
            self.run_behind(place, prepared).await
        };
        self.conditions.terms.progress.ended(&done);
        if let Some(end) = self.ends.get(place) {
            end.send_replace(Some(readiness(&done.outcome)));
        }
        done
    }

    /// Runs a stack when those that it needs are healthy.
    async fn run_behind(&self, place: usize, prepared: Prepared) -> StackRun {
        let kept = self.kept.try_acquire().ok();
        let Prepared { found, rendered, .. } = prepared;
        let rendered = kept.as_ref().map(|_| rendered);
        let order = self.order.get_or_init(|| self.order()).await;
        let blocked = match order.needs.get(place) {
            Some(Ok(needs)) => not_ready(needs, &order.nodes, &self.ends).await,
            Some(Err(error)) => Some(Trouble::of(error)),
            None => None,
        };
        let needs = order.needs.get(place).into_iter().flatten().flatten();
        let made = needs.filter_map(|place| order.nodes.get(*place).map(|node| &node.makes));
        let coming = made.flatten().cloned().collect();
        if let Some(trouble) = blocked {
            return self.run(Prepared { found, rendered: Err(trouble), coming }).await;
        }
        let _turn = self.turns.next().await;
        let prepared = match rendered {
            Some(rendered) => Prepared { found, rendered, coming },
            None => Prepared { coming, ..prepare(self.conditions.clone(), found).await },
        };
        self.run(prepared).await
    }

    /// Waits until all stacks are rendered.
    async fn order(&self) -> Order {
        let mut nodes = self.nodes.subscribe();
        let all = nodes.wait_for(|nodes| nodes.iter().all(Option::is_some)).await;
        // The sender is ours, so it cannot be gone.
        let nodes: Vec<Node> =
            all.map_or_else(|_gone| Vec::new(), |all| all.iter().flatten().cloned().collect());
        let needs = order(&nodes, self.others);
        Order { nodes, needs }
    }

    /// Runs a stack, and keeps the record of it.
    async fn run(&self, prepared: Prepared) -> StackRun {
        let conditions = self.conditions;
        let recording = (conditions.mode != Mode::Plan)
            .then(|| Recording::of(&conditions.context, &prepared.found, &conditions.terms));
        let recorded = match &recording {
            Some(recording) => Conditions { terms: recording.terms(), ..conditions.clone() },
            None => conditions.clone(),
        };
        let done = Box::pin(run(recorded, prepared)).await;
        if let Some(recording) = recording {
            recording.end(&done.outcome).await;
        }
        if let (false, Some(source), Some(project)) =
            (is_applied(&done.outcome), &done.source, &done.project)
        {
            conditions.context.footprints.forget(source, project);
        }
        done
    }
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
        Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::Superseded { .. }
        | Outcome::Cancelled { .. } => false,
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
        Outcome::Superseded { .. } => Err("waits for a newer revision"),
        Outcome::Cancelled { .. } => Err("was cancelled"),
    }
}
