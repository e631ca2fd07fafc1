//! From the process's arguments to its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use super::adopt;
use super::alone;
use super::arguments::{Colour, Command, Format};
use super::config;
use super::docker;
use super::events;
use super::failure::{Complaint, Exit};
use super::hardening;
use super::history;
use super::lint;
use super::logging;
use super::plan;
use super::render;
use super::rollback;
use super::screen::Screen;
use super::secrets;
use super::serve;
use super::session::Session;
use super::stacks;
use super::status;
use super::suspend;
use super::sync;
use super::why;
use crate::config::Environment;
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;
use crate::source;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    hardening::no_core_dumps();
    let given: Vec<OsString> = std::env::args_os().collect();
    let arguments = match alone::parse(&given) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error, given),
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
        | Command::Lint(_)
        | Command::Rollback(_)
        | Command::History(_)
        | Command::Why(_)
        | Command::Suspend(_)
        | Command::Resume(_)
        | Command::Docker(_)
        | Command::Events(_)
        | Command::Health
        | Command::Serve
        | Command::Secrets(_) => Format::Human,
    });
    let environment = Environment::of_process();
    let screen = Screen::new(format, global.color, environment.as_ref().ok());
    let outcome = environment.map_err(Complaint::from).and_then(|environment| {
        // Who serves tells what it does.
        let least = u8::from(matches!(arguments.command, Command::Serve));
        logging::start(&environment, &screen, global.verbose.max(least));
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

/// Shows help, or says what is wrong with the command line: to programs as they asked for it.
fn refuse(error: &clap::Error, given: Vec<OsString>) -> ExitCode {
    if !error.use_stderr() {
        error.print().ok();
        return Exit::Done.into();
    }
    if asks_for_json(given) {
        let text = error.render().to_string();
        let mut parts = text.splitn(2, "\n\n");
        let first = parts.next().unwrap_or_default().trim_start_matches("error: ");
        let trouble = Trouble {
            error: first.lines().map(str::trim).collect::<Vec<_>>().join(" "),
            causes: Vec::new(),
            excerpt: None,
            hint: Some("see `conductor --help`".to_owned()),
            disposition: Disposition::Fatal,
        };
        Screen::new(Format::Json, Colour::Never, None)
            .complain(&Complaint { trouble, exit: Exit::Usage });
    } else {
        error.print().ok();
    }
    Exit::Usage.into()
}

/// Whether arguments that cannot be read as a whole ask for JSON.
fn asks_for_json(arguments: Vec<OsString>) -> bool {
    let mut before = OsString::new();
    for argument in arguments {
        if argument == "--format=json" || (argument == "json" && before == "--format") {
            return true;
        }
        before = argument;
    }
    false
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
        Command::Rollback(_) | Command::Stacks(_) | Command::Lint(_) | Command::Serve => true,
        Command::History(_)
        | Command::Docker(_)
        | Command::Secrets(_)
        | Command::Events(_)
        | Command::Health => false,
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
        Command::Lint(arguments) => lint::run(session, arguments),
        Command::Stacks(arguments) => stacks::run(session, arguments),
        Command::Docker(arguments) => docker::run(session, arguments),
        Command::History(arguments) => history::run(session, arguments),
        Command::Why(arguments) => why::run(session, arguments),
        Command::Suspend(arguments) => suspend::suspend(session, arguments),
        Command::Resume(arguments) => suspend::resume(session, arguments),
        Command::Serve => serve::run(session),
        Command::Secrets(arguments) => secrets::run(session, arguments),
        Command::Events(_) => events::run(session),
        Command::Health => events::health(session),
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
