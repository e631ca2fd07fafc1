//! A person's editor, at a desk that is memory and is cleared afterwards.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use tokio::signal::unix::{SignalKind, signal};

use super::file;
use crate::cli::failure::{Complaint, Error};
use crate::cli::session::{Session, now, wait_for};
use crate::files;
use crate::model::secret::Secret;

/// Variables that name an editor, the first that is set decides.
const EDITORS: [&str; 3] = ["SOPS_EDITOR", "VISUAL", "EDITOR"];
/// The editor where none is named.
const FALLBACK: &str = "vi";
/// Memory that every Linux has.
const SHARED_MEMORY: &str = "/dev/shm";

/// A directory in memory with one file, for this user alone; it goes when it is dropped.
pub(super) struct Desk {
    directory: PathBuf,
    file: PathBuf,
}

impl Desk {
    /// Lays plaintext out, under the file's own name, so that an editor knows its language.
    pub(super) fn lay(session: &Session, name: &Path, plain: &Secret) -> Result<Self, Complaint> {
        let runtime = session.settings.places.runtime.clone();
        let places = [runtime, PathBuf::from(SHARED_MEMORY)];
        let fits = |place: &&PathBuf| {
            let writable = rustix::fs::access(*place, rustix::fs::Access::WRITE_OK).is_ok();
            writable && files::is_memory(place).unwrap_or(false)
        };
        let place = places.iter().find(fits).ok_or(Error::NoMemory)?;
        let directory = place.join(format!("conductor-edit-{}-{}", std::process::id(), now()));
        let failed = |source| Error::Write { path: directory.clone(), source };
        fs::DirBuilder::new().mode(0o700).create(&directory).map_err(failed)?;
        let file = directory.join(name.file_name().unwrap_or(name.as_os_str()));
        let desk = Self { directory, file };
        file::write_new(&desk.file, plain)?;
        Ok(desk)
    }

    /// Starts the editor, and waits until it ends.
    pub(super) fn edit(&self, session: &Session) -> Result<(), Complaint> {
        let named = EDITORS.iter().find_map(|name| session.environment.get(name));
        let editor = named.filter(|editor| !editor.trim().is_empty()).unwrap_or(FALLBACK);
        let failed = |source| Error::Editor { editor: editor.to_owned(), source };
        wait_for(async {
            // Ctrl-C is the editor's; what ends this program ends the editor first, and the desk is cleared.
            let (mut interrupt, mut quit) = (
                signal(SignalKind::interrupt()).map_err(failed)?,
                signal(SignalKind::quit()).map_err(failed)?,
            );
            let (mut terminate, mut hangup) = (
                signal(SignalKind::terminate()).map_err(failed)?,
                signal(SignalKind::hangup()).map_err(failed)?,
            );
            let child = start(editor, &self.file).map_err(failed)?;
            let id = rustix::process::Pid::from_child(&child);
            let mut ended = tokio::task::spawn_blocking(move || wait(child));
            let status = loop {
                tokio::select! {
                    status = &mut ended => break status,
                    _ = interrupt.recv() => (),
                    _ = quit.recv() => (),
                    _ = terminate.recv() => {
                        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap_or_default();
                    }
                    _ = hangup.recv() => {
                        rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap_or_default();
                    }
                }
            };
            let status = status.map_err(|error| failed(std::io::Error::other(error)))?;
            match status.map_err(failed)? {
                0 => Ok(()),
                code => Err(Error::EditorFailed { editor: editor.to_owned(), code }.into()),
            }
        })
    }

    /// What the file says now.
    pub(super) fn text(&self) -> Result<Secret, Error> {
        file::read(&self.file)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.directory).unwrap_or_default();
    }
}

/// Starts the editor by a shell, because people put arguments into its name.
#[expect(clippy::disallowed_methods, reason = "the editor is a person's own command")]
fn start(editor: &str, file: &Path) -> std::io::Result<Child> {
    let script = format!("{editor} \"$@\"");
    std::process::Command::new("sh").arg("-c").arg(script).arg("sh").arg(file).spawn()
}

fn wait(mut child: Child) -> std::io::Result<i32> {
    child.wait().map(|status| status.code().unwrap_or(-1))
}
