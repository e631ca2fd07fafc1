//! Values that must not be printed.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Where Docker and systemd put the secrets of a container or unit; others cannot reach in there.
const PRIVATE_BY_PLACE: [&str; 2] = ["/run/secrets/", "/run/credentials/"];
/// Bytes that a reading begins with.
const FIRST: usize = 1 << 12;

/// Bytes that came out of an encrypted file. No `Display`, no `Serialize`; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads to the end, but not for ever: more than `most` bytes are refused. What is outgrown on the way is wiped.
    pub fn read(from: impl io::Read, most: usize) -> io::Result<Self> {
        let mut from = from.take(most as u64 + 1);
        let mut bytes = Zeroizing::new(vec![0; FIRST]);
        let mut length = 0;
        loop {
            if length == bytes.len() {
                let mut larger = Zeroizing::new(vec![0; 4 * length]);
                larger[..length].copy_from_slice(&bytes);
                bytes = larger;
            }
            match from.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(error),
            }
        }
        if length > most {
            let text = format!("it is larger than {} MiB", most >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        bytes.truncate(length);
        Ok(Self(bytes))
    }

    /// The first line that is not blank, without blanks around it: editors end files with a line feed.
    #[must_use]
    pub fn first_line(&self) -> Self {
        let lines = self.0.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        Self::new(lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default().to_vec())
    }

    /// The plain bytes: the word to look for in a review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The plain bytes as text, where they are UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// A warning, where a file's mode lets others read the credential in it.
pub fn others_may_read(setting: &str, path: &Path, mode: u32) -> Option<String> {
    let mode = mode & 0o777;
    let private = PRIVATE_BY_PLACE.iter().any(|place| path.starts_with(place));
    (mode & 0o077 != 0 && !private).then(|| {
        format!(
            "others may read `{}`, which `{setting}` names (mode {mode:04o}); `chmod 600` it",
            path.display()
        )
    })
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_ends_where_it_is_allowed_to() {
        let read = |bytes: usize, most| {
            Secret::read(io::repeat(b'x').take(bytes as u64), most)
                .map(|secret| secret.expose().len())
        };
        for bytes in [0, 1, FIRST, FIRST + 1, 5 * FIRST] {
            assert_eq!(read(bytes, bytes).unwrap(), bytes);
        }
        let refused = read((1 << 20) + 1, 1 << 20).unwrap_err();
        assert_eq!(refused.to_string(), "it is larger than 1 MiB");
        assert!(Secret::read(io::repeat(0), 1 << 20).is_err(), "what never ends is refused");
    }

    #[test]
    fn the_first_line_is_the_first_that_says_something() {
        let first = |text: &str| Secret::new(text.into()).first_line();
        assert_eq!(first(" \n token \r\nmore").expose(), b"token");
        assert_eq!(first("\n").expose(), b"");
    }
}
