//! What is told, and when: notices and the time in, messages out. Pure; a channel's memory is a plain value.
//!
//! What happens within a short time becomes one message. What is ill is told once, however often it is noticed, until it is
//! ill in another way; that it is well again is told where it was told that it was not. Where message follows message, the
//! time in which they are collected grows.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::channel::Channel;
use crate::model::notice::{About, Event, Notice};
use crate::model::revision::Revision;

/// How many times as long as the usual time things are collected at most, where message follows message.
const GROWTH: u32 = 60;
/// Things that one message tells of; the others are counted.
const MOST_ITEMS: usize = 50;

/// What a channel remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memory {
    /// How long things that happen together are collected.
    usual: Duration,
    /// What is ill.
    ill: BTreeMap<About, Illness>,
    /// What will be in the next message.
    collected: Vec<Item>,
    /// Things that the next message only counts.
    more: usize,
    /// When the next message goes out, since the beginning.
    due: Option<Duration>,
    /// When the last one did.
    last: Option<Duration>,
    /// How long is collected where message follows message.
    window: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Illness {
    since: i64,
    times: usize,
    kind: Kind,
    /// Whether people heard of it.
    heard: bool,
}

/// What makes one illness another one than before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind(Event, Option<Revision>, Option<String>);

/// One thing that a message tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What happened.
    pub(super) notice: Notice,
    /// What it is told as: a change after a failure is a recovery.
    pub(super) event: Event,
    /// Since when it was ill, in seconds since 1970, and how often that was noticed.
    pub(super) ill: Option<(i64, usize)>,
}

/// What goes out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// What it tells of, in the order in which it happened.
    pub(super) items: Vec<Item>,
    /// How many more things there were.
    pub(super) more: usize,
}

impl Memory {
    /// Remembers nothing yet; `usual` is how long things that happen together are collected.
    pub(super) fn new(usual: Duration) -> Self {
        Self {
            usual,
            window: usual,
            ill: BTreeMap::new(),
            collected: Vec::new(),
            more: 0,
            due: None,
            last: None,
        }
    }

    /// Takes what people heard of before the beginning.
    pub(super) fn remember(&mut self, channel: &Channel, notice: &Notice) {
        if concerns(channel, notice) && notice.event.is_bad() {
            let heard = channel.events.contains(&notice.event);
            let illness = Illness { since: notice.at, times: 1, kind: kind(notice), heard };
            self.ill.insert(notice.about.clone(), illness);
        }
    }

    /// Takes a notice; `now` is the time since the beginning.
    pub(super) fn hear(&mut self, channel: &Channel, now: Duration, notice: Notice) {
        if !concerns(channel, &notice) {
            return;
        }
        if notice.event.is_bad() {
            self.ill(channel, now, notice);
        } else {
            self.well(channel, now, notice);
        }
    }

    /// When the next message goes out, since the beginning.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// The message that is due.
    pub(super) fn take(&mut self, now: Duration) -> Option<Message> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        self.flush(now)
    }

    /// What was collected, be it due or not.
    pub(super) fn flush(&mut self, now: Duration) -> Option<Message> {
        self.due = None;
        let (items, more) = (std::mem::take(&mut self.collected), std::mem::take(&mut self.more));
        if items.is_empty() {
            return None;
        }
        let follows = !self.is_quiet(now);
        self.window = if follows { (2 * self.window).min(GROWTH * self.usual) } else { self.usual };
        self.last = Some(now);
        for item in items.iter().filter(|item| item.event.is_bad()) {
            if let Some(illness) = self.ill.get_mut(&item.notice.about) {
                illness.heard = true;
            }
        }
        Some(Message { items, more })
    }

    /// Whether the last message was long ago.
    fn is_quiet(&self, now: Duration) -> bool {
        self.last.is_none_or(|last| now.saturating_sub(last) >= 6 * self.window)
    }

    fn ill(&mut self, channel: &Channel, now: Duration, notice: Notice) {
        let kind = kind(&notice);
        // Who heard that it was ill, and not yet that it was well, believes that it is ill.
        let heard = self
            .collected
            .iter()
            .any(|item| item.event == Event::Recovered && item.notice.about == notice.about);
        let fresh = !self.ill.contains_key(&notice.about);
        let illness = self.ill.entry(notice.about.clone()).or_insert_with(|| Illness {
            since: notice.at,
            times: 0,
            kind: kind.clone(),
            heard,
        });
        illness.times += 1;
        if illness.kind == kind && !fresh {
            return;
        }
        illness.kind = kind;
        let (since, times) = (illness.since, illness.times);
        if channel.events.contains(&notice.event) {
            let event = notice.event;
            self.collect(now, Item { notice, event, ill: Some((since, times)) });
        }
    }

    fn well(&mut self, channel: &Channel, now: Duration, notice: Notice) {
        // Of what was over before anybody heard of it, nobody has to hear.
        self.collected.retain(|item| !(item.event.is_bad() && item.notice.about == notice.about));
        // Except of Docker: it was treated, and that is no everyday event.
        let is_told = matches!(notice.about, About::Docker(_));
        let recovered = self.ill.remove(&notice.about).filter(|illness| illness.heard || is_told);
        let event = if recovered.is_some() { Event::Recovered } else { notice.event };
        let news = recovered.is_some() || event == Event::Changed;
        if news && channel.events.contains(&event) {
            let ill = recovered.map(|illness| (illness.since, illness.times));
            self.collect(now, Item { notice, event, ill });
        } else if self.collected.is_empty() {
            self.due = None;
        }
    }

    fn collect(&mut self, now: Duration, item: Item) {
        // The newest word on something takes the place of older ones.
        self.collected.retain(|known| known.notice.about != item.notice.about);
        if self.collected.len() < MOST_ITEMS {
            self.collected.push(item);
        } else {
            self.more += 1;
        }
        let wait = if self.is_quiet(now) { self.usual } else { self.window };
        self.due.get_or_insert(now + wait);
    }
}

/// Whether a notice is about something that the channel is for.
fn concerns(channel: &Channel, notice: &Notice) -> bool {
    let listed = |stack| channel.stacks.is_empty() || channel.stacks.contains(stack);
    notice.about.stack().is_none_or(listed)
}

fn kind(notice: &Notice) -> Kind {
    let error = notice.problem.as_ref().map(|problem| problem.error.clone());
    // A revision that is held back is still the one that failed, whatever is said about it.
    let error = error.filter(|_| notice.event != Event::RolledBack);
    Kind(notice.event, notice.revision.clone(), error)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
