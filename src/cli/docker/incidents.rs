//! `conductor docker incidents` and `show`.

use std::time::Duration;

use serde_json::json;

use super::acts::failed;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::{Session, now};
use crate::journal::{Incident, IncidentId, Journal};
use crate::report::{Line, Span, Style, Table, moment, span};

/// How many are listed.
const MOST: usize = 50;

fn journal(session: &Session) -> Result<Journal, Complaint> {
    let path = session.settings.places.journal();
    Journal::read(&path).map_err(|error| Complaint::failed(&error))
}

fn took(incident: &Incident) -> String {
    let ended = incident.ended.unwrap_or_else(now);
    let seconds = u64::try_from(ended.saturating_sub(incident.began)).unwrap_or(0);
    let words = span(Duration::from_secs(seconds));
    if incident.ended.is_some() { words } else { format!("{words}, not over") }
}

/// Lists illnesses.
pub(super) fn list(session: &Session) -> Result<Exit, Complaint> {
    let found = journal(session)?.incidents(MOST).map_err(|error| Complaint::failed(&error))?;
    if session.screen.is_json() {
        let all = found.iter().map(|one| {
            json!({"number": one.id.0, "state": one.state, "began": one.began, "ended": one.ended})
        });
        let all = json!({"schema": 1, "incidents": all.collect::<Vec<_>>()});
        session.screen.raw(&format!("{all:#}\n"));
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        session.screen.warn(&["Docker was never ill as far as is remembered".to_owned()]);
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["INCIDENT", "BEGAN", "STATE", "TOOK"]);
    for one in &found {
        table.row(vec![
            Span::plain(one.id.0.to_string()),
            Span::plain(moment(one.began)),
            Span::new(if one.ended.is_some() { Style::Plain } else { Style::Bad }, &one.state),
            Span::plain(took(one)),
        ]);
    }
    session.screen.data(&table.lines());
    Ok(Exit::Done)
}

/// Shows one illness with its history.
pub(super) fn show(session: &Session, number: i64) -> Result<Exit, Complaint> {
    let journal = journal(session)?;
    let found = journal.incidents(usize::MAX).map_err(|error| Complaint::failed(&error))?;
    let Some(one) = found.iter().find(|one| one.id == IncidentId(number)) else {
        let hint = "list them with `conductor docker incidents`";
        return Err(failed(format!("no such incident: `{number}`"), None, hint));
    };
    let lines = journal.incident_lines(one.id).map_err(|error| Complaint::failed(&error))?;
    if session.screen.is_json() {
        let history =
            lines.iter().map(|line| json!({"at": line.at, "kind": line.kind, "text": line.text}));
        let all = json!({
            "schema": 1, "number": one.id.0, "state": one.state, "began": one.began,
            "ended": one.ended, "history": history.collect::<Vec<_>>(),
        });
        session.screen.raw(&format!("{all:#}\n"));
        return Ok(Exit::Done);
    }
    let heading = format!("incident {}: {}, {}", one.id.0, one.state, took(one));
    let mut shown = vec![Line::of(Style::Strong, heading)];
    for line in &lines {
        let at = Line::of(Style::Faint, format!("{}  ", moment(line.at)));
        shown.push(at.with(Style::Plain, format!("{:<9}  {}", line.kind, line.text)));
    }
    session.screen.data(&shown);
    Ok(Exit::Done)
}
