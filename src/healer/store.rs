//! The memory on disk: written before each remedy, so that its budget and its place outlive this process.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::heal::Memory;

/// Reads the memory; a missing or damaged one is a fresh one.
pub fn read(path: &Path) -> Memory {
    match fs::read(path).map(|text| serde_json::from_slice(&text)) {
        Ok(Ok(memory)) => memory,
        Ok(Err(error)) => {
            tracing::warn!(path = %path.display(), %error, "what is remembered of Docker cannot be read; begins anew");
            Memory::default()
        }
        Err(_absent) => Memory::default(),
    }
}

/// Writes the memory, whole or not at all.
pub(super) fn write(path: &Path, memory: &Memory) -> io::Result<()> {
    let text = serde_json::to_vec(memory).map_err(io::Error::other)?;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let fresh = path.with_extension("json.new");
    let mut file = File::create(&fresh)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_damage_is_a_fresh_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("below/memory.json");
        assert_eq!(read(&path), Memory::default());
        write(&path, &Memory::default()).unwrap();
        assert_eq!(read(&path), Memory::default());
        fs::write(&path, "{").unwrap();
        assert_eq!(read(&path), Memory::default());
    }
}
