//! What was seen, kept over restarts: a file of fixed records, appended to, and written anew when it has grown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::hooks::{Digest, Once, Seen};

/// Bytes of a record: the time until which it counts, and the digest. A time of zero takes a digest back.
const RECORD: usize = 8 + 32;
/// Records that the file may hold before it is written anew.
const MAX_RECORDS: u64 = 40_000;

/// [`Seen`], and the file that it is kept in.
#[derive(Debug)]
pub(super) struct SeenFile {
    seen: Seen,
    path: PathBuf,
    file: Option<File>,
    records: u64,
    problem: Option<String>,
}

impl SeenFile {
    /// Reads what was kept. A file that cannot be read or written is a word for people; everything else goes on.
    pub(super) fn open(path: &Path, now: i64) -> Self {
        let mut all = Self {
            seen: Seen::default(),
            path: path.to_owned(),
            file: None,
            records: 0,
            problem: None,
        };
        let kept = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                all.problem(&error);
                return all;
            }
        };
        // A record that was being written when the power went is not whole, and left out.
        for record in kept.chunks_exact(RECORD) {
            let (until, digest) = record.split_at(8);
            let (Ok(until), Ok(digest)) = (until.try_into(), Digest::try_from(digest)) else {
                continue;
            };
            match i64::from_be_bytes(until) {
                0 => all.seen.forget(&digest),
                // A day, and not what a clock that was wrong made of it.
                until => {
                    all.seen.first_time(Once { digest, until: until.min(now + 2 * 86_400) }, now);
                }
            }
        }
        all.rewrite();
        all
    }

    /// Whether this is the first time; it is remembered then.
    pub(super) fn first_time(&mut self, once: Once, now: i64) -> bool {
        let first = self.seen.first_time(once, now);
        if first {
            self.append(once.until, &once.digest);
        }
        first
    }

    /// Forgets it, so that it may be asked for again.
    pub(super) fn forget(&mut self, digest: &Digest) {
        self.seen.forget(digest);
        self.append(0, digest);
    }

    /// Why it is not kept, once.
    pub(super) fn take_problem(&mut self) -> Option<String> {
        self.problem.take()
    }

    fn append(&mut self, until: i64, digest: &Digest) {
        let Some(file) = &mut self.file else { return };
        let mut record = until.to_be_bytes().to_vec();
        record.extend_from_slice(digest);
        if let Err(error) = file.write_all(&record) {
            self.problem(&error);
            return;
        }
        self.records += 1;
        if self.records > MAX_RECORDS {
            self.rewrite();
        }
    }

    /// Writes what counts to a new file beside the old one, which it takes the place of.
    fn rewrite(&mut self) {
        let beside = self.path.with_extension("new");
        let records: Vec<u8> = self
            .seen
            .all()
            .flat_map(|once| once.until.to_be_bytes().into_iter().chain(once.digest))
            .collect();
        let written = fs::write(&beside, &records)
            .and_then(|()| fs::rename(&beside, &self.path))
            .and_then(|()| OpenOptions::new().append(true).open(&self.path));
        match written {
            Ok(file) => {
                self.file = Some(file);
                self.records = (records.len() / RECORD) as u64;
            }
            Err(error) => self.problem(&error),
        }
    }

    fn problem(&mut self, error: &io::Error) {
        let path = self.path.display();
        self.file = None;
        self.problem =
            Some(format!("webhooks that were seen are not kept over a restart: `{path}`: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(byte: u8) -> Once {
        Once { digest: [byte; 32], until: 86_400 }
    }

    #[test]
    fn what_was_seen_is_still_known_after_a_restart_and_after_a_torn_write() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("webhooks.seen");
        let mut seen = SeenFile::open(&path, 0);
        assert!(seen.first_time(once(1), 0) && seen.first_time(once(2), 0));
        seen.forget(&once(2).digest);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"torn").unwrap();
        let mut again = SeenFile::open(&path, 10);
        assert!(!again.first_time(once(1), 10));
        assert!(again.first_time(once(2), 10), "it was taken back");
        assert!(SeenFile::open(&path, 86_400).first_time(once(1), 86_400), "its day is over");
        assert_eq!(again.take_problem(), None);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_a_word_and_no_end() {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = SeenFile::open(&dir.path().join("missing/webhooks.seen"), 0);
        assert!(seen.first_time(once(1), 0) && !seen.first_time(once(1), 0));
        assert!(seen.take_problem().unwrap().contains("webhooks.seen"));
    }
}
