//! What an encrypted file says, for people: whole or one value of it, in its own format or another.

use std::path::Path;

use super::convert;
use super::error::Error;
use crate::model::secret::Secret;
use crate::secrets::Keys;
use crate::secrets::decrypt::decrypt;
use crate::secrets::detect::{Detected, Found, detect};
use crate::secrets::error::{Cause, Error as ReadError};
use crate::secrets::formats::Format;
use crate::secrets::metadata::Metadata;
use crate::secrets::open::Opened;
use crate::secrets::path::ValuePath;
use crate::secrets::tree::{Document, Documents, Item};

/// How a file is read and shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The format that it is read as; else its content decides.
    pub input: Option<Format>,
    /// The format that it is shown in; else its own.
    pub output: Option<Format>,
    /// The value that is wanted; else all of them.
    pub extract: Option<ValuePath>,
}

impl Keys {
    /// Decrypts a file, and shows it.
    pub fn view(&self, file: &Path, bytes: &[u8], view: &View) -> Result<Secret, Error> {
        let failed = |cause| {
            Error::Read(ReadError::Decrypt { file: file.to_owned(), cause: Box::new(cause) })
        };
        let Some(found) = find(file, bytes, view.input)? else {
            return match self.open(file, bytes)? {
                Opened::Decrypted(plain) => whole(file, plain, view),
                Opened::Plain => Err(Error::NotEncrypted { file: file.to_owned() }),
            };
        };
        let Found { format, mut documents, metadata } = found;
        let (metadata, key) = self.unlock_file(&metadata).map_err(failed)?;
        decrypt(&mut documents.0, &metadata, &key).map_err(failed)?;
        show(file, &documents.0, format, view).map(Secret::new)
    }
}

/// The SOPS file that the bytes are; `None` where they are something else.
pub(in crate::secrets) fn find(
    file: &Path,
    bytes: &[u8],
    input: Option<Format>,
) -> Result<Option<Found>, Error> {
    let failed =
        |cause| Error::Read(ReadError::Decrypt { file: file.to_owned(), cause: Box::new(cause) });
    let Some(format) = input else {
        return match detect(file, bytes).map_err(failed)? {
            Detected::Sops(found) => Ok(Some(found)),
            Detected::Plain | Detected::Age => Ok(None),
        };
    };
    let mut documents = format.load(bytes).map_err(failed)?;
    match format.take_metadata(&mut documents).map_err(failed)? {
        Some(metadata) => Ok(Some(Found { format, documents: Documents(documents), metadata })),
        None => Err(failed(Cause::NoMetadata)),
    }
}

/// A file that age encrypted as a whole has no format and no values.
fn whole(file: &Path, plain: Secret, view: &View) -> Result<Secret, Error> {
    match (&view.extract, view.output) {
        (Some(path), _) => Err(Error::Nothing { file: file.to_owned(), path: path.clone() }),
        (None, Some(format)) if format != Format::Binary => Err(Error::Shape {
            file: file.to_owned(),
            format,
            reason: "age encrypted it as a whole".to_owned(),
        }),
        (None, _) => Ok(plain),
    }
}

fn show(
    file: &Path,
    documents: &[Document],
    format: Format,
    view: &View,
) -> Result<Vec<u8>, Error> {
    let output = view.output.unwrap_or(format);
    let Some(path) = &view.extract else { return convert::emit(file, documents, output) };
    let first: &[Item] = documents.first().map_or(&[], Vec::as_slice);
    let nothing = || Error::Nothing { file: file.to_owned(), path: path.clone() };
    let value = path.find(first).ok_or_else(nothing)?;
    convert::emit_value(file, value, output)
}

/// Who can decrypt a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders {
    /// The keys, by group.
    pub groups: Vec<Vec<String>>,
    /// How many groups it takes.
    pub needed: usize,
}

/// Who can decrypt a file that SOPS encrypted.
pub fn readers(file: &Path, bytes: &[u8]) -> Result<Holders, Error> {
    let found = find(file, bytes, None)?;
    let found = found.ok_or_else(|| super::change::none(file, bytes))?;
    let failed =
        |cause| Error::Read(ReadError::Decrypt { file: file.to_owned(), cause: Box::new(cause) });
    let metadata = Metadata::read(&found.metadata).map_err(failed)?;
    let names = |group: &crate::secrets::metadata::Group| {
        group.keys.iter().map(ToString::to_string).collect()
    };
    let groups: Vec<Vec<String>> = metadata.groups.iter().map(names).collect();
    let needed = if metadata.threshold == 0 { groups.len() } else { metadata.threshold };
    Ok(Holders { needed: needed.min(groups.len()), groups })
}
