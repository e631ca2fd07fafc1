//! How everybody else asks the daemon, waits for it, reads it, and follows it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::command::{Accepted, Outcome, Refused, Request, RequestId};
use super::event::{DockerEvent, Event, Why};
use super::happening::Happening;
use crate::journal::Condition;
use crate::model::snapshot::Snapshot;

/// What comes to the owner of the state.
#[derive(Debug)]
pub(super) enum Message {
    /// Something happened.
    Event(Event),
    /// Somebody asks for something.
    Ask(Request, oneshot::Sender<Result<Accepted, Refused>>, Option<oneshot::Sender<Outcome>>),
    /// Somebody waits for an outcome.
    Await(RequestId, oneshot::Sender<Outcome>),
    /// Somebody wants to know whether the loop goes on.
    Answer(oneshot::Sender<()>),
    /// The loop is to stand still, so that a test sees what its supervisor does.
    #[cfg(debug_assertions)]
    StandStill,
}

/// The way to the daemon; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) inbox: mpsc::Sender<Message>,
    pub(super) snapshot: watch::Receiver<Arc<Snapshot>>,
    pub(super) happenings: broadcast::WeakSender<Arc<Happening>>,
}

/// The outcome of a request that was taken.
#[derive(Debug)]
pub struct Coming(oneshot::Receiver<Outcome>);

impl Coming {
    /// Waits for it. `None` where the daemon is gone.
    pub async fn outcome(self) -> Option<Outcome> {
        self.0.await.ok()
    }
}

impl Handle {
    /// Asks for something: taken with a number, or refused, at once. Nothing is left unanswered.
    pub async fn command(&self, request: Request) -> Result<Accepted, Refused> {
        self.ask(request, None).await
    }

    /// The same for whoever waits for the outcome, however soon it comes.
    pub async fn command_awaited(&self, request: Request) -> Result<(Accepted, Coming), Refused> {
        let (told, coming) = oneshot::channel();
        let accepted = self.ask(request, Some(told)).await?;
        Ok((accepted, Coming(coming)))
    }

    async fn ask(
        &self,
        request: Request,
        waits: Option<oneshot::Sender<Outcome>>,
    ) -> Result<Accepted, Refused> {
        let (answer, answered) = oneshot::channel();
        let message = Message::Ask(request, answer, waits);
        self.inbox.send(message).await.map_err(|_gone| Refused::stopped())?;
        answered.await.unwrap_or_else(|_gone| Err(Refused::stopped()))
    }

    /// Waits for the outcome of a request. `None` where no such request is known any more, or the daemon is gone.
    pub async fn outcome(&self, request: RequestId) -> Option<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(Message::Await(request, answer)).await.ok()?;
        answered.await.ok()
    }

    /// Whether the loop comes round within that time: snapshots can be read while it stands still.
    pub async fn goes_on(&self, within: Duration) -> bool {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.inbox.send(Message::Answer(answer)).await.ok()?;
            answered.await.ok()
        };
        matches!(tokio::time::timeout(within, asked).await, Ok(Some(())))
    }

    /// The daemon as it is now. Never waits, whatever goes on.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.borrow().clone()
    }

    /// Hears of each new snapshot.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Hears what happens from now on. Whoever does not keep up misses some, and is told how many; nobody waits for them.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Happening>> {
        self.happenings.upgrade().map_or_else(
            // The daemon is gone: the stream is at its end.
            || broadcast::channel(1).1,
            |happenings| happenings.subscribe(),
        )
    }

    /// Hands over what whoever looks after Docker tells.
    pub async fn docker(&self, event: DockerEvent) {
        self.inbox.send(Message::Event(Event::Docker(event))).await.ok();
    }

    /// Hands over how the journal is doing.
    pub async fn journal(&self, condition: Condition) {
        self.inbox.send(Message::Event(Event::Journal(condition))).await.ok();
    }

    /// Lets the settings be read again.
    pub async fn reload(&self) {
        self.inbox.send(Message::Event(Event::Reload)).await.ok();
    }

    /// Lets the daemon end.
    pub async fn stop(&self, why: Why) {
        self.inbox.send(Message::Event(Event::Stop(why))).await.ok();
    }

    /// Lets the loop stand still for ever, so that a test sees what its supervisor does.
    #[cfg(debug_assertions)]
    pub async fn stand_still(&self) {
        self.inbox.send(Message::StandStill).await.ok();
    }
}
