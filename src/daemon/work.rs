//! Carrying effects out: exactly one event of every effect, also after a panic, a time-out or a cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::effect::{Effect, PassId};
use super::event::{Event, Why};
use super::handle::Message;
use super::happening::What;
use crate::model::failure::Disposition;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;

/// Carries effects out. The event that it ends in may also be a failure; none is no event at all, which is one, too.
pub trait Workers: Send + Sync + 'static {
    /// Carries one effect out. What is told meanwhile goes through `tell`; `cancel` ends it between two operations.
    fn carry_out(
        self: Arc<Self>,
        effect: Effect,
        tell: Tell,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Event>;

    /// Lets the run of a stack end where it waits. Must not block.
    fn cut(&self, _pass: PassId, _project: &ProjectName) {}
}

/// How a worker tells what it comes across.
#[derive(Debug, Clone)]
pub struct Tell {
    inbox: mpsc::Sender<Message>,
    happenings: mpsc::UnboundedSender<What>,
    /// Workers in a row that ended without an answer.
    broken: Arc<AtomicU32>,
}

impl Tell {
    pub(super) fn new(
        inbox: mpsc::Sender<Message>,
        happenings: mpsc::UnboundedSender<What>,
    ) -> Self {
        Self { inbox, happenings, broken: Arc::default() }
    }

    /// Tells the owner of the state.
    pub async fn event(&self, event: Event) {
        // Whoever owns the state is gone only when the daemon is.
        self.inbox.send(Message::Event(event)).await.ok();
    }

    /// Counts a worker that answered, or did not; tells of the end where none does any more.
    async fn count(&self, answered: bool) {
        if answered {
            self.broken.store(0, Ordering::Relaxed);
        } else if self.broken.fetch_add(1, Ordering::Relaxed) + 1 == MOST_BROKEN {
            let why = format!("{MOST_BROKEN} workers in a row ended without an answer");
            self.event(Event::Stop(Why::Broken(why))).await;
        }
    }

    /// Tells whoever follows. Never waits.
    pub fn happening(&self, what: What) {
        self.happenings.send(what).ok();
    }
}

/// So many workers in a row without an answer, and the daemon cannot go on: its supervisor starts it anew.
const MOST_BROKEN: u32 = 10;

/// How long an effect that took too long may take to come between two operations.
const GRACE: Duration = Duration::from_mins(2);

/// How long an effect may take; nothing that is known to end takes so long.
fn limit(effect: &Effect) -> Option<Duration> {
    match effect {
        Effect::Watch => None,
        Effect::Fetch { .. } | Effect::Observe(_) | Effect::Note(_) | Effect::Reload(_) => {
            Some(Duration::from_mins(30))
        }
        Effect::Reconcile(_)
        | Effect::RollBack(_)
        | Effect::ReconcileAll(_)
        | Effect::Plan(..)
        | Effect::Reply(..)
        | Effect::Answer(..)
        | Effect::Cancel
        | Effect::Cut(..)
        | Effect::Tell(_)
        | Effect::Notice(_)
        | Effect::End(_) => Some(Duration::from_hours(12)),
    }
}

/// The event that stands for the end of an effect that came to none.
fn failed(effect: &Effect, trouble: Trouble) -> Option<Event> {
    match effect {
        Effect::Fetch { source, .. } => Some(Event::Fetched(source.clone(), Err(trouble))),
        Effect::Reconcile(order) => Some(Event::Passed(order.pass, Err(trouble))),
        Effect::RollBack(order) => Some(Event::Passed(order.pass, Err(trouble))),
        Effect::ReconcileAll(order) => Some(Event::Passed(order.pass, Err(trouble))),
        Effect::Plan(id, ..) => Some(Event::Planned(*id, Err(trouble))),
        Effect::Note(note) => Some(Event::Noted(note.clone(), Err(trouble))),
        Effect::Observe(look) => Some(Event::Observed(look.clone(), Err(trouble))),
        Effect::Watch => Some(Event::WatchEnded(trouble)),
        Effect::Reload(id) => Some(Event::Reloaded(*id, Err(trouble))),
        Effect::Reply(..)
        | Effect::Answer(..)
        | Effect::Cancel
        | Effect::Cut(..)
        | Effect::Tell(_)
        | Effect::Notice(_)
        | Effect::End(_) => None,
    }
}

/// Starts an effect; its one event comes to the inbox.
pub(super) fn start(
    workers: Arc<dyn Workers>,
    effect: Effect,
    tell: Tell,
    cancel: CancellationToken,
) {
    let limit = limit(&effect).map(|work| Limit { work, grace: GRACE });
    supervise(workers, (effect, limit), tell, cancel);
}

/// How long an effect may take, and then to end.
#[derive(Clone, Copy)]
struct Limit {
    work: Duration,
    grace: Duration,
}

fn supervise(
    workers: Arc<dyn Workers>,
    (effect, limit): (Effect, Option<Limit>),
    tell: Tell,
    cancel: CancellationToken,
) {
    tokio::spawn(async move {
        let own = cancel.child_token();
        let work = workers.carry_out(effect.clone(), tell.clone(), own.clone());
        let mut task = tokio::spawn(work);
        let ended = match limit {
            Some(limit) => match tokio::time::timeout(limit.work, &mut task).await {
                Ok(ended) => Ok(ended),
                // What goes on on threads of its own is not ended by dropping it: it is asked to, and waited for.
                Err(_elapsed) => {
                    own.cancel();
                    tokio::time::timeout(limit.grace, &mut task).await
                }
            },
            None => Ok((&mut task).await),
        };
        let answered = matches!(ended, Ok(Ok(_)));
        let event = match ended {
            Ok(Ok(event)) => Some(event),
            Ok(Err(error)) => failed(&effect, broken(&error.to_string())),
            Err(_elapsed) => {
                // Dropping the handle would leave it running.
                task.abort();
                let limit = limit.map(|limit| limit.work).unwrap_or_default();
                failed(&effect, broken(&format!("no end after {limit:?}")))
            }
        };
        if let Some(event) = event {
            tell.event(event).await;
        }
        tell.count(answered).await;
    });
}

/// What is told of a worker that did not come to an end of its own.
pub(super) fn broken(why: &str) -> Trouble {
    Trouble {
        error: "a worker of the daemon ended without an answer".to_owned(),
        causes: vec![why.to_owned()],
        excerpt: None,
        hint: Some("please report this with the log of the daemon".to_owned()),
        disposition: Disposition::RetryAfter(Duration::from_mins(1)),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::model::name::SourceName;

    type Work = fn(CancellationToken) -> BoxFuture<'static, Event>;

    struct Odd(Work);

    impl Workers for Odd {
        fn carry_out(
            self: Arc<Self>,
            _effect: Effect,
            _tell: Tell,
            cancel: CancellationToken,
        ) -> BoxFuture<'static, Event> {
            (self.0)(cancel)
        }
    }

    async fn check(work: Work) -> String {
        let (inbox, mut events) = mpsc::channel(4);
        let (happenings, _kept) = mpsc::unbounded_channel();
        let source = SourceName::parse("home").unwrap();
        let effect = Effect::Fetch { source, since: None };
        let tell = Tell::new(inbox, happenings);
        let limit = Limit { work: Duration::from_millis(300), grace: Duration::from_millis(200) };
        let limited = (effect, Some(limit));
        supervise(Arc::new(Odd(work)), limited, tell, CancellationToken::new());
        let mut heard = Vec::new();
        while let Some(message) = events.recv().await {
            heard.push(if let Message::Event(Event::Fetched(source, Err(trouble))) = message {
                format!("{source} failed: {}", trouble.causes.join(", "))
            } else {
                format!("{message:?}")
            });
        }
        heard.join("; ")
    }

    #[tokio::test]
    async fn a_worker_that_panics_is_one_event() {
        let heard = check(|_| async { panic!("on purpose") }.boxed()).await;
        assert!(heard.starts_with("home failed: task ") && heard.contains("panicked"), "{heard}");
        assert!(!heard.contains(';'), "{heard}");
    }

    #[tokio::test]
    async fn a_worker_that_takes_too_long_is_asked_to_end_and_then_waited_for() {
        let obedient = |cancel: CancellationToken| {
            async move {
                cancel.cancelled().await;
                Event::Tick
            }
            .boxed()
        };
        assert_eq!(check(obedient).await, "Event(Tick)");
    }

    #[tokio::test]
    async fn a_worker_that_comes_to_no_end_is_one_event() {
        let heard = check(|_| std::future::pending().boxed()).await;
        assert_eq!(heard, "home failed: no end after 300ms");
    }

    #[tokio::test]
    async fn where_no_worker_answers_any_more_the_daemon_ends() {
        let (inbox, mut events) = mpsc::channel(64);
        let (happenings, _kept) = mpsc::unbounded_channel();
        let tell = Tell::new(inbox, happenings);
        for number in 0..MOST_BROKEN * 2 {
            tell.count(number == 3).await;
        }
        drop(tell);
        let heard = events.recv().await;
        assert!(matches!(heard, Some(Message::Event(Event::Stop(Why::Broken(_))))), "{heard:?}");
        assert!(events.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_worker_that_ends_is_its_own_event() {
        assert_eq!(check(|_| async { Event::Tick }.boxed()).await, "Event(Tick)");
    }
}
