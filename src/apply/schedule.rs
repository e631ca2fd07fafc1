//! Begins whatever is ready, at once; the first failure stops what has not begun.

use std::future::Future;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use crate::model::outcome::Trouble;
use crate::plan::{Action, OpId, Operation, Plan};

/// How far a plan came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Operations that were carried out.
    pub done: usize,
    /// The first one that failed, and why.
    pub failed: Option<(OpId, Trouble)>,
    /// Operations that were not carried out, and did not fail; without those that are left for another pass.
    pub left: Vec<OpId>,
    /// Whose fault the failure is; means nothing without one.
    pub blame: Blame,
    /// Whether it failed because the engine is no longer as it was observed: what a killed run asked for comes late.
    pub outdated: bool,
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// What was asked for does not work here: asking again changes nothing.
    Revision,
    /// The engine was away or hung, or the disk was full: what was asked for may be good.
    Host,
}

/// How an operation ended.
pub(super) enum Ended {
    /// It is done.
    Done,
    /// It failed, and nothing depends on that.
    Passed,
    /// It failed.
    Failed(Trouble, Blame),
    /// It failed, because the engine is no longer as it was observed.
    Outdated(Trouble),
    /// It was broken off without any effect that matters.
    BrokenOff,
    /// What it waited for takes its time: it is left, with everything behind it.
    Left,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Begun,
    Done,
    Passed,
    Failed,
    Left,
}

/// Carries out a plan with `act`. Nothing more is begun once `cancel` or a failure says so; what is under way ends by
/// itself, and pulls and waits, which see `halt`, at once. A pull begins when it gets one of the slots for
/// `pulls`, which other plans may share.
pub(super) async fn run<'p, Acting>(
    plan: &'p Plan,
    pulls: &Semaphore,
    (cancel, halt): (&CancellationToken, &CancellationToken),
    act: impl Fn(&'p Operation) -> Acting,
) -> Report
where
    Acting: Future<Output = Ended>,
{
    let mut stages = vec![Stage::Waiting; plan.operations.len()];
    let (mut failed, mut outdated, mut blame) = (None, false, Blame::Revision);
    let mut under_way = FuturesUnordered::new();
    loop {
        if !cancel.is_cancelled() && !halt.is_cancelled() {
            for operation in ready(plan, &stages) {
                set(&mut stages, operation.id, Stage::Begun);
                let act = &act;
                under_way.push(async move {
                    match slot(operation, pulls, halt).await {
                        Some(_slot) => (operation.id, act(operation).await),
                        None => (operation.id, Ended::BrokenOff),
                    }
                });
            }
        }
        let Some((id, ended)) = under_way.next().await else { break };
        match ended {
            Ended::Done => set(&mut stages, id, Stage::Done),
            Ended::Passed => set(&mut stages, id, Stage::Passed),
            Ended::BrokenOff => set(&mut stages, id, Stage::Waiting),
            Ended::Left => set(&mut stages, id, Stage::Left),
            Ended::Failed(trouble, whose) => {
                set(&mut stages, id, Stage::Failed);
                if failed.is_none() {
                    blame = whose;
                }
                failed.get_or_insert((id, trouble));
                halt.cancel();
            }
            Ended::Outdated(trouble) => {
                set(&mut stages, id, Stage::Failed);
                outdated |= failed.is_none();
                failed.get_or_insert((id, trouble));
                halt.cancel();
            }
        }
    }
    let at = |stage| {
        let ids = stages.iter().enumerate().filter(move |(_, found)| **found == stage);
        ids.map(|(id, _)| OpId(id))
    };
    let done = at(Stage::Done).count();
    // Whatever only waits for something that takes its time was not to be done now.
    let is_whole = failed.is_none() && !cancel.is_cancelled() && at(Stage::Left).next().is_some();
    let left = if is_whole { Vec::new() } else { at(Stage::Waiting).collect() };
    Report { done, failed, left, blame, outdated }
}

fn set(stages: &mut [Stage], id: OpId, stage: Stage) {
    if let Some(found) = stages.get_mut(id.0) {
        *found = stage;
    }
}

/// Waits until an operation may begin; `None` when `halt` comes first. Only pulls wait, and hold a slot until they end.
async fn slot<'s>(
    operation: &Operation,
    pulls: &'s Semaphore,
    halt: &CancellationToken,
) -> Option<Option<SemaphorePermit<'s>>> {
    if !matches!(operation.action, Action::PullImage { .. }) {
        return Some(None);
    }
    tokio::select! {
        slot = pulls.acquire() => Some(slot.ok()),
        () = halt.cancelled() => None,
    }
}

/// The operations whose predecessors are all done.
fn ready<'p>(plan: &'p Plan, stages: &[Stage]) -> Vec<&'p Operation> {
    let is = |id: OpId, stage| stages.get(id.0) == Some(&stage);
    let due = |operation: &&Operation| {
        is(operation.id, Stage::Waiting)
            && operation.after.iter().all(|id| is(*id, Stage::Done) || is(*id, Stage::Passed))
    };
    plan.operations.iter().filter(due).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::model::failure::Disposition;
    use crate::plan::Cause;

    /// A plan of `name<after,after` words; `pull` words are pulls.
    fn plan(text: &str) -> Plan {
        let names: Vec<&str> =
            text.split(' ').map(|word| word.split('<').next().unwrap()).collect();
        let place = |name: &str| OpId(names.iter().position(|known| *known == name).unwrap());
        let operations = text.split(' ').enumerate().map(|(index, word)| {
            let (name, after) = word.split_once('<').unwrap_or((word, ""));
            let after = after.split(',').filter(|name| !name.is_empty()).map(place).collect();
            let name = name.to_owned();
            let action = if name.starts_with("pull") {
                Action::PullImage { reference: name, platform: None }
            } else {
                Action::StartContainer { name }
            };
            Operation { id: OpId(index), action, service: None, cause: Cause::Created, after }
        });
        Plan { operations: operations.collect(), notes: Vec::new() }
    }

    fn trouble() -> Trouble {
        let disposition = Disposition::WaitForChange;
        Trouble { error: "no".into(), causes: Vec::new(), excerpt: None, hint: None, disposition }
    }

    /// The report of a run in which nothing failed.
    fn report_of(done: usize, left: Vec<OpId>) -> Report {
        Report { done, failed: None, left, blame: Blame::Revision, outdated: false }
    }

    /// What began and ended, in order; an operation whose name ends in `!` fails, one in `~` cancels the run, and one in `?`
    /// is left.
    async fn check(text: &str, pulls: &Semaphore) -> (String, Report) {
        let (plan, log, under_way) = (plan(text), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let cancel = CancellationToken::new();
        let halt = cancel.child_token();
        let report = run(&plan, pulls, (&cancel, &halt), |operation| {
            let (log, cancel, under_way) = (&log, &cancel, &under_way);
            under_way.lock().unwrap().push(operation.id);
            async move {
                let name = operation.action.subject().replace("image ", "");
                log.lock().unwrap().push(format!("+{name}"));
                // Those that are under way together end in the order in which they stand in the plan.
                let is_first = || under_way.lock().unwrap().iter().min() == Some(&operation.id);
                tokio::task::yield_now().await;
                while !is_first() {
                    tokio::task::yield_now().await;
                }
                under_way.lock().unwrap().retain(|id| *id != operation.id);
                log.lock().unwrap().push(format!("-{name}"));
                if name.ends_with('~') {
                    cancel.cancel();
                }
                match name.chars().last() {
                    Some('!') => Ended::Failed(trouble(), Blame::Host),
                    Some('?') => Ended::Left,
                    Some(_) | None => Ended::Done,
                }
            }
        })
        .await;
        (log.into_inner().unwrap().join(" "), report)
    }

    #[tokio::test]
    async fn whatever_is_ready_begins_at_once() {
        let (log, report) = check("a b c<a,b", &Semaphore::new(3)).await;
        insta::assert_snapshot!(log, @"+a +b -a -b +c -c");
        assert_eq!(report, report_of(3, Vec::new()));
    }

    #[tokio::test]
    async fn the_first_failure_stops_what_has_not_begun() {
        let (log, report) = check("a! b c<b d<c", &Semaphore::new(3)).await;
        insta::assert_snapshot!(log, @"+a! +b -a! -b");
        assert_eq!(report.failed, Some((OpId(0), trouble())));
        assert_eq!(report.blame, Blame::Host);
        assert_eq!((report.done, report.left), (1, vec![OpId(2), OpId(3)]));
    }

    #[tokio::test]
    async fn a_person_stops_a_run_between_operations() {
        let (log, report) = check("a~ b<a~", &Semaphore::new(3)).await;
        insta::assert_snapshot!(log, @"+a~ -a~");
        assert_eq!(report, report_of(1, vec![OpId(1)]));
    }

    #[tokio::test]
    async fn what_takes_its_time_is_left_with_all_that_waits_for_it() {
        let (log, report) = check("a? b c<a? d<b e<c", &Semaphore::new(3)).await;
        insta::assert_snapshot!(log, @"+a? +b -a? -b +d -d");
        assert_eq!(report, report_of(2, Vec::new()));
    }

    #[tokio::test]
    async fn pulls_are_limited() {
        let (log, _) = check("pull1 pull2 pull3 a", &Semaphore::new(2)).await;
        insta::assert_snapshot!(log, @"+pull1 +pull2 +a -pull1 +pull3 -pull2 -pull3 -a");
    }

    #[tokio::test]
    async fn a_pull_waits_for_those_of_other_plans() {
        let pulls = Semaphore::new(1);
        let other = pulls.acquire().await.unwrap();
        let (log, report) = check("pull a~", &pulls).await;
        insta::assert_snapshot!(log, @"+a~ -a~");
        assert_eq!((report.done, report.left), (1, vec![OpId(0)]));
        drop(other);
        insta::assert_snapshot!(check("pull a", &pulls).await.0, @"+pull +a -pull -a");
    }
}
