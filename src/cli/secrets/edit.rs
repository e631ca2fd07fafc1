//! `conductor secrets edit`: an encrypted file in a person's editor, its plaintext in memory only.

use std::path::Path;

use super::arguments::EditArguments;
use super::editor::Desk;
use super::{answer, ask, change, file, policy};
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::Session;
use crate::model::secret::Secret;
use crate::secrets::{Format, Indent, Policy, Unsealed, WriteError};

/// Opens the file in the editor, until what comes out of it can be written or the person gives up.
pub(super) fn run(session: &Session, arguments: &EditArguments) -> Result<Exit, Complaint> {
    let name = arguments.file.as_path();
    let path = session.environment.working_dir.join(name);
    let changed = if path.exists() {
        existing(session, name)?
    } else {
        fresh(session, name, &arguments.age)?
    };
    answer::changed(session, "changed", &[(name, changed)]);
    Ok(Exit::Done)
}

fn existing(session: &Session, name: &Path) -> Result<bool, Complaint> {
    let keys = session.keys()?;
    let (mut unsealed, indent) = change::open(session, &keys, name)?;
    let desk = Desk::lay(session, name, &unsealed.plain())?;
    let changed = until_right(session, &desk, |text| unsealed.replace(text.expose()))?;
    if changed {
        change::write(session, name, unsealed, indent)?;
    }
    Ok(changed)
}

fn fresh(session: &Session, name: &Path, recipients: &[String]) -> Result<bool, Complaint> {
    let path = session.environment.working_dir.join(name);
    let found = policy::of(&path)?;
    let recipe = policy::recipe(&path, found.as_ref(), recipients)?;
    let indent = found.as_ref().map_or_else(Indent::default, Policy::indent);
    let desk = Desk::lay(session, name, &Secret::new(Vec::new()))?;
    let mut made = None;
    until_right(session, &desk, |text| {
        if !text.expose().is_empty() {
            let format = Format::of_name(name);
            made = Some(Unsealed::of_plain(name, text.expose(), format, &recipe)?);
        }
        Ok(true)
    })?;
    let Some(unsealed) = made else { return Ok(false) };
    let sealed = unsealed.seal(None, indent, crate::cli::session::now());
    file::write_sealed(&path, &sealed.map_err(|error| Complaint::failed(&error))?)?;
    Ok(true)
}

/// Starts the editor until `take` is content with the text.
fn until_right(
    session: &Session,
    desk: &Desk,
    mut take: impl FnMut(&Secret) -> Result<bool, WriteError>,
) -> Result<bool, Complaint> {
    loop {
        desk.edit(session)?;
        let text = desk.text()?;
        match take(&text) {
            Ok(changed) => return Ok(changed),
            Err(error) => {
                let complaint = Complaint::failed(&error);
                if !ask::anybody() {
                    return Err(complaint);
                }
                session.screen.trouble(&complaint.trouble);
                if !ask::confirm("back to the editor? Otherwise what you changed is lost.") {
                    return Err(complaint);
                }
            }
        }
    }
}
