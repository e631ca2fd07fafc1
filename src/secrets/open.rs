//! A file, whatever it is, to what it says.

use std::path::Path;

use super::datakey::{self, DataKey};
use super::decrypt::decrypt;
use super::detect::{Detected, Found, detect};
use super::error::{Cause, Error};
use super::formats::Format;
use super::keys::{Keys, Locked, MacOnlyEncrypted};
use super::metadata::Metadata;
use super::tree::Value;
use crate::model::secret::Secret;

/// What came of a file.
#[derive(Debug)]
pub enum Opened {
    /// It is not encrypted: its bytes are what it says.
    Plain,
    /// What it says: the whole plaintext file, in the same format.
    Decrypted(Secret),
}

/// Whether a file is encrypted, by SOPS or age, be it damaged or not; its content decides.
pub fn is_encrypted(name: &Path, bytes: &[u8]) -> bool {
    !matches!(detect(name, bytes), Ok(Detected::Plain))
}

/// The lines of a SOPS dotenv file with their values still encrypted, without SOPS's own; `None` for anything else.
pub fn sealed_variables(bytes: &[u8]) -> Option<Vec<u8>> {
    let Ok(Detected::Sops(found)) = detect(Path::new(""), bytes) else { return None };
    (found.format == Format::Dotenv).then(|| found.format.emit(&found.documents.0))
}

impl Keys {
    /// Decrypts a file in memory, if it is encrypted.
    pub fn open(&self, name: &Path, bytes: &[u8]) -> Result<Opened, Error> {
        let opened = detect(name, bytes).and_then(|detected| match detected {
            Detected::Plain => Ok(Opened::Plain),
            Detected::Age => self.open_age(bytes).map(Opened::Decrypted),
            Detected::Sops(found) => self.open_sops(found).map(Opened::Decrypted),
        });
        let opened = opened
            .map_err(|cause| Error::Decrypt { file: name.to_owned(), cause: Box::new(cause) });
        self.counts.count(&opened);
        opened
    }

    fn open_age(&self, bytes: &[u8]) -> Result<Secret, Cause> {
        if self.is_empty() {
            return Err(datakey::no_keys(self));
        }
        match self.unlock(bytes) {
            Ok(mut plain) => Ok(Secret::new(std::mem::take(&mut *plain))),
            Err(Locked::NoMatch) => Err(Cause::NotForUs { own: self.own() }),
            Err(Locked::Damaged) => Err(Cause::AgeFile),
            Err(Locked::Shut { origin, reason }) => Err(Cause::Identity { origin, reason }),
        }
    }

    fn open_sops(&self, found: Found) -> Result<Secret, Cause> {
        let Found { format, mut documents, metadata } = found;
        let (metadata, key) = self.unlock_file(&metadata)?;
        decrypt(&mut documents.0, &metadata, &key)?;
        Ok(Secret::new(format.emit(&documents.0)))
    }

    /// What a SOPS file notes about itself, and its data key; not of one that the settings refuse.
    pub(super) fn unlock_file(&self, metadata: &Value) -> Result<(Metadata, DataKey), Cause> {
        let metadata = Metadata::read(metadata)?;
        if metadata.mac_only_encrypted && self.mac_only_encrypted == MacOnlyEncrypted::Refuse {
            return Err(Cause::MacOnlyEncrypted);
        }
        let key = datakey::unlock(&metadata, self)?;
        Ok((metadata, key))
    }
}
