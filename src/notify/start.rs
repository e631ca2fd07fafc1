//! All channels, started.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, watch};

use super::decide::Memory;
use super::error::Error;
use super::template;
use super::work::Postman;
use crate::model::channel::{Channel, ChannelNow};
use crate::model::notice::Notice;
use crate::web::{Client, Options};

/// Notices that a channel may be behind.
const INBOX: usize = 256;

/// How long everything takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long things that happen together are collected.
    pub(super) collect: Duration,
    /// How long until a second try.
    pub(super) pause: Duration,
    /// How long one try may take.
    pub(super) timeout: Duration,
    /// How long the last messages may take when everything ends.
    pub(super) farewell: Duration,
}

/// The pace for people.
const USUAL: Pace = Pace {
    collect: Duration::from_secs(10),
    pause: Duration::from_secs(5),
    timeout: Duration::from_secs(20),
    farewell: Duration::from_secs(5),
};

/// Tells the time, in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The host's name, where it has one.
    pub host: Option<String>,
    /// Which Conductor it is.
    pub instance: String,
}

/// Where notices are handed over; by default nobody hears them. Cheap to clone; when the last one is dropped, what was
/// collected is sent and the work ends.
#[derive(Clone, Default)]
pub struct Notices {
    inboxes: Arc<[mpsc::Sender<Notice>]>,
    reports: Arc<[watch::Receiver<ChannelNow>]>,
    missed: Arc<AtomicU64>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").field("channels", &self.inboxes.len()).finish_non_exhaustive()
    }
}

impl Notices {
    /// Hands a notice to every channel. Never waits and never fails: a channel that is too far behind misses it.
    pub fn tell(&self, notice: &Notice) {
        for inbox in self.inboxes.iter() {
            if inbox.try_send(notice.clone()).is_err() {
                self.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// How each channel is doing.
    pub fn reports(&self) -> Vec<ChannelNow> {
        self.reports.iter().map(|report| report.borrow().clone()).collect()
    }

    /// How many notices some channel was too far behind to take.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

/// Checks the channels, and makes the door to them and the work behind it. `known` is what was ill when the program last
/// ended: people heard of it, and hear when it is over. The work is to be spawned by whoever calls; it ends by itself, at most
/// some seconds after the last door was dropped.
pub fn start(
    channels: Vec<Channel>,
    sender: Sender,
    clock: &Clock,
    known: &[Notice],
) -> Result<(Notices, impl Future<Output = ()> + Send + 'static + use<>), Error> {
    start_at(USUAL, channels, (sender, clock), known)
}

/// The same at another pace.
pub(super) fn start_at(
    pace: Pace,
    channels: Vec<Channel>,
    (sender, clock): (Sender, &Clock),
    known: &[Notice],
) -> Result<(Notices, impl Future<Output = ()> + Send + 'static + use<>), Error> {
    let client = Client::new(&Options { timeout: pace.timeout, certificates: None });
    let client = client.map_err(Error::Client)?;
    let sender = Arc::new(sender);
    let (mut inboxes, mut reports, mut postmen) = (Vec::new(), Vec::new(), Vec::new());
    for channel in channels {
        template::check(&channel)?;
        let mut memory = Memory::new(pace.collect);
        for notice in known {
            memory.remember(&channel, notice);
        }
        let (inbox, outbox) = mpsc::channel(INBOX);
        let first = ChannelNow { channel: channel.name.clone(), ..ChannelNow::default() };
        let (report, seen) = watch::channel(first);
        inboxes.push(inbox);
        reports.push(seen);
        postmen.push(Postman {
            channel: Arc::new(channel),
            sender: Arc::clone(&sender),
            client: client.clone(),
            clock: Arc::clone(clock),
            pace,
            memory,
            inbox: outbox,
            report,
        });
    }
    let notices =
        Notices { inboxes: inboxes.into(), reports: reports.into(), missed: Arc::default() };
    let work = async move {
        let _ended: Vec<()> = join_all(postmen.into_iter().map(Postman::work)).await;
    };
    Ok((notices, work))
}
