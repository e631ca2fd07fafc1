//! From the arguments of `conductor secrets` to the subcommand.

use super::arguments::{Command, SecretsArguments};
use super::decrypt;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::Session;

/// Runs the subcommand.
pub(in crate::cli) fn run(
    session: &Session,
    arguments: &SecretsArguments,
) -> Result<Exit, Complaint> {
    match &arguments.command {
        Command::Decrypt(arguments) => decrypt::run(session, arguments),
    }
}
