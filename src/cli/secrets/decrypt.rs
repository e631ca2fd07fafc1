//! `conductor secrets decrypt`: what encrypted files say.

use super::arguments::DecryptArguments;
use super::file;
use crate::cli::failure::{Complaint, Error, Exit};
use crate::cli::session::Session;
use crate::model::secret::Secret;
use crate::secrets::{ValuePath, View, WriteError};

/// Decrypts the files, then shows or writes what they say: all of them or none.
pub(super) fn run(session: &Session, arguments: &DecryptArguments) -> Result<Exit, Complaint> {
    if arguments.output.is_some() && arguments.files.len() > 1 {
        return Err(Error::OneFile.into());
    }
    let parse = |text: &String| ValuePath::parse(text).map_err(WriteError::from);
    let extract = arguments.extract.as_ref().map(parse).transpose();
    let view = View {
        input: arguments.types.input_type.map(Into::into),
        output: arguments.types.output_type.map(Into::into),
        extract: extract.map_err(|error| Complaint::usage(&error))?,
    };
    let keys = session.keys()?;
    let mut shown = Vec::new();
    for name in &arguments.files {
        let path = session.environment.working_dir.join(name);
        let bytes = file::read(&path)?;
        let plain =
            keys.view(name, bytes.expose(), &view).map_err(|error| Complaint::failed(&error))?;
        shown.push((path, plain));
    }
    if let Some(output) = &arguments.output {
        let path = session.environment.working_dir.join(output);
        let plain = shown.pop().map_or_else(|| Secret::new(Vec::new()), |(_, plain)| plain);
        file::write_plain(&path, &plain, arguments.force)?;
        return Ok(Exit::Done);
    }
    for (path, plain) in &shown {
        if arguments.in_place {
            file::write_plain(path, plain, arguments.force)?;
        } else {
            session.screen.bytes(plain.expose());
        }
    }
    Ok(Exit::Done)
}
