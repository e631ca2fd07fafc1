//! What became of webhooks, counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::webhook::Provider;

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted,
    Ping,
    Ignored,
    Duplicate,
    Unproven,
    Malformed,
    Limited,
    Busy,
}

impl Fate {
    const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Ping,
        Self::Ignored,
        Self::Duplicate,
        Self::Unproven,
        Self::Malformed,
        Self::Limited,
        Self::Busy,
    ];

    /// Its word as a label.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Ping => "ping",
            Self::Ignored => "ignored",
            Self::Duplicate => "duplicate",
            Self::Unproven => "unproven",
            Self::Malformed => "malformed",
            Self::Limited => "limited",
            Self::Busy => "busy",
        }
    }
}

/// How often what became of whose webhooks.
#[derive(Debug)]
pub(super) struct Tally(Vec<AtomicU64>);

impl Default for Tally {
    fn default() -> Self {
        Self((0..Provider::ALL.len() * Fate::ALL.len()).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Tally {
    pub(super) fn count(&self, provider: Provider, fate: Fate) {
        let place = provider as usize * Fate::ALL.len() + fate as usize;
        if let Some(counter) = self.0.get(place) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything that happened at least once, by provider and fate.
    pub(super) fn read(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut all = BTreeMap::new();
        for provider in Provider::ALL {
            for fate in Fate::ALL {
                let place = provider as usize * Fate::ALL.len() + fate as usize;
                let count = self.0.get(place).map_or(0, |counter| counter.load(Ordering::Relaxed));
                if count > 0 {
                    all.insert((provider.word(), fate.word()), count);
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_and_fate_has_a_counter_of_its_own() {
        let tally = Tally::default();
        for provider in Provider::ALL {
            for fate in Fate::ALL {
                tally.count(provider, fate);
            }
        }
        let all = tally.read();
        assert_eq!(all.len(), Provider::ALL.len() * Fate::ALL.len());
        assert!(all.values().all(|count| *count == 1), "{all:?}");
    }
}
