//! One channel, looked after: notices in, one message at a time out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::channels::Parcel;
use super::decide::{Memory, Message};
use super::deliver::deliver;
use super::message::{From, value};
use super::queue::{Queue, Try};
use super::start::{Clock, Pace, Sender};
use super::template;
use crate::model::channel::{Channel, ChannelNow};
use crate::model::notice::Notice;
use crate::web::Client;

/// A try that is under way.
type Sending = Pin<Box<dyn Future<Output = (Try, Option<String>)> + Send>>;

/// Whoever looks after a channel.
pub(super) struct Postman {
    pub(super) channel: Arc<Channel>,
    pub(super) sender: Arc<Sender>,
    pub(super) client: Client,
    pub(super) clock: Clock,
    pub(super) pace: Pace,
    pub(super) memory: Memory,
    pub(super) inbox: mpsc::Receiver<Notice>,
    pub(super) report: watch::Sender<ChannelNow>,
}

/// What a postman has in hand.
struct Hand {
    began: Instant,
    memory: Memory,
    queue: Queue<Parcel>,
    made: u64,
}

impl Postman {
    /// Works until nobody can send notices any more, then makes one last try for what is left.
    pub(super) async fn work(mut self) {
        let mut hand = Hand {
            began: Instant::now(),
            memory: self.memory.clone(),
            queue: Queue::new(self.pace.pause),
            made: 0,
        };
        let mut sending: Option<Sending> = None;
        loop {
            let now = hand.began.elapsed();
            if let Some(message) = hand.memory.take(now) {
                self.pack(&mut hand, now, &message);
            }
            if sending.is_none() {
                sending = hand.queue.ready(now).map(|parcel| self.send(parcel));
            }
            let next = if sending.is_none() { hand.queue.due() } else { None };
            let wake = [hand.memory.due(), next].into_iter().flatten().min();
            tokio::select! {
                heard = self.inbox.recv() => match heard {
                    Some(notice) => hand.memory.hear(&self.channel, hand.began.elapsed(), notice),
                    None => break,
                },
                outcome = finished(&mut sending) => {
                    sending = None;
                    self.note(&mut hand, outcome);
                }
                () = until(hand.began, wake) => (),
            }
        }
        let farewell = self.farewell(&mut hand, sending);
        if timeout(self.pace.farewell, farewell).await.is_err() || hand.queue.waiting() > 0 {
            let (channel, waiting) = (&self.channel.name, hand.queue.waiting());
            tracing::warn!(%channel, waiting, "notifications were not sent before the end");
        }
    }

    /// The last tries: what is under way, then all the rest until one fails.
    async fn farewell(&self, hand: &mut Hand, mut sending: Option<Sending>) {
        if sending.is_some() {
            let outcome = finished(&mut sending).await;
            self.note(hand, outcome);
        }
        let now = hand.began.elapsed();
        if let Some(message) = hand.memory.flush(now) {
            self.pack(hand, now, &message);
        }
        loop {
            let now = hand.began.elapsed();
            hand.queue.hurry(now);
            let Some(parcel) = hand.queue.ready(now) else { break };
            let outcome = self.send(parcel).await;
            let failed = outcome.0 != Try::Sent;
            self.note(hand, outcome);
            if failed {
                break;
            }
        }
    }

    /// Puts a message into words and onto the queue.
    fn pack(&self, hand: &mut Hand, now: Duration, message: &Message) {
        let channel = &*self.channel;
        let from = From {
            host: self.sender.host.as_deref(),
            instance: &self.sender.instance,
            channel: &channel.name,
        };
        let value = value(&from, message);
        match template::body(channel.template.as_deref(), &value) {
            Ok(body) => {
                hand.made += 1;
                let unique = format!("{value}{}{}", (self.clock)(), hand.made);
                let id = format!("msg_{:.24}", format!("{:x}", Sha256::digest(unique)));
                hand.queue.push(now, Parcel { id, value, body });
            }
            Err(reason) => {
                let channel = &channel.name;
                tracing::error!(%channel, %reason, "the template cannot be filled in");
                self.report.send_modify(|report| {
                    report.failed += 1;
                    report.trouble = Some(format!("its template cannot be filled in: {reason}"));
                });
            }
        }
        self.report.send_modify(|report| report.waiting = hand.queue.waiting());
    }

    fn send(&self, parcel: &Parcel) -> Sending {
        let (client, channel) = (self.client.clone(), Arc::clone(&self.channel));
        Box::pin(deliver(client, channel, parcel.clone(), (self.clock)()))
    }

    /// Notes what came of a try.
    fn note(&self, hand: &mut Hand, (outcome, trouble): (Try, Option<String>)) {
        hand.queue.tried(hand.began.elapsed(), outcome);
        let channel = &self.channel.name;
        let before = self.report.borrow().trouble.is_some();
        match &trouble {
            // Once, not at every try.
            Some(reason) if !before => {
                tracing::warn!(%channel, %reason, "a notification was not sent; it is tried again");
            }
            None if before => tracing::info!(%channel, "notifications are sent again"),
            Some(_) | None => (),
        }
        self.report.send_modify(|report| {
            report.sent += u64::from(outcome == Try::Sent);
            report.failed += u64::from(outcome != Try::Sent);
            report.lost = hand.queue.lost();
            report.waiting = hand.queue.waiting();
            report.trouble = trouble;
        });
    }
}

/// What comes of the try that is under way; never, where none is.
async fn finished(sending: &mut Option<Sending>) -> (Try, Option<String>) {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever, where there is no then.
async fn until(began: Instant, wake: Option<Duration>) {
    match wake {
        Some(wake) => sleep_until(began + wake).await,
        None => std::future::pending().await,
    }
}
