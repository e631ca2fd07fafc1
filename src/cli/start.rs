//! From the process's arguments to its exit code.

use std::process::ExitCode;

use clap::Parser as _;

use super::adopt;
use super::arguments::{Arguments, Command, Format};
use super::config;
use super::failure::{Complaint, Exit};
use super::hardening;
use super::history;
use super::logging;
use super::plan;
use super::render;
use super::rollback;
use super::screen::Screen;
use super::secrets;
use super::session::Session;
use super::stacks;
use super::status;
use super::suspend;
use super::sync;
use super::why;
use crate::config::Environment;
use crate::source;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    hardening::no_core_dumps();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            error.print().ok();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let global = &arguments.global;
    let format = global.format.unwrap_or(match arguments.command {
        Command::Config(ref config) if config.view.variables => Format::Human,
        Command::Config(_) => Format::Yaml,
        Command::Sync(_)
        | Command::Plan(_)
        | Command::Adopt(_)
        | Command::Status(_)
        | Command::Stacks(_)
        | Command::Rollback(_)
        | Command::History(_)
        | Command::Why(_)
        | Command::Suspend(_)
        | Command::Resume(_)
        | Command::Secrets(_) => Format::Human,
    });
    let environment = Environment::of_process();
    let screen = Screen::new(format, global.color, environment.as_ref().ok());
    let outcome = environment.map_err(Complaint::from).and_then(|environment| {
        logging::start(&environment, &screen, global.verbose);
        let session = Session::start(environment, global, screen.clone())?;
        if needs_git(&session, &arguments.command) {
            // Before any thread: it may write to the environment.
            source::prepare();
        }
        run(&session, &arguments.command)
    });
    match outcome {
        Ok(Exit::Done | Exit::OutOfSync) if screen.has_lost() => Exit::Failed.into(),
        Ok(exit) => exit.into(),
        Err(complaint) => {
            screen.complain(&complaint);
            complaint.exit.into()
        }
    }
}

/// Whether the command may read a repository. Where it reads one project in place, the time and memory that libgit2 and
/// the certificate authorities take at their start are saved.
fn needs_git(session: &Session, command: &Command) -> bool {
    match command {
        Command::Sync(arguments) => !arguments.project.any(),
        Command::Plan(arguments) => !arguments.project.any(),
        Command::Adopt(arguments) => !arguments.project.any(),
        Command::Config(arguments) => render::is_of_source(session, arguments),
        Command::Status(_) | Command::Why(_) | Command::Suspend(_) | Command::Resume(_) => {
            !session.settings.sources.is_empty()
        }
        Command::Rollback(_) | Command::Stacks(_) => true,
        Command::History(_) | Command::Secrets(_) => false,
    }
}

fn run(session: &Session, command: &Command) -> Result<Exit, Complaint> {
    match command {
        Command::Sync(arguments) => sync::run(session, arguments),
        Command::Plan(arguments) => plan::run(session, arguments),
        Command::Rollback(arguments) => rollback::run(session, arguments),
        Command::Adopt(arguments) => adopt::run(session, arguments),
        Command::Status(arguments) => status::run(session, arguments),
        Command::Config(arguments) => config::run(session, arguments),
        Command::Stacks(arguments) => stacks::run(session, arguments),
        Command::History(arguments) => history::run(session, arguments),
        Command::Why(arguments) => why::run(session, arguments),
        Command::Suspend(arguments) => suspend::suspend(session, arguments),
        Command::Resume(arguments) => suspend::resume(session, arguments),
        Command::Secrets(arguments) => secrets::run(session, arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::arguments::Arguments;

    #[test]
    fn the_command_line_is_well_defined() {
        Arguments::command().debug_assert();
    }
}
