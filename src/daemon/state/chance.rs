//! Chance that can be repeated: the seed comes from outside.

use std::time::Duration;

/// A row of numbers that look random (xorshift).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        // Zero would stay zero for ever.
        Self(seed | 1)
    }

    /// A span within a tenth of `span`, more or less.
    pub(super) fn around(&mut self, span: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let share = u32::try_from(self.0 % 201).unwrap_or(100);
        (span * 9) / 10 + span * share / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_spread_by_a_tenth_more_or_less() {
        let mut chance = Chance::of(7);
        let minute = Duration::from_mins(1);
        let spans: Vec<Duration> = (0..500).map(|_| chance.around(minute)).collect();
        assert!(spans.iter().all(|span| (54..=66).contains(&span.as_secs())), "{spans:?}");
        assert!(spans.iter().any(|span| span.as_secs() < 56));
        assert!(spans.iter().any(|span| span.as_secs() >= 64));
    }
}
