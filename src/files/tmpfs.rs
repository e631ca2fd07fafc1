//! Where secrets lie is memory, never a disk.

use std::ffi::CStr;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::mount::MountFlags;

use super::error::Error;

/// Linux's number of tmpfs.
const TMPFS: u64 = 0x0102_1994;
/// Linux's number of ramfs, which is memory too.
const RAMFS: u64 = 0x8584_58f6;
/// More than all secrets of a machine need, and little enough to lose.
const OPTIONS: &CStr = c"mode=0700,size=64m";
/// The same, and never swapped to a disk; Linux 6.3 and later know how.
const UNSWAPPED: &CStr = c"mode=0700,size=64m,noswap";

/// One at a time looks and mounts: a second tmpfs on top would hide the files of the first.
static MOUNTING: Mutex<()> = Mutex::new(());

/// Sees to it that `directory` exists, is nobody else's business, and is on a tmpfs. Where it is not, one is mounted
/// there, which takes root.
pub fn ready_tmpfs(directory: &Path) -> Result<(), Error> {
    let _alone = MOUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    if !directory.exists() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).map_err(|source| Error::io("make", directory, source))?;
    }
    if !is_memory(directory)? {
        mount(directory, UNSWAPPED).or_else(|_older| mount(directory, OPTIONS)).map_err(
            |source| Error::NotTmpfs { directory: directory.to_owned(), source: source.into() },
        )?;
    }
    let mode = fs::metadata(directory).map_err(|source| Error::io("look at", directory, source))?;
    if mode.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
            .map_err(|source| Error::io("close to others", directory, source))?;
    }
    Ok(())
}

/// The same in a container: what is mounted in there nobody else sees, so that it has to be memory already.
pub(super) fn ready_shared(directory: &Path) -> Result<(), Error> {
    let around = directory.ancestors().find(|around| around.exists()).unwrap_or(directory);
    if !is_memory(around)? {
        return Err(Error::NotShared { directory: directory.to_owned() });
    }
    ready_tmpfs(directory)
}

fn mount(directory: &Path, options: &CStr) -> rustix::io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("conductor-secrets", directory, "tmpfs", flags, options)
}

/// Whether a directory is memory, and not on a disk.
pub fn is_memory(directory: &Path) -> Result<bool, Error> {
    let stat =
        rustix::fs::statfs(directory).map_err(|error| Error::io("look at", directory, error))?;
    Ok([TMPFS, RAMFS].contains(&u64::from_ne_bytes(stat.f_type.to_ne_bytes())))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use rustix::mount::UnmountFlags;

    use super::*;

    /// Lets eight ask for the same directory at once. How many tmpfs were mounted there, and how many were refused.
    fn mount_at_once() -> (usize, usize) {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let secrets = directory.path().join("secrets");
        let together = Barrier::new(8);
        let ended: Vec<Result<(), Error>> = std::thread::scope(|scope| {
            let ask = || {
                together.wait();
                ready_tmpfs(&secrets)
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let mut mounted = 0;
        while rustix::mount::unmount(&secrets, UnmountFlags::DETACH).is_ok() {
            mounted += 1;
        }
        let refused = ended.iter().filter(|end| matches!(end, Err(Error::NotTmpfs { .. })));
        (mounted, refused.count())
    }

    #[test]
    fn many_at_once_mount_one_tmpfs() {
        for _ in 0..200 {
            let ended = mount_at_once();
            // Without root nobody may mount; where the disk is memory nobody has to.
            assert!([(1, 0), (0, 8), (0, 0)].contains(&ended), "{ended:?}");
        }
    }

    #[test]
    fn a_directory_in_shared_memory_will_do() {
        let directory = tempfile::tempdir_in("/dev/shm").unwrap();
        let secrets = directory.path().join("a/secrets");
        ready_tmpfs(&secrets).unwrap();
        assert!(is_memory(&secrets).unwrap());
        assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
