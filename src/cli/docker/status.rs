//! `conductor docker status`

use std::time::Duration;

use serde_json::json;

use super::setup::{FRESH, unhealed};
use crate::cli::failure::Exit;
use crate::cli::session::{Session, now};
use crate::heal::State;
use crate::healer::{Health, Setup, memory};
use crate::report::{Line, Style, moment, span};

/// Shows Docker's health.
pub(super) fn status(session: &Session, setup: &Setup) -> Exit {
    let health = Health::read(&setup.health()).filter(|health| now() - health.seen < FRESH);
    let done = memory(&setup.memory());
    let ill = health.as_ref().is_some_and(|health| health.state.is_ill());
    if session.screen.is_json() {
        let health = serde_json::to_value(&health).unwrap_or_default();
        let entries = done.ledger().entries().iter().map(|entry| {
            json!({"at": entry.at.wall, "step": entry.remedy.step().word(), "remedy": entry.remedy.words()})
        });
        let all = json!({"schema": 1, "health": health, "remedies": entries.collect::<Vec<_>>()});
        session.screen.raw(&format!("{all:#}\n"));
    } else {
        let mut lines = match &health {
            Some(health) => words(health),
            None => vec![Line::of(Style::Odd, nobody(session))],
        };
        for entry in done.ledger().entries() {
            let line = Line::of(Style::Faint, format!("  {}  ", moment(entry.at.wall)));
            lines.push(line.with(Style::Plain, entry.remedy.words()));
        }
        if health.as_ref().is_some_and(|health| health.live_restore == Some(false)) {
            let hint =
                "hint: with `live-restore` in daemon.json containers outlive a restart of Docker";
            lines.push(Line::of(Style::Hint, hint));
        }
        session.screen.data(&lines);
    }
    if ill { Exit::Failed } else { Exit::Done }
}

/// Why nobody looks after Docker: whether root could, since it is not whoever asks here who does.
fn nobody(session: &Session) -> String {
    match unhealed(&session.settings, (0, session.environment.in_container)) {
        Some(why) => format!("nobody looks after Docker from here: {why}"),
        None => "nobody looks after Docker now; `conductor serve` does".to_owned(),
    }
}

fn words(health: &Health) -> Vec<Line> {
    let style = if health.state == State::Healthy {
        Style::Good
    } else if health.state.is_ill() {
        Style::Bad
    } else {
        Style::Odd
    };
    let since = u64::try_from(now() - health.since).unwrap_or(0);
    let for_long = format!(" for {}: {}", span(Duration::from_secs(since)), health.why);
    let mut lines = vec![Line::of(style, health.state.word()).with(Style::Plain, for_long)];
    if let Some(remedy) = &health.remedy {
        lines.push(Line::of(Style::Plain, format!("  now: {remedy}")));
    }
    if let Some(held) = &health.held {
        lines.push(Line::of(Style::Faint, format!("  nothing is done: {held}")));
    }
    if health.hold_runs {
        lines.push(Line::of(Style::Odd, "  runs wait"));
    }
    lines
}
