//! `conductor history`: what was done, when, at whose word, and why. Needs neither the engine nor the network.

use super::arguments::HistoryArguments;
use super::failure::{Complaint, Error, Exit};
use super::session::Session;
use crate::files::Lock;
use crate::journal::{Journal, RunId, Selection};
use crate::report::{self, Open};

/// Shows the runs of all stacks or of one, or one run with its operations.
pub(super) fn run(session: &Session, arguments: &HistoryArguments) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let places = &session.settings.places;
    let journal = Journal::read(&places.journal()).map_err(|error| Complaint::failed(&error))?;
    let open = if Lock::is_held(&places.state) { Open::Running } else { Open::Killed };
    if arguments.events {
        return events(session, &journal, arguments);
    }
    match &arguments.what {
        Some(what) if what.bytes().all(|byte| byte.is_ascii_digit()) => {
            one(session, &journal, what, open)
        }
        _ => all(session, &journal, arguments, open),
    }
}

fn one(session: &Session, journal: &Journal, what: &str, open: Open) -> Result<Exit, Complaint> {
    let fail = |error| Complaint::failed(&error);
    let unknown = || Complaint::from(Error::UnknownRun { number: what.to_owned() });
    let id = RunId(what.parse().map_err(|_error| unknown())?);
    let run = journal.run(id).map_err(fail)?.ok_or_else(unknown)?;
    let operations = journal.operations(id).map_err(fail)?;
    if session.screen.is_json() {
        session.screen.raw(&report::run_json(&run, &operations, open));
    } else {
        session.screen.data(&report::run_text(&run, &operations, open));
    }
    Ok(Exit::Done)
}

fn all(
    session: &Session,
    journal: &Journal,
    arguments: &HistoryArguments,
    open: Open,
) -> Result<Exit, Complaint> {
    let selection = selection(session, arguments);
    let runs = journal.runs(&selection).map_err(|error| Complaint::failed(&error))?;
    if session.screen.is_json() {
        session.screen.raw(&report::history_json(&runs, open));
    } else if runs.is_empty() {
        let whose = arguments.what.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
        session.screen.warn(&[format!("no run{whose} is recorded")]);
    } else {
        session.screen.data(&report::history_text(&runs, open));
    }
    Ok(Exit::Done)
}

fn events(
    session: &Session,
    journal: &Journal,
    arguments: &HistoryArguments,
) -> Result<Exit, Complaint> {
    let selection = selection(session, arguments);
    let events = journal.events(&selection).map_err(|error| Complaint::failed(&error))?;
    if session.screen.is_json() {
        session.screen.raw(&report::events_json(&events));
    } else if events.is_empty() {
        session.screen.warn(&["no event is recorded; the daemon records them".to_owned()]);
    } else {
        session.screen.data(&report::events_text(&events));
    }
    Ok(Exit::Done)
}

fn selection(session: &Session, arguments: &HistoryArguments) -> Selection {
    Selection {
        engine: Some(session.settings.engine.name.clone()),
        stack: arguments.what.clone(),
        limit: Some(arguments.limit).filter(|limit| *limit > 0),
    }
}
