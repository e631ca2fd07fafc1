//! What was seen, so that it counts once.

use std::collections::{BTreeSet, HashMap};

use super::verdict::{Digest, Once};

/// Digests that are remembered at most; the one that would be forgotten first makes room.
const CAPACITY: usize = 10_000;

/// Digests, each until its time.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    until: HashMap<Digest, i64>,
    order: BTreeSet<(i64, Digest)>,
}

impl Seen {
    /// Whether this is the first time; it is remembered then.
    pub fn first_time(&mut self, once: Once, now: i64) -> bool {
        self.expire(now);
        if self.until.contains_key(&once.digest) {
            return false;
        }
        self.until.insert(once.digest, once.until);
        self.order.insert((once.until, once.digest));
        if self.order.len() > CAPACITY
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.until.remove(&oldest);
        }
        true
    }

    /// Forgets it: what it asked for was not taken on, and may be asked for again.
    pub fn forget(&mut self, digest: &Digest) {
        if let Some(until) = self.until.remove(digest) {
            self.order.remove(&(until, *digest));
        }
    }

    /// What is remembered, that which is forgotten first before the rest.
    pub fn all(&self) -> impl Iterator<Item = Once> {
        self.order.iter().map(|(until, digest)| Once { digest: *digest, until: *until })
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn expire(&mut self, now: i64) {
        while let Some((until, digest)) = self.order.first().copied() {
            if until > now {
                break;
            }
            self.order.remove(&(until, digest));
            self.until.remove(&digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(number: u32, until: i64) -> Once {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        Once { digest, until }
    }

    #[test]
    fn what_was_seen_counts_again_only_after_its_time_or_when_it_was_forgotten() {
        let mut seen = Seen::default();
        assert!(seen.first_time(once(1, 100), 0));
        assert!(!seen.first_time(once(1, 150), 50));
        assert!(seen.first_time(once(1, 200), 100), "its time is over");
        seen.forget(&once(1, 0).digest);
        assert!(seen.first_time(once(1, 200), 101));
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn a_flood_does_not_fill_the_memory() {
        let mut seen = Seen::default();
        for number in 0..12_000 {
            assert!(seen.first_time(once(number, 1_000_000 + i64::from(number)), 0));
        }
        assert_eq!((seen.len(), seen.until.len()), (CAPACITY, CAPACITY));
        assert!(!seen.first_time(once(11_999, 0), 0));
    }
}
