//! How often a container that ended by itself is started again.

use std::time::Duration;

/// How often a container may be started again within some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How often at most.
    pub starts: usize,
    /// Within which time.
    pub within: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { starts: 5, within: Duration::from_mins(10) }
    }
}

impl Budget {
    /// Whether another start is within the budget, given the times of earlier ones (seconds since 1970, in any order);
    /// else the time at which it is. Times that lie ahead, because a clock was set back, count as now.
    pub fn allows(&self, earlier: &[i64], now: i64) -> Result<(), i64> {
        let within = i64::try_from(self.within.as_secs()).unwrap_or(i64::MAX);
        let times = earlier.iter().map(|time| (*time).min(now));
        let mut recent: Vec<i64> =
            times.filter(|time| now.saturating_sub(*time) < within).collect();
        recent.sort_unstable();
        if recent.len() < self.starts {
            return Ok(());
        }
        // The oldest of those that fill the budget has to be forgotten first.
        let oldest = recent.len().checked_sub(self.starts.max(1));
        let oldest = oldest.and_then(|place| recent.get(place)).copied().unwrap_or(now);
        Err(oldest.saturating_add(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget { starts: 3, within: Duration::from_mins(1) };

    #[test]
    fn what_ends_again_and_again_is_left_alone_for_a_while() {
        assert_eq!(BUDGET.allows(&[], 1_000), Ok(()));
        assert_eq!(BUDGET.allows(&[990, 995], 1_000), Ok(()));
        assert_eq!(BUDGET.allows(&[995, 990, 999], 1_000), Err(1_050));
        assert_eq!(BUDGET.allows(&[990, 995, 999], 1_050), Ok(()));
        assert_eq!(BUDGET.allows(&[900, 910, 920], 1_000), Ok(()));
        assert_eq!(BUDGET.allows(&[990, 995, 996, 999], 1_000), Err(1_055));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_block_for_long() {
        assert_eq!(BUDGET.allows(&[9_000, 9_001, 9_002], 1_000), Err(1_060));
    }

    #[test]
    fn a_budget_of_nothing_allows_nothing() {
        let budget = Budget { starts: 0, ..BUDGET };
        assert_eq!(budget.allows(&[], 1_000), Err(1_060));
    }
}
