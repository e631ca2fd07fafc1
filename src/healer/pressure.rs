//! How much everything has to wait, so that a busy Docker is not taken for a hung one. Everything here blocks for a moment.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::heal::Up;

/// What is waited for.
const KINDS: [&str; 3] = ["cpu", "io", "memory"];
/// Where groups of processes are, on new and on old machines.
const GROUPS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
/// How long ago a process may have computed last.
const LATELY: Duration = Duration::from_mins(1);

/// For how much of the time, in percent, something of these processes' units waited for a processor, a disk or memory: a
/// process that hangs waits for none of them, and one that starves waits for nothing else, whatever the rest of the machine
/// does. Of the whole machine where the kernel does not tell it of units.
pub(super) fn pressure(pids: &[u32]) -> u8 {
    let told = pids.iter().filter_map(|pid| of_unit(*pid));
    told.max().unwrap_or_else(of_machine)
}

fn of_unit(pid: u32) -> Option<u8> {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    let group = group(&text)?;
    GROUPS.iter().find_map(|root| {
        let place = Path::new(root).join(group);
        worst(&KINDS.map(|kind| place.join(format!("{kind}.pressure"))))
    })
}

/// The group of the newer hierarchy; the root's is the whole machine's.
fn group(text: &str) -> Option<&str> {
    let group = text.lines().find_map(|line| line.strip_prefix("0::/"))?.trim();
    (!group.is_empty()).then_some(group)
}

fn of_machine() -> u8 {
    let told = worst(&KINDS.map(|kind| Path::new("/proc/pressure").join(kind)));
    // A kernel without these figures: one that waits for each processor is little, four are much.
    told.or_else(|| load().map(|load| whole((load - 1.0) * 100.0 / 3.0))).unwrap_or(0)
}

fn worst(files: &[PathBuf]) -> Option<u8> {
    let told = files.iter().filter_map(|file| stalled(&fs::read_to_string(file).ok()?));
    told.reduce(f64::max).map(whole)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
fn whole(percent: f64) -> u8 {
    percent.clamp(0.0, 100.0) as u8
}

/// How busy one process has been of late.
#[derive(Debug, Default)]
pub(super) struct Work {
    pid: u32,
    last: Option<(Up, Duration)>,
    /// The share of a processor between two looks, in percent, and when the second one was.
    shares: VecDeque<(Up, u8)>,
}

impl Work {
    /// Takes the processor time that a process has used by now. Answers with its largest share between two looks of the last
    /// minute: who computes may wait for something else at any one look.
    pub(super) fn seen(&mut self, pid: u32, now: Up, used: Duration) -> u8 {
        if pid != self.pid {
            *self = Self { pid, ..Self::default() };
        }
        if let Some((at, had)) = self.last.replace((now, used)) {
            let (worked, passed) = (used.saturating_sub(had), now.since(at));
            let percent = worked.as_millis() * 100 / passed.as_millis().max(1);
            self.shares.push_back((now, u8::try_from(percent.min(100)).unwrap_or(100)));
        }
        while self.shares.front().is_some_and(|(at, _)| now.since(*at) > LATELY) {
            self.shares.pop_front();
        }
        self.shares.iter().map(|(_, share)| *share).max().unwrap_or(0)
    }
}

/// The line `some`, over ten seconds or a minute, whichever says more: a pressure that begins shows in the first, one that
/// pauses in the second.
fn stalled(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some"))?;
    let value = |name: &str| line.split(' ').find_map(|part| part.strip_prefix(name))?.parse().ok();
    let (short, long): (Option<f64>, Option<f64>) = (value("avg10="), value("avg60="));
    Some(short?.max(long?))
}

#[expect(clippy::cast_precision_loss, reason = "a count of processors")]
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let minute: f64 = text.split(' ').next()?.parse().ok()?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Some(minute / processors as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_a_short_and_a_longer_time_counts() {
        let text = "some avg10=1.00 avg60=81.50 avg300=2.00 total=9\nfull avg10=0.00 avg60=0.00";
        assert_eq!(stalled(text), Some(81.5));
        assert_eq!(stalled(&text.replace("1.00", "99.00")), Some(99.0));
        assert_eq!(stalled(""), None);
        assert_eq!((whole(81.5), whole(-3.0), whole(1e9)), (81, 0, 100));
    }

    #[test]
    fn who_computed_within_the_last_minute_still_counts_as_busy() {
        let mut work = Work::default();
        let mut seen =
            |pid: u32, at: u64, used: u64| work.seen(pid, Up(at * 1000), Duration::from_secs(used));
        assert_eq!(seen(7, 0, 50), 0, "nothing to compare with");
        assert_eq!(seen(7, 5, 55), 100);
        assert_eq!(seen(7, 10, 55), 100, "one quiet look says little");
        assert_eq!(seen(7, 66, 56), 1);
        assert_eq!(seen(8, 70, 90), 0, "another process");
    }

    #[test]
    fn the_group_is_that_of_the_newer_hierarchy() {
        let text = "9:name=systemd:/system.slice/a.service\n0::/system.slice/docker.service\n";
        assert_eq!(group(text), Some("system.slice/docker.service"));
        assert_eq!(group("0::/\n"), None);
        assert_eq!(group("1:cpu:/a\n"), None);
        assert!(pressure(&[u32::MAX]) <= 100, "of the whole machine");
    }
}
