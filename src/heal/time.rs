//! Time as the watch sees it: always an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point on the machine's monotonic clock, in milliseconds since it booted. It stands still while the machine sleeps,
/// and a person who sets the clock does not move it. systemd's own monotonic timestamps are on the same clock.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Up(pub u64);

impl Up {
    /// The point that many seconds after boot.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// How long after `earlier` this is; nothing when it is not.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The point so much later.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// What the clocks say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The monotonic clock.
    pub up: Up,
    /// Seconds since 1970, for people, and for the distance to what happened before the machine booted.
    pub wall: i64,
    /// Which boot this is.
    pub boot: String,
}

/// A duration in few words: `40 s`, `3 min`, `2 h`.
pub(super) fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
