//! Messages on their way: in order, tried again later and later, never more than a few. Pure.

use std::collections::VecDeque;
use std::time::Duration;

/// Messages that wait at most.
const MOST_WAITING: usize = 64;
/// How many times as long as before the second try it is between tries at most.
const GROWTH: u32 = 180;
/// How long a message is worth sending.
const WORTH: Duration = Duration::from_hours(24);

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Try {
    /// It arrived.
    Sent,
    /// It may arrive later; the server may say when to try again.
    Later(Option<Duration>),
    /// It never will.
    Refused,
}

/// Messages on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queue<M> {
    /// How long until the second try; doubled for each further one.
    pause: Duration,
    waiting: VecDeque<Waiting<M>>,
    lost: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Waiting<M> {
    message: M,
    since: Duration,
    tries: u32,
    due: Duration,
}

impl<M> Queue<M> {
    /// An empty one; `pause` is how long it waits before the second try.
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, waiting: VecDeque::new(), lost: 0 }
    }

    /// Takes a message. Where there is no room, the oldest but one goes: the oldest may be on its way.
    pub(super) fn push(&mut self, now: Duration, message: M) {
        if self.waiting.len() >= MOST_WAITING {
            drop(self.waiting.remove(1));
            self.lost += 1;
        }
        self.waiting.push_back(Waiting { message, since: now, tries: 0, due: now });
    }

    /// When the next try is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.front().map(|first| first.due)
    }

    /// The message whose try is due.
    pub(super) fn ready(&self, now: Duration) -> Option<&M> {
        self.waiting.front().filter(|first| first.due <= now).map(|first| &first.message)
    }

    /// Notes what came of the try of the first message.
    pub(super) fn tried(&mut self, now: Duration, outcome: Try) {
        let Some(mut first) = self.waiting.pop_front() else { return };
        match outcome {
            Try::Sent => (),
            Try::Refused => self.lost += 1,
            Try::Later(_) if now.saturating_sub(first.since) >= WORTH => self.lost += 1,
            Try::Later(wanted) => {
                let pause = self.pause * 2_u32.saturating_pow(first.tries.min(16)).min(GROWTH);
                let pause = pause.max(wanted.unwrap_or_default()).min(self.pause * GROWTH);
                first.tries += 1;
                first.due = now + pause;
                self.waiting.push_front(first);
            }
        }
    }

    /// Makes the first message due now.
    pub(super) fn hurry(&mut self, now: Duration) {
        if let Some(first) = self.waiting.front_mut() {
            first.due = now;
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many were given up.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_message_is_tried_later_and_later_until_it_is_worth_nothing() {
        let mut queue = Queue::new(seconds(5));
        queue.push(seconds(0), "a");
        let mut tries = Vec::new();
        while let Some(due) = queue.due() {
            tries.push(due.as_secs());
            queue.tried(due, Try::Later(None));
        }
        assert_eq!(tries[..9], [0, 5, 15, 35, 75, 155, 315, 635, 1275]);
        assert_eq!(tries[9..12], [2175, 3075, 3975]);
        assert!(tries.last().unwrap() >= &(24 * 3600) && tries.len() < 110);
        assert_eq!((queue.waiting(), queue.lost()), (0, 1));
    }

    #[test]
    fn a_server_says_when_to_try_again_within_reason() {
        let mut queue = Queue::new(seconds(5));
        queue.push(seconds(0), "a");
        queue.tried(seconds(0), Try::Later(Some(seconds(60))));
        assert_eq!(queue.due(), Some(seconds(60)));
        assert_eq!((queue.ready(seconds(59)), queue.ready(seconds(60))), (None, Some(&"a")));
        queue.tried(seconds(60), Try::Later(Some(seconds(1_000_000))));
        assert_eq!(queue.due(), Some(seconds(60 + 900)));
    }

    #[test]
    fn messages_go_in_order_and_a_refused_one_holds_up_nobody() {
        let mut queue = Queue::new(seconds(5));
        queue.push(seconds(0), "a");
        queue.push(seconds(1), "b");
        queue.tried(seconds(1), Try::Refused);
        assert_eq!(queue.ready(seconds(1)), Some(&"b"));
        queue.tried(seconds(1), Try::Sent);
        assert_eq!((queue.due(), queue.lost()), (None, 1));
    }

    #[test]
    fn a_queue_has_an_end_and_loses_what_is_old() {
        let mut queue = Queue::new(seconds(5));
        for number in 0..MOST_WAITING + 10 {
            queue.push(seconds(0), number);
        }
        assert_eq!((queue.waiting(), queue.lost()), (MOST_WAITING, 10));
        assert_eq!(queue.ready(seconds(0)), Some(&0), "the first may be on its way");
        queue.tried(seconds(0), Try::Sent);
        assert_eq!(queue.ready(seconds(0)), Some(&11));
    }
}
