//! Text as it is written: what it outgrows is wiped, and not left behind in memory.

use std::io;

use zeroize::Zeroizing;

/// The room of a text that has just begun.
const FIRST: usize = 1 << 10;

/// Text as it is written.
#[derive(Default)]
pub(super) struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    /// Writes bytes behind what there is.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let room = needed.max(2 * self.0.capacity()).max(FIRST);
            let mut larger = Zeroizing::new(Vec::with_capacity(room));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    /// Writes text behind what there is.
    pub(super) fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// Writes bytes with something else in the place of every `from`.
    pub(super) fn push_replaced(&mut self, bytes: &[u8], from: u8, to: &[u8]) {
        for (index, part) in bytes.split(|byte| *byte == from).enumerate() {
            if index > 0 {
                self.push(to);
            }
            self.push(part);
        }
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was written, for whoever wipes it.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_holds_what_was_written_however_often_it_grew() {
        let mut buffer = Buffer::default();
        assert!(buffer.is_empty());
        for _ in 0..2000 {
            buffer.push_replaced(b"a\nb", b'\n', b"\\n");
        }
        assert_eq!(buffer.into_bytes(), b"a\\nb".repeat(2000));
    }
}
