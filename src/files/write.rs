//! Laying one file out, and taking one away.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use crate::model::desired::{Contents, DesiredFile, Replace};

use super::beneath::{Missing, Spot, reach};
use super::error::Error;
use super::places::Places;
use super::record::Record;
use super::tmpfs::{ready_shared, ready_tmpfs};

/// Permissions of directories on the way to a laid-out file.
const WORK_DIRECTORY: u32 = 0o755;
/// Permissions of directories on the way to a secret.
const SECRET_DIRECTORY: u32 = 0o700;

/// What a kernel says to whoever would write to a program that runs (`ETXTBSY`).
const TEXT_BUSY: i32 = Errno::TXTBSY.raw_os_error();

/// Lays a file out at `path`, which must be below one of the places, and remembers what it holds.
pub fn write(path: &Path, file: &DesiredFile, places: &Places) -> Result<(), Error> {
    let path = &places.here(path)?;
    let record = Record::of(places);
    record.forget(path)?;
    lay_out(path, file, places)?;
    record.note(path, &file.contents.digest())
}

fn lay_out(path: &Path, file: &DesiredFile, places: &Places) -> Result<(), Error> {
    let spot = if let Ok(relative) = path.strip_prefix(&places.secrets) {
        let is_shared = places.host.is_in_container();
        if is_shared {
            ready_shared(&places.secrets)?;
        } else {
            ready_tmpfs(&places.secrets)?;
        }
        reach(&places.secrets, relative, Missing::Make(SECRET_DIRECTORY))?
    } else {
        let base = places.base_of(path).filter(|_| !matches!(file.contents, Contents::Secret(_)));
        let base = base.ok_or_else(|| Error::Outside { path: path.to_owned() })?;
        let relative = path.strip_prefix(base).unwrap_or(path);
        reach(base, relative, Missing::Make(WORK_DIRECTORY))?
    };
    let kind = clear(&spot)?;
    match &file.contents {
        Contents::Link(target) => link(&spot, target),
        Contents::Plain(bytes) => contents(&spot, file, bytes, kind),
        Contents::Secret(secret) => contents(&spot, file, secret.expose(), kind),
    }
}

/// What stands at the spot. An empty directory, which an engine leaves where it missed a file, makes room; one that
/// holds anything is in the way.
fn clear(spot: &Spot) -> Result<Option<FileType>, Error> {
    let stat = match rustix::fs::statat(&spot.directory, &spot.name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(Error::io("look at", &spot.path, error)),
    };
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind != FileType::Directory {
        return Ok(Some(kind));
    }
    match rustix::fs::unlinkat(&spot.directory, &spot.name, AtFlags::REMOVEDIR) {
        Ok(()) => Ok(None),
        Err(Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY) => {
            Err(Error::InTheWay { path: spot.path.clone(), what: "a directory" })
        }
        Err(error) => Err(Error::io("remove", &spot.path, error)),
    }
}

fn contents(
    spot: &Spot,
    file: &DesiredFile,
    bytes: &[u8],
    kind: Option<FileType>,
) -> Result<(), Error> {
    if file.replace == Replace::InPlace && kind == Some(FileType::RegularFile) {
        match open(spot, &spot.name, OFlags::WRONLY) {
            Ok(open) => return fill(open, spot, file, bytes),
            // A program that runs cannot be written to. Who has it mounted gets the new one by starting again.
            Err(Error::Io { source, .. }) if source.raw_os_error() == Some(TEXT_BUSY) => (),
            Err(error) => return Err(error),
        }
    }
    let fresh = fresh_name(spot);
    let open = open(spot, &fresh, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
    fill(open, spot, file, bytes)?;
    take_name(spot, &fresh)
}

fn link(spot: &Spot, target: &Path) -> Result<(), Error> {
    let fresh = fresh_name(spot);
    rustix::fs::symlinkat(target, &spot.directory, &fresh)
        .map_err(|error| Error::io("make", &spot.path, error))?;
    take_name(spot, &fresh)
}

/// A name beside the file's own; what a killed run left under it is removed.
fn fresh_name(spot: &Spot) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(&spot.name);
    name.push(".conductor-new");
    let fresh = PathBuf::from(name);
    // What cannot be removed shows itself when the name is taken.
    rustix::fs::unlinkat(&spot.directory, &fresh, AtFlags::empty()).unwrap_or_default();
    fresh
}

fn open(spot: &Spot, name: &Path, flags: OFlags) -> Result<File, Error> {
    // A pipe that takes the file's place meanwhile is an error, and not waited for.
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(&spot.directory, name, flags, Mode::RUSR | Mode::WUSR)
        .map(File::from)
        .map_err(|error| Error::io("write", &spot.path, error))
}

/// Writes the bytes, then cuts what is left of longer ones: a reader in between sees old or new text, never nothing.
fn fill(mut open: File, spot: &Spot, file: &DesiredFile, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::io("write", &spot.path, source);
    open.write_all(bytes).map_err(failed)?;
    open.set_len(bytes.len() as u64).map_err(failed)?;
    if file.uid.is_some() || file.gid.is_some() {
        rustix::fs::fchown(&open, file.uid.map(Uid::from_raw), file.gid.map(Gid::from_raw))
            .map_err(|error| Error::io("give away", &spot.path, error))?;
    }
    rustix::fs::fchmod(&open, Mode::from_raw_mode(file.mode))
        .map_err(|error| Error::io("set the permissions of", &spot.path, error))?;
    open.sync_all().map_err(failed)
}

fn take_name(spot: &Spot, fresh: &Path) -> Result<(), Error> {
    rustix::fs::renameat(&spot.directory, fresh, &spot.directory, &spot.name)
        .map_err(|error| Error::io("write", &spot.path, error))
}

/// Removes a laid-out file. One that is gone already is no error; directories that it leaves empty go with it.
pub fn remove(path: &Path, places: &Places) -> Result<(), Error> {
    let path = &places.here(path)?;
    let secrets = Some(places.secrets.as_path()).filter(|base| path.starts_with(base));
    let base = secrets.or_else(|| places.base_of(path));
    let base = base.ok_or_else(|| Error::Outside { path: path.to_owned() })?;
    let relative = path.strip_prefix(base).unwrap_or(path);
    let spot = match reach(base, relative, Missing::Refuse) {
        Ok(spot) => spot,
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Record::of(places).forget(path);
        }
        Err(error) => return Err(error),
    };
    match rustix::fs::unlinkat(&spot.directory, &spot.name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => (),
        Err(error) => return Err(Error::io("remove", path, error)),
    }
    Record::of(places).forget(path)?;
    let parents = relative.ancestors().skip(1).take_while(|parent| *parent != Path::new(""));
    for parent in parents {
        let Ok(spot) = reach(base, parent, Missing::Refuse) else { break };
        if rustix::fs::unlinkat(&spot.directory, &spot.name, AtFlags::REMOVEDIR).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use crate::files::Elsewhere;
    use crate::model::host_paths::HostPaths;

    use super::*;

    struct Disk {
        _directory: tempfile::TempDir,
        places: Places,
    }

    fn disk() -> Disk {
        let directory = tempfile::tempdir().unwrap();
        let places = Places {
            work: directory.path().join("work"),
            secrets: directory.path().join("secrets"),
            elsewhere: None,
            host: HostPaths::Same,
        };
        Disk { _directory: directory, places }
    }

    fn plain(text: &str, replace: Replace) -> DesiredFile {
        let contents = Contents::Plain(text.as_bytes().to_vec());
        DesiredFile { contents, mode: 0o640, uid: None, gid: None, replace, shown: "f".to_owned() }
    }

    #[test]
    fn a_chosen_directory_is_written_to_by_its_own_stack_alone() {
        let mut disk = disk();
        let root = disk.places.work.with_file_name("opt");
        let path = root.join("conf/a");
        let file = plain("1", Replace::Rename);
        assert!(matches!(write(&path, &file, &disk.places), Err(Error::Outside { .. })));
        let own = Elsewhere { root: root.clone(), stack: "local/web".to_owned() };
        disk.places.elsewhere = Some(own);
        write(&path, &file, &disk.places).unwrap();
        let record = |stack: &str| {
            let stack = stack.to_owned();
            let elsewhere = Some(Elsewhere { root: root.clone(), stack });
            Record::of(&Places { elsewhere, ..disk.places.clone() }).files(&root).unwrap()
        };
        assert_eq!(record("local/web"), std::slice::from_ref(&path));
        assert!(record("local/other").is_empty());
        let secret = DesiredFile {
            contents: Contents::Secret(crate::model::secret::Secret::new(b"x".to_vec())),
            ..file
        };
        assert!(matches!(write(&path, &secret, &disk.places), Err(Error::Outside { .. })));
        remove(&path, &disk.places).unwrap();
        assert!(!root.join("conf").exists());
    }

    #[test]
    fn a_file_is_laid_out_with_its_directories_and_permissions() {
        let disk = disk();
        let path = disk.places.work.join("local/web/conf/nginx.conf");
        write(&path, &plain("listen 80;\n", Replace::Rename), &disk.places).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "listen 80;\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn the_umask_of_the_caller_keeps_nobody_out() {
        let disk = disk();
        let path = disk.places.work.join("local/web/site/index.html");
        let before = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        let written = write(&path, &plain("x", Replace::Rename), &disk.places);
        rustix::process::umask(before);
        written.unwrap();
        let site = path.parent().unwrap();
        assert_eq!(fs::metadata(site).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_is_replaced_and_never_waited_for() {
        let disk = disk();
        let path = disk.places.work.join("local/web/nginx.conf");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        write(&path, &plain("x", Replace::InPlace), &disk.places).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "what is tested is a program that runs")]
    fn a_program_that_runs_is_replaced() {
        let disk = disk();
        let path = disk.places.work.join("local/web/run");
        let program = fs::read("/bin/sleep").unwrap();
        let contents = Contents::Plain(program);
        let file = DesiredFile { contents, mode: 0o755, ..plain("", Replace::InPlace) };
        write(&path, &file, &disk.places).unwrap();
        // Another thread that starts a program at this moment may still hold the file open.
        let mut running = (0..100)
            .find_map(|_| {
                let started = std::process::Command::new(&path).arg("60").spawn();
                started.map_err(|_| std::thread::sleep(std::time::Duration::from_millis(50))).ok()
            })
            .unwrap();
        let written = write(&path, &plain("#!/bin/sh\n", Replace::InPlace), &disk.places);
        running.kill().unwrap();
        running.wait().unwrap();
        written.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "#!/bin/sh\n");
    }

    #[test]
    fn a_file_that_a_container_has_mounted_keeps_its_inode() {
        let disk = disk();
        let path = disk.places.work.join("local/web/nginx.conf");
        write(&path, &plain("a long first version\n", Replace::InPlace), &disk.places).unwrap();
        let before = fs::metadata(&path).unwrap().ino();
        write(&path, &plain("short\n", Replace::InPlace), &disk.places).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");
        assert_eq!(fs::metadata(&path).unwrap().ino(), before);
        write(&path, &plain("by rename\n", Replace::Rename), &disk.places).unwrap();
        assert_ne!(fs::metadata(&path).unwrap().ino(), before);
    }

    #[test]
    fn what_a_killed_run_left_beside_the_file_is_replaced() {
        let disk = disk();
        let path = disk.places.work.join("local/web/a");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path.with_file_name(".a.conductor-new"), "half").unwrap();
        write(&path, &plain("whole", Replace::Rename), &disk.places).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_symbolic_link_cannot_lead_a_write_elsewhere() {
        let disk = disk();
        let elsewhere = disk.places.work.parent().unwrap().join("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        fs::create_dir_all(disk.places.work.join("local/web")).unwrap();
        symlink(&elsewhere, disk.places.work.join("local/web/conf")).unwrap();
        let path = disk.places.work.join("local/web/conf/passwd");
        let error = write(&path, &plain("x", Replace::Rename), &disk.places).unwrap_err();
        assert!(matches!(error, Error::InTheWay { .. }), "{error}");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);

        fs::write(elsewhere.join("victim"), "old").unwrap();
        let link = disk.places.work.join("local/web/link");
        symlink(elsewhere.join("victim"), &link).unwrap();
        write(&link, &plain("new", Replace::InPlace), &disk.places).unwrap();
        assert_eq!(fs::read_to_string(elsewhere.join("victim")).unwrap(), "old");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[test]
    fn an_empty_directory_makes_room_and_a_full_one_is_an_error() {
        let disk = disk();
        let path = disk.places.work.join("local/web/nginx.conf");
        fs::create_dir_all(&path).unwrap();
        write(&path, &plain("x", Replace::InPlace), &disk.places).unwrap();
        let full = disk.places.work.join("local/web/full");
        fs::create_dir_all(full.join("data")).unwrap();
        let error = write(&full, &plain("x", Replace::InPlace), &disk.places).unwrap_err();
        assert!(error.to_string().ends_with("is in the way: it is a directory"), "{error}");
        assert!(full.join("data").exists());
    }

    #[test]
    fn a_secret_is_never_written_below_the_work_directory() {
        let disk = disk();
        let secret = DesiredFile {
            contents: Contents::Secret(crate::model::secret::Secret::new(b"s3cret".to_vec())),
            ..plain("", Replace::Rename)
        };
        let path = disk.places.work.join("local/web/s");
        assert!(matches!(write(&path, &secret, &disk.places), Err(Error::Outside { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn removing_takes_empty_directories_along_and_leaves_full_ones() {
        let disk = disk();
        let path = disk.places.work.join("local/web/conf/a");
        write(&path, &plain("x", Replace::Rename), &disk.places).unwrap();
        fs::write(disk.places.work.join("local/web/data"), "theirs").unwrap();
        remove(&path, &disk.places).unwrap();
        assert!(!disk.places.work.join("local/web/conf").exists());
        assert!(disk.places.work.join("local/web/data").exists());
        remove(&path, &disk.places).unwrap();
    }

    #[test]
    fn a_path_outside_the_places_is_refused() {
        let disk = disk();
        let path = disk.places.work.join("../escape");
        assert!(matches!(
            write(&path, &plain("x", Replace::Rename), &disk.places),
            Err(Error::Outside { .. })
        ));
    }
}
