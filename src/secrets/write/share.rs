//! A data key, divided among key groups.

use crate::secrets::leaf::KEY_SIZE;
use crate::secrets::random;
use crate::secrets::shamir::{Share, times};

/// Divides a data key into `parts`, of which any `threshold` give it back.
pub(super) fn split(key: &[u8; KEY_SIZE], parts: u8, threshold: usize) -> Vec<Share> {
    let mut shares: Vec<Share> = (1..=parts).map(|_| Share::new(Vec::new())).collect();
    for byte in key {
        let curve: Vec<_> = (1..threshold).map(|_| random::bytes::<1>()).collect();
        for (share, number) in shares.iter_mut().zip(1..=parts) {
            let above = curve.iter().rev().fold(0, |sum, next| times(sum ^ next[0], number));
            share.push(above ^ byte);
        }
    }
    for (share, number) in shares.iter_mut().zip(1..=parts) {
        share.push(number);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::shamir::combine;

    #[test]
    fn any_shares_that_are_enough_give_the_key_back() {
        let key: [u8; KEY_SIZE] = *random::bytes();
        for (parts, threshold) in [(2, 2), (3, 2), (5, 3), (255, 4)] {
            let shares = split(&key, parts, threshold);
            let last = &shares[shares.len() - threshold..];
            assert_eq!(combine(last).unwrap().as_slice(), key);
            assert_eq!(combine(&shares[..threshold]).unwrap().as_slice(), key);
            assert_ne!(combine(&shares[1..threshold]).map(|key| key.to_vec()), Some(key.to_vec()));
        }
    }
}
