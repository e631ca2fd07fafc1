//! What tells later why: kept in a directory that does not grow.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::systemd::Manager;

use super::kernel::records;
use super::quarantine::stamp;

/// How many collections are kept.
const KEPT: usize = 10;
/// How much of one file is kept.
const MOST: u64 = 2 << 20;
/// How long Docker may take to write what it is doing.
const DUMP: Duration = Duration::from_secs(3);

/// Collects what there is, and answers where. What cannot be had is left out.
pub(super) async fn collect(
    manager: &Manager,
    directory: &Path,
    root: &Path,
    now: i64,
) -> std::io::Result<PathBuf> {
    let place = directory.join(stamp(now));
    let dumped = manager.dump().await.is_ok();
    let log = manager.logs(400).await;
    if dumped {
        tokio::time::sleep(DUMP).await;
    }
    let (place, directory, root) = (place, directory.to_owned(), root.to_owned());
    let written = tokio::task::spawn_blocking(move || {
        fs::create_dir_all(&place)?;
        fs::write(place.join("log.txt"), &log)?;
        fs::write(place.join("machine.txt"), machine(&root))?;
        fs::write(place.join("kernel.txt"), kernel())?;
        if let Some(dump) = newest_dump() {
            keep(&dump, &place.join("goroutines.log"));
        }
        forget(&directory);
        Ok(place)
    });
    written.await.map_err(std::io::Error::other)?
}

/// Disk, memory and pressure, in words.
fn machine(root: &Path) -> String {
    let read = |path: &str| {
        let text = fs::read_to_string(path).unwrap_or_else(|error| format!("{error}\n"));
        format!("--- {path} ---\n{text}\n")
    };
    let mut text = String::new();
    for name in ["pressure/cpu", "pressure/io", "pressure/memory", "loadavg", "meminfo"] {
        text += &read(&format!("/proc/{name}"));
    }
    if let Ok(pid) = fs::read_to_string("/var/run/docker.pid") {
        for name in ["status", "wchan", "stack"] {
            text += &read(&format!("/proc/{}/{name}", pid.trim()));
        }
    }
    if let Ok(room) = rustix::fs::statvfs(root) {
        let (free, all) =
            ((room.f_bavail * room.f_frsize) >> 20, (room.f_blocks * room.f_frsize) >> 20);
        text += &format!("--- {} ---\n{free} of {all} MiB free, ", root.display());
        text += &format!("{} of {} inodes free\n", room.f_favail, room.f_files);
    }
    text
}

/// The end of the kernel's log: processes that it killed for memory, disks that fail.
fn kernel() -> String {
    let records = records();
    let last = records.iter().skip(records.len().saturating_sub(500));
    let lines = last.map(|(at, text)| format!("{:>10} s  {text}", at.0 / 1000));
    lines.collect::<Vec<_>>().join("\n")
}

/// Docker's last dump of what it is doing.
fn newest_dump() -> Option<PathBuf> {
    let entries = fs::read_dir("/run/docker").ok()?.flatten();
    let dumps =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("goroutine-stacks"));
    dumps.max_by_key(fs::DirEntry::file_name).map(|entry| entry.path())
}

fn keep(from: &Path, to: &Path) {
    let Ok(file) = fs::File::open(from) else { return };
    let mut text = Vec::new();
    if file.take(MOST).read_to_end(&mut text).is_ok() {
        let _unwritten = fs::write(to, text);
        // Docker never removes its own.
        let _stays = fs::remove_file(from);
    }
}

/// Forgets the oldest collections.
fn forget(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut all = entries.map(|entry| entry.path()).collect::<Vec<_>>();
    all.sort();
    for old in all.iter().rev().skip(KEPT) {
        let _stays = fs::remove_dir_all(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_collections_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        for number in 10..25 {
            fs::create_dir(directory.path().join(number.to_string())).unwrap();
        }
        forget(directory.path());
        let mut names = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        assert_eq!((names.len(), names[0].as_str()), (KEPT, "15"));
    }

    #[test]
    fn the_machine_is_told_in_words() {
        let text = machine(Path::new("/"));
        assert!(text.contains("inodes free") && text.contains("--- /proc/loadavg ---"), "{text}");
    }
}
