//! Opens what is encrypted. Where no identity fits, as in a CI, what is readable of it is read all the same.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::compose::Open;
use crate::model::failure::Failure;
use crate::model::secret::Secret;
use crate::secrets;

/// The keys of this host, and the files that they did not open.
pub(super) struct LintKeys<'k> {
    keys: &'k dyn Open,
    sealed: Mutex<Vec<PathBuf>>,
}

impl<'k> LintKeys<'k> {
    /// Opens with `keys` what they can open.
    pub(super) fn new(keys: &'k dyn Open) -> Self {
        Self { keys, sealed: Mutex::default() }
    }

    /// The files that stayed closed since the last question.
    pub(super) fn take_sealed(&self) -> Vec<PathBuf> {
        self.sealed.lock().map(|mut sealed| std::mem::take(&mut *sealed)).unwrap_or_default()
    }
}

impl Open for LintKeys<'_> {
    fn open(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Secret>, Box<dyn Failure + Send + Sync>> {
        match self.keys.open(path, bytes) {
            Err(error) => {
                if let Ok(mut sealed) = self.sealed.lock()
                    && !sealed.iter().any(|known| known == path)
                {
                    sealed.push(path.to_owned());
                }
                // The names of a dotenv file are not encrypted; of anything else the shape is not that of the plain file.
                secrets::sealed_variables(bytes).map(|text| Some(Secret::new(text))).ok_or(error)
            }
            opened @ Ok(_) => opened,
        }
    }
}
