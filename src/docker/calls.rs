//! How often the engine was asked, and what came of it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::Error;
use super::task::Task;

/// Kinds of calls: those that only look, and those that change something.
const KINDS: [&str; 2] = ["look", "change"];
/// What comes of a call: what was asked for, another answer, none in time, none at all.
const RESULTS: [&str; 4] = ["ok", "refused", "timed_out", "lost"];
const OK: usize = 0;
const REFUSED: usize = 1;
const TIMED_OUT: usize = 2;
const LOST: usize = 3;

/// Calls that were counted. Pulls, and streams of events and logs, are none of them.
#[derive(Debug, Default)]
pub struct Calls([[AtomicU64; RESULTS.len()]; KINDS.len()]);

impl Calls {
    /// What was counted, by kind and by what came of it.
    pub fn read(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        KINDS.iter().zip(&self.0).flat_map(|(kind, counters)| {
            let pairs = RESULTS.iter().zip(counters);
            pairs.map(move |(result, counter)| (*kind, *result, counter.load(Ordering::Relaxed)))
        })
    }

    pub(super) fn count<T>(&self, task: &Task, answer: &Result<T, Error>) {
        let looks = matches!(task.verb, "ask" | "inspect" | "list");
        let result = match answer {
            Ok(_) => OK,
            Err(Error::KeptAway { .. }) => return,
            Err(Error::TimedOut { .. }) => TIMED_OUT,
            Err(
                Error::NoAnswer { .. } | Error::Unreachable { .. } | Error::SocketMissing { .. },
            ) => LOST,
            Err(_answered) => REFUSED,
        };
        let counter = self.0.get(usize::from(!looks)).and_then(|kind| kind.get(result));
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_call_is_counted_by_its_kind_and_what_came_of_it() {
        let calls = Calls::default();
        let stop = || Task::container("stop", "web");
        calls.count(&Task::new("list", "containers", ""), &Ok(()));
        calls.count(&stop(), &Ok(()));
        let late = Error::TimedOut { task: stop(), limit: Duration::ZERO };
        calls.count(&stop(), &Err::<(), _>(late));
        let counted: Vec<_> = calls.read().filter(|(.., count)| *count > 0).collect();
        assert_eq!(counted, [("look", "ok", 1), ("change", "ok", 1), ("change", "timed_out", 1)]);
        assert_eq!(calls.read().count(), 8);
    }
}
