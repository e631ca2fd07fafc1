//! When what is remembered is tidied up: behind passes that changed something, but not behind each of them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest pause between two times.
const PAUSE: Duration = Duration::from_mins(10);

/// When it was done last, by any clone of a context.
#[derive(Debug, Clone, Default)]
pub(super) struct Upkeep(Arc<Mutex<Option<Instant>>>);

impl Upkeep {
    /// Whether it is time; whoever hears so does it.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_at_once_and_then_after_a_pause() {
        let (upkeep, now) = (Upkeep::default(), Instant::now());
        assert!(upkeep.is_due(now));
        assert!(!upkeep.clone().is_due(now + PAUSE / 2));
        assert!(upkeep.is_due(now + PAUSE));
    }
}
