//! The machine: its disk, its package manager. Everything here blocks.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::kernel::tells_of_errors;
use crate::heal::{Canary, Disk};
use crate::systemd::up;

/// A line of `/proc/self/mountinfo`: the mount point, the type and the options of the file system.
struct Mount {
    point: PathBuf,
    kind: String,
    options: String,
}

fn mount_of(path: &Path) -> Option<Mount> {
    let text = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mounts = text.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(4);
        let point = PathBuf::from(left.next()?.replace("\\040", " "));
        let of_mount = left.next()?;
        let mut right = right.split(' ');
        let kind = right.next()?.to_owned();
        let options = format!("{of_mount},{}", right.nth(1).unwrap_or_default());
        path.starts_with(&point).then_some(Mount { point, kind, options })
    });
    // The deepest one; of those on the same point the last, which covers the others.
    mounts.fold(None, |best: Option<Mount>, mount| match best {
        Some(best) if best.point.as_os_str().len() > mount.point.as_os_str().len() => Some(best),
        Some(_) | None => Some(mount),
    })
}

/// The file system that a directory is on, in words that stay the same from boot to boot: device numbers and names do not.
pub(super) fn mount_words(path: &Path) -> String {
    let mount = mount_of(path);
    mount.map(|mount| format!("{} {}", mount.point.display(), mount.kind)).unwrap_or_default()
}

/// Where a process sees a hierarchy of cgroups that takes no writes: it can start no container then.
pub(super) fn closed_cgroups(pid: u32) -> Option<String> {
    closed(&fs::read_to_string(format!("/proc/{pid}/mountinfo")).ok()?)
}

fn closed(mounts: &str) -> Option<String> {
    // Those that are mounted elsewhere are a container's or a program's own.
    let hierarchies = mounts.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(4);
        let (point, of_mount) = (left.next()?, left.next()?);
        let mut right = right.split(' ');
        let kind = right.next()?;
        let is_one = matches!(kind, "cgroup" | "cgroup2") && Path::new(point).starts_with(CGROUPS);
        let options = of_mount.split(',').chain(right.nth(1)?.split(','));
        let is_closed = options.into_iter().any(|option| option == "ro");
        is_one.then(|| (point.to_owned(), is_closed))
    });
    // Of several mounts on one point the last covers the others.
    let hierarchies: BTreeMap<String, bool> = hierarchies.collect();
    hierarchies.into_iter().find_map(|(point, is_closed)| is_closed.then_some(point))
}

/// Where Docker looks for cgroups.
const CGROUPS: &str = "/sys/fs/cgroup";

/// Looks at the disk of Docker's data. `mounted`: the mount that it was on when all was well.
pub(super) fn disk(root: &Path, mounted: Option<&str>) -> Disk {
    let there = fs::metadata(root).is_ok();
    let options = mount_of(root).map(|mount| mount.options).unwrap_or_default();
    // ext4 says so after it gave up on a disk, beside `rw`.
    let broken =
        options.split(',').any(|option| matches!(option, "emergency_ro" | "abort" | "shutdown"));
    let canary = if there { canary(root) } else { Canary::Written };
    let space = rustix::fs::statvfs(root).ok();
    let blocks = |pick: fn(&rustix::fs::StatVfs) -> u64| {
        space.as_ref().map_or(0, |room| pick(room).saturating_mul(room.f_frsize))
    };
    Disk {
        free: if space.is_some() { blocks(|room| room.f_bavail) } else { u64::MAX },
        size: blocks(|room| room.f_blocks),
        inodes_free: space.as_ref().map_or(0, |room| room.f_ffree),
        inodes: space.as_ref().map_or(0, |room| room.f_files),
        canary,
        errors: broken || tells_of_errors(root, up()),
        mounted: there
            && mounted.is_none_or(|mount| mount.is_empty() || mount == mount_words(root)),
    }
}

/// Writes a small file and forces it to the disk.
fn canary(root: &Path) -> Canary {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(root.join(".conductor-canary"))?;
        file.write_all(b"This file shows Conductor that the disk takes writes.\n")?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Canary::Written,
        Err(error) if is_full(error.kind()) => Canary::NoSpace,
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Canary::ReadOnly,
        Err(_failed) => Canary::Failed,
    }
}

fn is_full(kind: io::ErrorKind) -> bool {
    kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::QuotaExceeded
}

/// Locks that package managers hold while they work.
const LOCKS: &[&str] = &[
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/rpm/.rpm.lock",
    "/usr/lib/sysimage/rpm/.rpm.lock",
    "/var/lib/pacman/db.lck",
    "/lib/apk/db/lock",
];

/// Whether a package manager holds its lock.
pub(super) fn upgrading() -> bool {
    let held = fs::read_to_string("/proc/locks").unwrap_or_default();
    LOCKS.iter().filter_map(|path| fs::metadata(path).ok().map(|data| (path, data))).any(
        // pacman's file is there while it works, and gone afterwards.
        |(path, data)| path.ends_with("db.lck") || is_held(&held, data.ino()),
    )
}

/// Whether a list of locks names the file with this number as locked for writing.
fn is_held(locks: &str, inode: u64) -> bool {
    let ending = format!(":{inode}");
    locks.lines().any(|line| {
        line.contains("WRITE") && line.split_whitespace().any(|part| part.ends_with(&ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_takes_writes_is_well() {
        let directory = tempfile::tempdir().unwrap();
        let found = disk(directory.path(), None);
        assert_eq!((found.canary, found.mounted, found.errors), (Canary::Written, true, false));
        assert!(found.size > 0 && found.free <= found.size);
        assert!(!disk(directory.path(), Some("/elsewhere ext4")).mounted);
        assert!(!disk(Path::new("/nowhere/at/all"), None).mounted);
    }

    #[test]
    fn locks_are_read() {
        let locks = "1: POSIX  ADVISORY  WRITE 1234 fe:00:5907009 0 EOF\n2: FLOCK  ADVISORY  READ 1 fe:00:613 0 EOF";
        assert!(is_held(locks, 5_907_009));
        assert!(!is_held(locks, 613) && !is_held(locks, 7009));
    }

    #[test]
    fn a_hierarchy_of_cgroups_that_takes_no_writes_is_found() {
        let memory =
            "517 516 0:32 / /sys/fs/cgroup/memory ro,nosuid shared:275 - cgroup cgroup rw,memory";
        let cpu = "518 516 0:29 / /sys/fs/cgroup/cpu rw,nosuid shared:276 - cgroup cgroup rw,cpu";
        let around =
            "516 742 0:130 / /sys/fs/cgroup ro,nosuid shared:255 - tmpfs tmpfs ro,size=4096k";
        let check = |lines: &[&str]| closed(&lines.join("\n"));
        assert_eq!(check(&[around, memory, cpu]).as_deref(), Some("/sys/fs/cgroup/memory"));
        assert_eq!(check(&[around, cpu]), None, "the directory of all of them need take none");
        let again = memory.replace("ro,", "rw,");
        assert_eq!(check(&[memory, &again]), None, "covered by another mount");
        let elsewhere = memory.replace("/sys/fs/cgroup/memory", "/var/lib/lxcfs/cgroup");
        assert_eq!(check(&[&elsewhere]), None);
        let whole = "30 24 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 ro,nsdelegate";
        assert_eq!(check(&[whole]).as_deref(), Some("/sys/fs/cgroup"));
    }
}
