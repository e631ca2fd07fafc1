//! Which subcommand it is.

use super::arguments::{DockerArguments, DockerCommand, QuarantineCommand};
use super::{acts, aside, drop_in, incidents, setup, status, watch};
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::Session;

/// Does what was asked.
pub(in crate::cli) fn run(
    session: &Session,
    arguments: &DockerArguments,
) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let Some(setup) = setup(session) else {
        return Err(acts::elsewhere());
    };
    match &arguments.command {
        DockerCommand::Status => Ok(status::status(session, &setup)),
        DockerCommand::Watch => watch::watch(session, &setup),
        DockerCommand::Restart => acts::restart(session, &setup),
        DockerCommand::Pause(arguments) => acts::pause(session, &setup, arguments),
        DockerCommand::Resume(arguments) => acts::resume(session, &setup, arguments),
        DockerCommand::Incidents => incidents::list(session),
        DockerCommand::Show(arguments) => incidents::show(session, arguments.number),
        DockerCommand::Quarantine(arguments) => match &arguments.command {
            QuarantineCommand::List => Ok(aside::list(session, &setup)),
            QuarantineCommand::Restore { name } => aside::restore(session, &setup, name),
        },
        DockerCommand::DropIn(arguments) => drop_in::drop_in(session, &setup, arguments),
        DockerCommand::Rebuild(_) => Ok(aside::rebuild(session, &setup)),
    }
}
