//! From the arguments of `conductor secrets` to the subcommand.

use super::arguments::{Command, SecretsArguments};
use super::{change, check, decrypt, edit, encrypt, keygen, recipients, updatekeys};
use crate::cli::failure::{Complaint, Exit};
use crate::cli::hardening;
use crate::cli::session::Session;

/// Runs the subcommand.
pub(in crate::cli) fn run(
    session: &Session,
    arguments: &SecretsArguments,
) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    hardening::no_swap();
    match &arguments.command {
        Command::Keygen(arguments) => keygen::run(session, arguments),
        Command::Recipients(arguments) => recipients::run(session, arguments),
        Command::Encrypt(arguments) => encrypt::run(session, arguments),
        Command::Decrypt(arguments) => decrypt::run(session, arguments),
        Command::Edit(arguments) => edit::run(session, arguments),
        Command::Set(arguments) => change::set(session, arguments),
        Command::Unset(arguments) => change::unset(session, arguments),
        Command::Rotate(arguments) => change::rotate(session, arguments),
        Command::Check(arguments) => check::run(session, arguments),
        Command::Updatekeys(arguments) => updatekeys::run(session, arguments),
    }
}
