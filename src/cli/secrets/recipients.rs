//! `conductor secrets recipients`: this host's public keys, or who can decrypt files.

use serde_json::json;

use super::answer;
use super::arguments::RecipientsArguments;
use super::file;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::Session;
use crate::report::{Line, Style};
use crate::secrets::{self, WriteError};

const NO_IDENTITY: &str = "this host has no age identity: `conductor secrets keygen --output FILE` makes one, and \
                           `secrets.age_key_files` in the settings names its file";

/// Lists them.
pub(super) fn run(session: &Session, arguments: &RecipientsArguments) -> Result<Exit, Complaint> {
    if arguments.files.is_empty() {
        let keys = session.keys()?;
        if session.screen.is_json() {
            answer::document(session, &json!({"recipients": keys.recipients()}));
        } else {
            let lines: Vec<Line> =
                keys.recipients().iter().map(|key| Line::of(Style::Plain, key.as_str())).collect();
            session.screen.data(&lines);
        }
        if keys.recipients().is_empty() {
            session.screen.warn(&[NO_IDENTITY.to_owned()]);
        }
        return Ok(Exit::Done);
    }
    let mut found = Vec::new();
    for name in &arguments.files {
        let bytes = file::read(&session.environment.working_dir.join(name))?;
        let readers = secrets::readers(name, bytes.expose())
            .map_err(|error: WriteError| Complaint::failed(&error))?;
        found.push((name, readers));
    }
    if session.screen.is_json() {
        let files = found.iter().map(|(name, readers)| {
            json!({"file": name, "key_groups": readers.groups, "needed": readers.needed})
        });
        answer::document(session, &json!({"files": files.collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    for (name, readers) in &found {
        let mut lines = vec![Line::of(Style::Strong, name.display().to_string())];
        for (number, group) in readers.groups.iter().enumerate() {
            if readers.groups.len() > 1 {
                let text = format!(
                    "  group {} of {}, {} needed",
                    number + 1,
                    readers.groups.len(),
                    readers.needed
                );
                lines.push(Line::of(Style::Faint, text));
            }
            lines.extend(group.iter().map(|key| Line::of(Style::Plain, format!("  {key}"))));
        }
        session.screen.data(&lines);
    }
    Ok(Exit::Done)
}
