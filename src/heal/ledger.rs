//! What was done, how often, and what may be done now.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::remedy::{DAILY, HOURLY, Remedy, Step};
use super::time::{Now, Up, words};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// A reboot is no remedy for a machine that just booted.
const SETTLED: Duration = Duration::from_mins(15);

/// One remedy that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What.
    pub remedy: Remedy,
    /// When it was begun.
    pub at: Now,
}

impl Entry {
    /// How long ago it was begun; never more than is certain. Within one boot the monotonic clock tells. Across a boot the
    /// wall clock does, unless it says less than the time since boot, which is then all that is known.
    pub fn age(&self, now: &Now) -> Duration {
        if self.at.boot == now.boot {
            return now.up.since(self.at.up);
        }
        let least = now.up.since(Up(0));
        let told = u64::try_from(now.wall.saturating_sub(self.at.wall)).unwrap_or(0);
        least.max(Duration::from_secs(told))
    }
}

/// The remedies of the last day. It outlives Conductor and the machine's restarts, so that neither a crash loop of
/// Conductor nor a reboot gives a new budget.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: Vec<Entry>,
}

/// Why a remedy may not be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It was used a moment ago; it may be used again after this time.
    Cooling(Duration),
    /// It, or all of them together, were used too often.
    Spent(String),
}

impl Refusal {
    /// Why, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Cooling(left) => format!("not again within {}", words(*left)),
            Self::Spent(why) => why.clone(),
        }
    }
}

impl Ledger {
    /// Notes that a remedy is begun, and forgets what is older than a day.
    pub fn note(&mut self, remedy: Remedy, now: &Now) {
        self.entries.retain(|entry| entry.age(now) < DAY);
        self.entries.push(Entry { remedy, at: now.clone() });
    }

    /// What is noted.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Forgets everything: a person says that it may begin anew.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether a remedy may be used now.
    pub fn allows(&self, remedy: &Remedy, now: &Now) -> Result<(), Refusal> {
        let step = remedy.step();
        let limits = step.limits();
        let young = SETTLED.checked_sub(now.up.since(Up(0))).filter(|left| !left.is_zero());
        if let (Step::Reboot, Some(left)) = (step, young) {
            return Err(Refusal::Cooling(left));
        }
        let same = |entry: &&Entry| same_kind(&entry.remedy, remedy);
        let last = self.entries.iter().filter(same).map(|entry| entry.age(now)).min();
        if let Some(left) = last.and_then(|age| limits.pause.checked_sub(age))
            && !left.is_zero()
        {
            return Err(Refusal::Cooling(left));
        }
        let count =
            |within| self.entries.iter().filter(same).filter(|e| e.age(now) < within).count();
        let (hour, day) = (count(HOUR), count(DAY));
        if hour >= limits.hourly || day >= limits.daily {
            return Err(Refusal::Spent(format!(
                "`{}` was used {hour} times within an hour and {day} times within a day",
                step.word()
            )));
        }
        if step.is_of_engine() {
            let (hour, day) = (self.of_engine(HOUR, now), self.of_engine(DAY, now));
            if hour >= HOURLY || day >= DAILY {
                return Err(Refusal::Spent(format!(
                    "{hour} remedies within an hour and {day} within a day are enough"
                )));
            }
        }
        Ok(())
    }

    /// How many remedies touched the engine as a whole within that time.
    pub fn of_engine(&self, within: Duration, now: &Now) -> usize {
        let entries = self.entries.iter().filter(|entry| entry.remedy.step().is_of_engine());
        entries.filter(|entry| entry.age(now) < within).count()
    }
}

/// Whether two remedies are counted together: by step, and for single containers by container.
fn same_kind(one: &Remedy, other: &Remedy) -> bool {
    match (one, other) {
        (Remedy::Container { id: one, .. }, Remedy::Container { id: other, .. }) => one == other,
        (one, other) => one.step() == other.step(),
    }
}
