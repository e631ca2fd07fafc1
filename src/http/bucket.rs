//! How much one address may send. Pure: the time is an argument.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::config::RateLimit;

/// Addresses that are remembered at most; the one that may send everything again soonest makes room.
const CAPACITY: usize = 10_000;

/// A bucket of tokens for each address. What is kept is when the bucket will be full again.
#[derive(Debug, Clone)]
pub(super) struct Buckets {
    limit: RateLimit,
    full_at: HashMap<IpAddr, Duration>,
    order: BTreeSet<(Duration, IpAddr)>,
}

impl Buckets {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self { limit, full_at: HashMap::new(), order: BTreeSet::new() }
    }

    /// The same addresses under another limit.
    pub(super) fn set_limit(&mut self, limit: RateLimit) {
        self.limit = limit;
    }

    /// Takes one token, else says after which pause there is one.
    pub(super) fn take(&mut self, address: IpAddr, now: Duration) -> Result<(), Duration> {
        let address = network(address);
        while let Some(first) = self.order.first().copied().filter(|(full, _)| *full <= now) {
            self.order.remove(&first);
            self.full_at.remove(&first.1);
        }
        let requests = u32::try_from(self.limit.requests).unwrap_or(u32::MAX).max(1);
        let token = (self.limit.per / requests).max(Duration::from_nanos(1));
        let before = self.full_at.get(&address).copied();
        let full = before.unwrap_or(now) + token;
        if let Some(pause) = full.checked_sub(now + self.limit.per).filter(|pause| !pause.is_zero())
        {
            return Err(pause);
        }
        if let Some(before) = before {
            self.order.remove(&(before, address));
        }
        self.full_at.insert(address, full);
        self.order.insert((full, address));
        if self.order.len() > CAPACITY
            && let Some((_, evicted)) = self.order.pop_first()
        {
            self.full_at.remove(&evicted);
        }
        Ok(())
    }
}

/// Who has one address of IPv6 has all of its network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { requests: 120, per: Duration::from_mins(1) };

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn exactly_the_excess_is_refused() {
        let mut buckets = Buckets::new(LIMIT);
        let now = Duration::from_secs(1000);
        let taken = (0..500).filter(|_| buckets.take(address("10.0.0.1"), now).is_ok()).count();
        assert_eq!(taken, 120);
        let pause = buckets.take(address("10.0.0.1"), now).unwrap_err();
        assert_eq!(pause, Duration::from_millis(500));
        assert!(buckets.take(address("10.0.0.1"), now + pause).is_ok());
        assert!(buckets.take(address("10.0.0.2"), now).is_ok(), "another address has its own");
        let later = now + Duration::from_mins(10);
        let taken = (0..500).filter(|_| buckets.take(address("10.0.0.1"), later).is_ok()).count();
        assert_eq!(taken, 120, "a bucket does not grow");
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_lets_nobody_in_twice() {
        let mut buckets = Buckets::new(RateLimit { requests: 1, per: Duration::from_secs(10) });
        assert!(buckets.take(address("10.0.0.1"), Duration::from_secs(100)).is_ok());
        assert!(buckets.take(address("10.0.0.1"), Duration::from_secs(50)).is_err());
    }

    #[test]
    fn many_addresses_do_not_fill_the_memory_and_a_network_counts_once() {
        let mut buckets = Buckets::new(LIMIT);
        for number in 0..30_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            assert!(buckets.take(address, Duration::from_secs(1)).is_ok());
        }
        assert_eq!((buckets.order.len(), buckets.full_at.len()), (CAPACITY, CAPACITY));
        let mut buckets = Buckets::new(RateLimit { requests: 1, ..LIMIT });
        assert!(buckets.take(address("2001:db8::1"), Duration::ZERO).is_ok());
        assert!(buckets.take(address("2001:db8::2"), Duration::ZERO).is_err());
        assert!(buckets.take(address("::ffff:10.0.0.1"), Duration::ZERO).is_ok());
        assert!(buckets.take(address("10.0.0.1"), Duration::ZERO).is_err());
    }
}
