//! `conductor secrets keygen`: a new age identity.

use super::arguments::KeygenArguments;
use super::file;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::{Session, now};
use crate::report::{Line, Style};
use crate::secrets::generate_identity;

/// Makes an identity, and says its public key.
pub(super) fn run(session: &Session, arguments: &KeygenArguments) -> Result<Exit, Complaint> {
    let identity = generate_identity(now());
    if let Some(output) = &arguments.output {
        file::write_new(&session.environment.working_dir.join(output), &identity.text)?;
        session.screen.raw(&format!("{}\n", identity.recipient));
    } else {
        let told = format!("public key: {}", identity.recipient);
        session.screen.bytes(identity.text.expose());
        session.screen.tell(&[Line::of(Style::Plain, told)]);
    }
    Ok(Exit::Done)
}
