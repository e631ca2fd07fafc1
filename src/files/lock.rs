//! One Conductor at a time acts with one state directory.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::error::Error;

/// The right to act, until it is dropped or the process ends in any way: the kernel frees it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the state directory, which is made when it is missing. When somebody else holds it, `on_wait`
    /// hears who (`process 4711: conductor sync`), and this waits. `command` is what others will hear of us.
    pub fn acquire(state: &Path, command: &str, on_wait: impl FnOnce(&str)) -> Result<Self, Error> {
        let path = state.join("lock");
        let failed = |source| Error::io("lock", &path, source);
        let mut file = open(state, &path)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                on_wait(&holder(&mut file));
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        sign(&mut file, command).map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// Takes the lock `name` in a directory, which is made when it is missing; answers with its holder where there is one.
    pub fn try_acquire(
        directory: &Path,
        name: &str,
        command: &str,
    ) -> Result<Result<Self, String>, Error> {
        let path = directory.join(name);
        let failed = |source| Error::io("lock", &path, source);
        let mut file = open(directory, &path)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => return Ok(Err(holder(&mut file))),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        sign(&mut file, command).map_err(failed)?;
        Ok(Ok(Self { _file: file }))
    }

    /// Whether somebody holds the lock of the state directory. Changes nothing.
    pub fn is_held(state: &Path) -> bool {
        File::open(state.join("lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

/// Opens the file of a lock, and makes it and its directory where they are missing.
fn open(directory: &Path, path: &Path) -> Result<File, Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(directory).map_err(|source| Error::io("make", directory, source))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|source| Error::io("lock", path, source))
}

/// Who holds a lock, as they signed. It is only told; that it is held is what counts.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    file.read_to_string(&mut holder).unwrap_or_default();
    holder.trim().to_owned()
}

fn sign(file: &mut File, command: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {}: {command}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_second_one_hears_who_is_first_and_waits_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let first = Lock::acquire(&state, "conductor sync", |_| panic!("nobody holds it")).unwrap();
        let (heard, holder) = mpsc::channel();
        let second = std::thread::spawn({
            let state = state.clone();
            move || {
                Lock::acquire(&state, "conductor plan", |who| heard.send(who.to_owned()).unwrap())
            }
        });
        let who = holder.recv().unwrap();
        assert!(who.starts_with("process ") && who.ends_with(": conductor sync"), "{who}");
        assert!(!second.is_finished());
        drop(first);
        drop(second.join().unwrap().unwrap());
        assert!(!Lock::is_held(&state));
        let third = Lock::acquire(&state, "conductor sync", |_| panic!("nobody holds it")).unwrap();
        assert!(Lock::is_held(&state));
        drop(third);
    }

    #[test]
    fn who_does_not_want_to_wait_hears_who_holds_it() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("locks");
        let first = Lock::try_acquire(&place, "default@1", "conductor").unwrap().unwrap();
        let holder = Lock::try_acquire(&place, "default@1", "conductor").unwrap().unwrap_err();
        assert_eq!(holder, format!("process {}: conductor", std::process::id()));
        drop(Lock::try_acquire(&place, "default@2", "conductor").unwrap().unwrap());
        drop(first);
        drop(Lock::try_acquire(&place, "default@1", "conductor").unwrap().unwrap());
    }
}
