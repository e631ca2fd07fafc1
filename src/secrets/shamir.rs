//! Shamir's secret sharing over GF(2^8), as SOPS divides a data key among key groups: a share is its bytes and then its
//! number.

use zeroize::Zeroizing;

/// A share, or the secret; wiped from memory when it is dropped.
pub(super) type Share = Zeroizing<Vec<u8>>;

/// What the numbers are reduced by: x^8 + x^4 + x^3 + x + 1.
const REDUCE: u8 = 0x1b;

/// The secret that the shares were made of; `None` when they do not belong together. Too few shares give another secret.
pub(super) fn combine(shares: &[Share]) -> Option<Share> {
    let (first, rest) = shares.split_first()?;
    let size = first.len().checked_sub(1).filter(|size| *size > 0)?;
    if rest.iter().any(|share| share.len() != first.len()) {
        return None;
    }
    let numbers: Vec<u8> = shares.iter().map(|share| share[size]).collect();
    let distinct = (1..numbers.len()).all(|at| !numbers[..at].contains(&numbers[at]));
    if !distinct || numbers.contains(&0) {
        return None;
    }
    let weights: Vec<u8> = (0..numbers.len()).map(|at| weight(&numbers, at)).collect();
    let byte = |at: usize| {
        shares.iter().zip(&weights).fold(0, |sum, (share, weight)| sum ^ times(share[at], *weight))
    };
    Some(Zeroizing::new((0..size).map(byte).collect()))
}

/// The value at 0 of the polynomial that is 1 at the number `at` and 0 at all others.
fn weight(numbers: &[u8], at: usize) -> u8 {
    let others = numbers.iter().enumerate().filter(|(other, _)| *other != at);
    others
        .fold(1, |product, (_, other)| times(product, times(*other, inverse(numbers[at] ^ other))))
}

pub(super) fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & 0_u8.wrapping_sub(b & 1);
        let carry = 0_u8.wrapping_sub(a >> 7);
        a = (a << 1) ^ (REDUCE & carry);
        b >>= 1;
    }
    product
}

/// a^254: what a has to be multiplied with to give 1.
fn inverse(a: u8) -> u8 {
    let (mut power, mut result) = (a, 1);
    for _ in 0..7 {
        power = times(power, power);
        result = times(result, power);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_but_zero_has_an_inverse() {
        assert!((1..=255).all(|a| times(a, inverse(a)) == 1));
        assert_eq!(times(0x57, 0x83), 0xc1);
    }

    /// Shares of `secret` with the other coefficients of its polynomials given.
    fn split(secret: &[u8], coefficients: &[u8], numbers: &[u8]) -> Vec<Share> {
        let at = |number: u8, byte: u8| {
            let high = coefficients.iter().rev().fold(0, |sum, next| times(sum ^ next, number));
            high ^ byte
        };
        let share = |number: &u8| {
            let mut share: Vec<u8> = secret.iter().map(|byte| at(*number, *byte)).collect();
            share.push(*number);
            Zeroizing::new(share)
        };
        numbers.iter().map(share).collect()
    }

    #[test]
    fn enough_shares_give_the_secret_in_any_order_and_fewer_do_not() {
        let shares =
            split(b"thirty-two bytes of a data key..", &[0x3c, 0xa7], &[1, 2, 3, 200, 255]);
        let of = |which: &[usize]| {
            combine(&which.iter().map(|at| shares[*at].clone()).collect::<Vec<_>>())
        };
        for which in [&[0, 1, 2][..], &[4, 0, 3], &[2, 1, 0, 3, 4]] {
            assert_eq!(of(which).unwrap().as_slice(), b"thirty-two bytes of a data key..");
        }
        assert_ne!(of(&[0, 1]).unwrap().as_slice(), b"thirty-two bytes of a data key..");
    }

    #[test]
    fn shares_that_do_not_belong_together_are_refused() {
        let shares = split(b"secret", &[5], &[1, 2, 0]);
        assert!(combine(&[]).is_none());
        assert!(combine(&[shares[0].clone(), shares[0].clone()]).is_none());
        assert!(combine(&[shares[0].clone(), shares[2].clone()]).is_none());
        assert!(combine(&[shares[0].clone(), Zeroizing::new(vec![1, 2])]).is_none());
        assert!(combine(&[Zeroizing::new(vec![1])]).is_none());
    }
}
