//! `conductor secrets encrypt`: plaintext to an encrypted file.

use std::path::{Path, PathBuf};

use super::arguments::EncryptArguments;
use super::{answer, file, policy};
use crate::cli::failure::{Complaint, Error, Exit};
use crate::cli::session::{Session, now};
use crate::secrets::{Format, Indent, Policy, Unsealed, WriteError, encrypt_whole, is_encrypted};

/// Encrypts one file.
pub(super) fn run(session: &Session, arguments: &EncryptArguments) -> Result<Exit, Complaint> {
    let directory = &session.environment.working_dir;
    let of_input = arguments.file == Path::new("-");
    if of_input && arguments.in_place {
        return Err(Error::NotInPlace.into());
    }
    let path = directory.join(&arguments.file);
    let plain = if of_input { file::read_input()? } else { file::read(&path)? };
    let place = place(arguments, of_input);
    let place = directory.join(place.as_deref().unwrap_or(Path::new("stdin")));
    let shown = if of_input { &place } else { &arguments.file };
    if is_encrypted(shown, plain.expose()) {
        let error = WriteError::Encrypted { file: shown.clone() };
        return Err(Complaint::failed(&error));
    }
    let found = policy::of(&place)?;
    let recipe = policy::recipe(&place, found.as_ref(), &arguments.age)?;
    let failed = |error| Complaint::failed(&error);
    let sealed = if arguments.whole {
        encrypt_whole(shown, plain.expose(), &recipe).map_err(failed)?
    } else {
        let format = arguments.types.input_type.map_or_else(|| Format::of_name(&place), Into::into);
        let output = arguments.types.output_type.map(Into::into);
        let indent = found.as_ref().map_or_else(Indent::default, Policy::indent);
        Unsealed::of_plain(shown, plain.expose(), format, &recipe)
            .and_then(|unsealed| unsealed.seal(output, indent, now()))
            .map_err(failed)?
    };
    match (&arguments.output, arguments.in_place) {
        (Some(output), _) => file::write_sealed(&directory.join(output), &sealed)?,
        (None, true) => file::write_sealed(&path, &sealed)?,
        (None, false) => {
            session.screen.bytes(&sealed);
            return Ok(Exit::Done);
        }
    }
    let written = arguments.output.as_ref().unwrap_or(&arguments.file);
    answer::changed(session, "encrypted", &[(written.as_path(), true)]);
    Ok(Exit::Done)
}

/// The path that rules and formats are chosen by.
fn place(arguments: &EncryptArguments, of_input: bool) -> Option<PathBuf> {
    let named = arguments.filename.as_ref();
    if of_input {
        return named.or(arguments.output.as_ref()).cloned();
    }
    named.or(Some(&arguments.file)).cloned()
}
