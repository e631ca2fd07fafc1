//! Whether the watch of Docker goes on: systemd hears that this process is alive only while it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::heal::Up;

/// Until when the watch is to be heard of again, in milliseconds since boot.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Progress(Arc<AtomicU64>);

/// Nothing was promised: nobody watches.
const NOTHING: u64 = u64::MAX;

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(NOTHING)))
    }
}

impl Progress {
    /// The watch promises to be heard of again within this time.
    pub(super) fn promise(&self, now: Up, within: Duration) {
        self.0.store(now.after(within).0, Ordering::Release);
    }

    /// Nobody watches any more, in good order.
    pub(super) fn release(&self) {
        self.0.store(NOTHING, Ordering::Release);
    }

    /// Whether what was promised last may still be kept.
    pub(in crate::cli) fn is_made(&self, now: Up) -> bool {
        now.0 <= self.0.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_is_not_heard_of_in_time_makes_no_progress() {
        let progress = Progress::default();
        assert!(progress.is_made(Up::seconds(1_000_000)), "nobody watches");
        progress.promise(Up::seconds(10), Duration::from_mins(1));
        let seen = progress.clone();
        assert!(seen.is_made(Up::seconds(70)) && !seen.is_made(Up::seconds(71)));
        progress.promise(Up::seconds(71), Duration::from_mins(1));
        assert!(seen.is_made(Up::seconds(72)));
        progress.release();
        assert!(seen.is_made(Up::seconds(1_000_000)));
    }
}
