//! Chance, from the system.

use aes_gcm::aead::OsRng;
use aes_gcm::aead::rand_core::RngCore as _;
use zeroize::Zeroizing;

/// Bytes that nobody can guess.
pub(super) fn bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    OsRng.fill_bytes(&mut *bytes);
    bytes
}
