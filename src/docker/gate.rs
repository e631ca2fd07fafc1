//! Whether an engine may be asked at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// How often it is looked whether a doubt is over.
const LOOK: Duration = Duration::from_millis(50);

/// Whether an engine's socket may be touched: systemd holds that of a Docker that a person stopped, and starts it for whoever
/// connects. Clones are one gate, which is free until somebody keeps it.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<AtomicU8>);

/// Nobody keeps it: it is open.
const FREE: u8 = 0;
const OPEN: u8 = 1;
const CLOSED: u8 = 2;
/// Closed until somebody has looked.
const DOUBT: u8 = 3;

impl Gate {
    /// Opens or closes it, and keeps it from now on.
    pub fn set(&self, open: bool) {
        self.0.store(if open { OPEN } else { CLOSED }, Ordering::Release);
    }

    /// Opens it for good: nobody keeps it any more.
    pub fn release(&self) {
        self.0.store(FREE, Ordering::Release);
    }

    /// Closes it until whoever keeps it has looked again: the engine went away, and may have been stopped by a person. A gate
    /// that nobody keeps stays open.
    pub fn doubt(&self) {
        let _as_it_was =
            self.0.compare_exchange(OPEN, DOUBT, Ordering::AcqRel, Ordering::Acquire).is_ok();
    }

    /// A look could not tell: it is as it was before the doubt.
    pub fn as_before(&self) {
        let _no_doubt =
            self.0.compare_exchange(DOUBT, OPEN, Ordering::AcqRel, Ordering::Acquire).is_ok();
    }

    /// Whether the engine may be asked.
    pub fn is_open(&self) -> bool {
        matches!(self.0.load(Ordering::Acquire), FREE | OPEN)
    }

    /// Whether it is open, once a doubt is over; no doubt is waited for longer than `limit`.
    pub async fn opens(&self, limit: Duration) -> bool {
        let settled = async {
            while self.0.load(Ordering::Acquire) == DOUBT {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(limit, settled).await.is_ok() && self.is_open()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Gate;

    #[test]
    fn an_engine_that_went_away_is_not_touched_until_it_was_looked_at_again() {
        let gate = Gate::default();
        gate.doubt();
        assert!(gate.is_open(), "nobody keeps it");
        gate.set(true);
        let others = gate.clone();
        others.doubt();
        assert!(!gate.is_open());
        others.set(true);
        assert!(gate.is_open());
        gate.set(false);
        gate.release();
        gate.doubt();
        assert!(gate.is_open());
    }

    #[test]
    fn a_look_that_could_not_tell_leaves_it_as_it_was() {
        let gate = Gate::default();
        gate.set(true);
        gate.doubt();
        gate.as_before();
        assert!(gate.is_open());
        gate.set(false);
        gate.doubt();
        gate.as_before();
        assert!(!gate.is_open());
    }

    #[tokio::test]
    async fn who_wants_in_waits_for_the_end_of_a_doubt_but_not_for_a_closed_gate() {
        let gate = Gate::default();
        gate.set(true);
        gate.doubt();
        let keeper = gate.clone();
        let wants = tokio::spawn(async move { gate.opens(Duration::from_mins(1)).await });
        tokio::task::yield_now().await;
        keeper.set(true);
        assert!(wants.await.unwrap());
        keeper.set(false);
        assert!(!keeper.opens(Duration::from_mins(1)).await);
        keeper.set(true);
        keeper.doubt();
        assert!(!keeper.opens(Duration::ZERO).await);
    }
}
