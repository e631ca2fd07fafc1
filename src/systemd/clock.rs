//! The machine's monotonic clock, which is systemd's too, and the name of this boot.

use rustix::time::{ClockId, clock_gettime};

use crate::heal::Up;

/// The time since boot, without the time that the machine slept.
pub fn up() -> Up {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Up(seconds * 1000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000)
}

/// Which boot this is.
pub fn boot() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

/// A point of systemd's, in microseconds; 0 is none.
pub(super) fn micros(micros: u64) -> Option<Up> {
    (micros > 0).then_some(Up(micros / 1000))
}
