//! `conductor secrets updatekeys`: those who can decrypt files, in step with `.sops.yaml`.

use super::arguments::UpdatekeysArguments;
use super::{answer, ask, change, policy};
use crate::cli::failure::{Complaint, Error, Exit};
use crate::cli::session::Session;
use crate::report::{Line, Style};
use crate::secrets::Readers;

/// Shows what would change, asks, and changes it.
pub(super) fn run(session: &Session, arguments: &UpdatekeysArguments) -> Result<Exit, Complaint> {
    let keys = session.keys()?;
    let failed = |error| Complaint::failed(&error);
    let mut told = Vec::new();
    for name in &arguments.files.files {
        let path = session.environment.working_dir.join(name);
        let recipe = policy::recipe(&path, policy::of(&path)?.as_ref(), &[])?;
        let (mut unsealed, indent) = change::open(session, &keys, name)?;
        let readers = unsealed.compare(&recipe).map_err(failed)?;
        if readers.is_same() {
            told.push((name.as_path(), false));
            continue;
        }
        show(session, &name.display().to_string(), &readers);
        if !arguments.yes && !ask::anybody() {
            return Err(Error::NobodyToAsk.into());
        }
        if !arguments.yes && !ask::confirm("change it?") {
            told.push((name.as_path(), false));
            continue;
        }
        unsealed.update_keys(&recipe).map_err(failed)?;
        change::write(session, name, unsealed, indent)?;
        told.push((name.as_path(), true));
    }
    answer::changed(session, "updated", &told);
    Ok(Exit::Done)
}

fn show(session: &Session, name: &str, readers: &Readers) {
    let mut lines = vec![Line::of(Style::Strong, name)];
    let add = |key: &String| Line::of(Style::Good, "  + ").with(Style::Plain, key.as_str());
    let remove = |key: &String| Line::of(Style::Bad, "  - ").with(Style::Plain, key.as_str());
    lines.extend(readers.added.iter().map(add));
    lines.extend(readers.removed.iter().map(remove));
    if readers.regrouped {
        lines.push(Line::of(Style::Odd, "  ~ ").with(Style::Plain, "the key groups change"));
    }
    if !readers.removed.is_empty() {
        let text = "  who leaves may have read it already: change its values and `rotate` it, too";
        lines.push(Line::of(Style::Hint, text));
    }
    session.screen.tell(&lines);
}
