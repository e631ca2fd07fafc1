//! What `status` says of Docker itself.

use super::setup::{FRESH, setup};
use crate::cli::session::{Session, now};
use crate::heal::State;
use crate::healer::Health;
use crate::report::{Line, Style};

/// What is to be said of Docker itself; nothing where it is well, or where nobody looks after it.
pub(in crate::cli) fn note(session: &Session) -> Option<Line> {
    if session.environment.in_container {
        let text = "Docker itself cannot be restarted from inside of a container; the host form of Conductor can";
        return Some(Line::of(Style::Faint, text));
    }
    let health = Health::read(&setup(session)?.health())?;
    if now() - health.seen >= FRESH || health.state == State::Healthy {
        return None;
    }
    let style = if health.state.is_ill() { Style::Bad } else { Style::Odd };
    let mut text = format!("Docker is {}: {}", health.state, health.why);
    if health.hold_runs {
        text += "; runs wait";
    }
    Some(Line::of(style, text))
}
