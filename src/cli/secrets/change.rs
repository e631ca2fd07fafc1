//! `conductor secrets set`, `unset` and `rotate`: small changes to encrypted files.

use std::path::Path;

use super::arguments::{FilesArguments, SetArguments, UnsetArguments};
use super::{answer, ask, file, policy};
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::{Session, now};
use crate::secrets::{Indent, Keys, NewValue, Policy, Unsealed, ValuePath, WriteError};

/// Changes or adds one value.
pub(super) fn set(session: &Session, arguments: &SetArguments) -> Result<Exit, Complaint> {
    let place = parse(&arguments.path)?;
    let value = match &arguments.value_file {
        Some(name) => file::read(&session.environment.working_dir.join(name))?,
        None => ask::value(&format!("value of {place}: "))?,
    };
    let value = if arguments.json {
        NewValue::Json(value.expose())
    } else {
        NewValue::Text(without_line_break(value.expose()))
    };
    let change = |unsealed: &mut Unsealed| unsealed.set(&place, value);
    one(session, &arguments.file, "changed", change)
}

/// Takes one value out.
pub(super) fn unset(session: &Session, arguments: &UnsetArguments) -> Result<Exit, Complaint> {
    let place = parse(&arguments.path)?;
    one(session, &arguments.file, "changed", |unsealed| unsealed.unset(&place))
}

/// Takes new data keys.
pub(super) fn rotate(session: &Session, arguments: &FilesArguments) -> Result<Exit, Complaint> {
    let keys = session.keys()?;
    let mut changed = Vec::new();
    for name in &arguments.files {
        // All of them first, so that none is rotated when one cannot be.
        let (unsealed, indent) = open(session, &keys, name)?;
        let mut unsealed = unsealed;
        unsealed.rotate().map_err(|error| Complaint::failed(&error))?;
        changed.push((name, unsealed, indent));
    }
    let mut told = Vec::new();
    for (name, unsealed, indent) in changed {
        write(session, name, unsealed, indent)?;
        told.push((name.as_path(), true));
    }
    answer::changed(session, "rotated", &told);
    Ok(Exit::Done)
}

fn one(
    session: &Session,
    name: &Path,
    word: &str,
    change: impl FnOnce(&mut Unsealed) -> Result<bool, WriteError>,
) -> Result<Exit, Complaint> {
    let keys = session.keys()?;
    let (mut unsealed, indent) = open(session, &keys, name)?;
    let changed = change(&mut unsealed).map_err(|error| Complaint::failed(&error))?;
    if changed {
        write(session, name, unsealed, indent)?;
    }
    answer::changed(session, word, &[(name, changed)]);
    Ok(Exit::Done)
}

/// Decrypts a file for change.
pub(super) fn open(
    session: &Session,
    keys: &Keys,
    name: &Path,
) -> Result<(Unsealed, Indent), Complaint> {
    let path = session.environment.working_dir.join(name);
    let bytes = file::read(&path)?;
    let unsealed =
        keys.unseal(name, bytes.expose(), None).map_err(|error| Complaint::failed(&error))?;
    let indent = policy::of(&path)?.as_ref().map_or_else(Indent::default, Policy::indent);
    Ok((unsealed, indent))
}

/// Encrypts and writes it.
pub(super) fn write(
    session: &Session,
    name: &Path,
    unsealed: Unsealed,
    indent: Indent,
) -> Result<(), Complaint> {
    let sealed = unsealed.seal(None, indent, now()).map_err(|error| Complaint::failed(&error))?;
    Ok(file::write_sealed(&session.environment.working_dir.join(name), &sealed)?)
}

fn parse(path: &str) -> Result<ValuePath, Complaint> {
    ValuePath::parse(path).map_err(|error| Complaint::usage(&WriteError::from(error)))
}

fn without_line_break(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}
