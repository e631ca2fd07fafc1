//! Whether an engine may be asked at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Whether an engine's socket may be touched: systemd holds that of a Docker that a person stopped, and starts it for whoever
/// connects. Clones are one gate, which is free until somebody keeps it.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<AtomicU8>);

/// Nobody keeps it: it is open.
const FREE: u8 = 0;
const OPEN: u8 = 1;
const CLOSED: u8 = 2;

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
            self.0.compare_exchange(OPEN, CLOSED, Ordering::AcqRel, Ordering::Acquire).is_ok();
    }

    /// Whether the engine may be asked.
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) != CLOSED
    }
}

#[cfg(test)]
mod tests {
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
}
