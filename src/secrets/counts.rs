//! How many files were decrypted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::Error;
use super::open::Opened;

/// Files that were decrypted, and those that could not be.
#[derive(Debug, Default)]
pub struct Counts {
    decrypted: AtomicU64,
    failed: AtomicU64,
}

impl Counts {
    /// What was counted, by what came of it.
    pub fn read(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [("decrypted", read(&self.decrypted)), ("failed", read(&self.failed))].into_iter()
    }

    pub(super) fn count(&self, opened: &Result<Opened, Error>) {
        let counter = match opened {
            Ok(Opened::Plain) => return,
            Ok(Opened::Decrypted(_)) => &self.decrypted,
            Err(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::keys::Keys;

    #[test]
    fn files_that_are_encrypted_are_counted_by_what_came_of_them() {
        let keys = Keys::default();
        let age = b"age-encryption.org/v1\n-> X25519 AAAA\nBBBB\n--- CCCC\n";
        keys.open(Path::new("plain.env"), b"A=1\n").unwrap();
        keys.open(Path::new("sealed.age"), age).unwrap_err();
        let counted: Vec<_> = keys.counts.read().collect();
        assert_eq!(counted, [("decrypted", 0), ("failed", 1)]);
    }
}
