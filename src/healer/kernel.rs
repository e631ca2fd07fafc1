//! What the kernel says of the disk, in its own log. Everything here blocks for a moment.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use crate::heal::Up;

const LOG: &str = "/dev/kmsg";
/// How many records are read at most.
const MOST: usize = 20_000;
/// How long an error of a disk counts. A disk that fails tells it again.
const COUNTS: Duration = Duration::from_hours(1);
/// Parts of lines that tell of a file system or a disk that fails.
const ERRORS: &[&str] = &[
    "EXT4-fs error",
    "EXT4-fs warning (device",
    "Remounting filesystem read-only",
    "Aborting journal on device",
    "Buffer I/O error",
    "I/O error, dev",
    "metadata I/O error",
    "Filesystem has been shut down",
    "Shutting down filesystem",
    "BTRFS error",
    "BTRFS critical",
];

/// The records of the kernel's log, each with its time since boot; none where it cannot be read.
pub(super) fn records() -> Vec<(Up, String)> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let Ok(mut log) = OpenOptions::new().read(true).custom_flags(flags).open(LOG) else {
        return Vec::new();
    };
    // In some containers it is a pipe, or a terminal.
    if !log.metadata().is_ok_and(|data| data.file_type().is_char_device()) || is_terminal(&log) {
        return Vec::new();
    }
    let (mut found, mut buffer) = (Vec::new(), vec![0; 8192]);
    for _ in 0..MOST {
        match log.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                found.extend(record(&String::from_utf8_lossy(&buffer[..length])));
            }
            // It was overwritten while it was read; the next one is there.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => (),
            Err(_no_more) => break,
        }
    }
    found
}

fn is_terminal(file: &File) -> bool {
    rustix::termios::isatty(file)
}

/// `6,339,5140900,-;text`, and further lines that are nothing to us.
fn record(text: &str) -> Option<(Up, String)> {
    let (head, rest) = text.split_once(';')?;
    let micros: u64 = head.split(',').nth(2)?.parse().ok()?;
    Some((Up(micros / 1000), rest.lines().next().unwrap_or_default().to_owned()))
}

/// Whether the kernel told of errors of the disk below a directory, not long ago.
pub(super) fn tells_of_errors(root: &Path, now: Up) -> bool {
    let Some(names) = fs::metadata(root).ok().map(|data| names(data.dev())) else { return false };
    let is_recent = |at: Up| now.since(at) < COUNTS;
    !names.is_empty() && records().iter().any(|(at, text)| is_recent(*at) && is_error(text, &names))
}

/// What the kernel calls a device, and the disk that it is a part of.
fn names(device: u64) -> BTreeSet<String> {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let Ok(place) = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")) else {
        return BTreeSet::new();
    };
    let mut names = BTreeSet::new();
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    names.extend(name(&place));
    if place.join("partition").exists() {
        names.extend(place.parent().and_then(name));
    }
    names
}

/// Whether a line tells of an error of one of these devices.
fn is_error(text: &str, names: &BTreeSet<String>) -> bool {
    let is_name = |word: &str| {
        // A journal is called by its device and a number: `sda1-8`.
        names.contains(word)
            || word.rsplit_once('-').is_some_and(|(device, _)| names.contains(device))
    };
    let inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    ERRORS.iter().any(|part| text.contains(part))
        && text.split(|letter: char| !inside(letter)).any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_disk_are_told_from_others() {
        let names = BTreeSet::from(["sda1".to_owned(), "sda".to_owned(), "dm-0".to_owned()]);
        for line in [
            "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory",
            "EXT4-fs (sda1): Remounting filesystem read-only",
            "Aborting journal on device sda1-8.",
            "I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0",
            "Buffer I/O error on dev dm-0, logical block 1, async page read",
        ] {
            assert!(is_error(line, &names), "{line}");
        }
        for line in [
            "I/O error, dev sdb, sector 2048 op 0x0:(READ) flags 0x0",
            "EXT4-fs (sda1): mounted filesystem with ordered data mode",
            "Buffer I/O error on dev dm-01, logical block 1",
        ] {
            assert!(!is_error(line, &names), "{line}");
        }
    }

    #[test]
    fn a_record_has_a_time_and_a_text() {
        let text = "6,339,5140900,-;EXT4-fs (sda1): mounted\n SUBSYSTEM=block\n";
        assert_eq!(record(text), Some((Up(5140), "EXT4-fs (sda1): mounted".to_owned())));
        assert_eq!(record("nothing"), None);
    }
}
