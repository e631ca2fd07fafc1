//! From the process's arguments to its exit code.

use std::process::ExitCode;

use clap::Parser as _;

use super::arguments::{Arguments, Command, Format};
use super::config;
use super::failure::{Complaint, Error, Exit};
use super::logging;
use super::screen::Screen;
use super::session::Session;
use super::status;
use super::target::Target;
use crate::config::Environment;
use crate::source;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    // Before any thread: it may write to the environment.
    source::prepare();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            error.print().ok();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let global = &arguments.global;
    let format = global.format.unwrap_or(match arguments.command {
        Command::Config(_) => Format::Yaml,
        Command::Sync(_) | Command::Plan(_) | Command::Status(_) | Command::Stacks(_) => {
            Format::Human
        }
    });
    let environment = Environment::of_process();
    let screen = Screen::new(format, global.color, environment.as_ref().ok());
    let outcome = environment.map_err(Complaint::from).and_then(|environment| {
        logging::start(&environment, &screen, global.verbose);
        let session = Session::start(environment, global, screen.clone())?;
        run(&session, &arguments.command)
    });
    match outcome {
        Ok(exit) => exit.into(),
        Err(complaint) => {
            screen.complain(&complaint);
            complaint.exit.into()
        }
    }
}

fn run(session: &Session, command: &Command) -> Result<Exit, Complaint> {
    match command {
        Command::Sync(arguments) => {
            session.without_yaml()?;
            Target::of(session, "sync", &arguments.source, &arguments.project)?;
            Err(Error::NotYet { command: "sync" }.into())
        }
        Command::Plan(arguments) => {
            session.without_yaml()?;
            Target::of(session, "plan", &arguments.source, &arguments.project)?;
            Err(Error::NotYet { command: "plan" }.into())
        }
        Command::Status(arguments) => status::run(session, arguments),
        Command::Config(arguments) => config::run(session, arguments),
        Command::Stacks(arguments) => {
            session.without_yaml()?;
            Target::sources(session, "list", &arguments.source)?;
            Err(Error::NotYet { command: "stacks" }.into())
        }
    }
}
