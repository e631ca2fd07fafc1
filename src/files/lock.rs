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
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(state).map_err(|source| Error::io("make", state, source))?;
        let path = state.join("lock");
        let failed = |source| Error::io("lock", &path, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is only told; that it is held is what counts.
                file.read_to_string(&mut holder).unwrap_or_default();
                on_wait(holder.trim());
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        writeln!(file, "process {}: {command}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
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
        drop(Lock::acquire(&state, "conductor sync", |_| panic!("nobody holds it")).unwrap());
    }
}
