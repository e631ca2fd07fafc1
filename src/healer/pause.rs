//! A person's request to leave Docker alone: a file, so that it also works where nothing else does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::heal::Pause;

/// A pause that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// The file that asks for it.
    pub path: PathBuf,
    /// What it asks for.
    pub pause: Pause,
}

/// The first pause that has not ended. A file that cannot be read asks for one, too.
pub(super) fn find(paths: &[PathBuf], now: i64) -> Option<Paused> {
    paths.iter().find_map(|path| {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_unreadable) => String::new(),
        };
        let value = |key: &str| {
            text.lines().find_map(|line| line.strip_prefix(key)).map(|text| text.trim().to_owned())
        };
        let until = value("until=").and_then(|text| text.parse().ok());
        let by = value("by=").unwrap_or_else(|| format!("`{}`", path.display()));
        let ended = until.is_some_and(|until| until <= now);
        (!ended).then(|| Paused { path: path.clone(), pause: Pause { by, until } })
    })
}

/// Asks to leave Docker alone.
pub fn pause(path: &Path, by: &str, until: Option<i64>) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let until = until.map(|until| format!("until={until}\n")).unwrap_or_default();
    fs::write(path, format!("by={by}\n{until}"))
}

/// Takes requests back; answers whether there was one.
pub fn resume(paths: &[PathBuf]) -> io::Result<bool> {
    let mut found = false;
    for path in paths {
        match fs::remove_file(path) {
            Ok(()) => found = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_holds_until_its_end_and_an_empty_file_for_good() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["one", "two"].map(|name| directory.path().join(name));
        assert_eq!(find(&paths, 100), None);
        pause(&paths[0], "ann", Some(200)).unwrap();
        assert_eq!(find(&paths, 100).unwrap().pause, Pause { by: "ann".into(), until: Some(200) });
        assert_eq!(find(&paths, 200), None);
        fs::write(&paths[1], "").unwrap();
        assert_eq!(find(&paths, i64::MAX).unwrap().path, paths[1]);
        assert!(resume(&paths).unwrap());
        assert!(!resume(&paths).unwrap());
    }
}
