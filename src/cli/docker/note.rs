//! What `status` says of Docker itself.

use serde_json::{Value, json};

use super::setup::{FRESH, setup};
use crate::cli::session::{Session, now};
use crate::heal::State;
use crate::healer::Health;
use crate::report::{Line, Style};

/// Why nothing can be done for Docker from inside of a container.
const INSIDE: &str =
    "Docker itself cannot be restarted from inside of a container; the host form of Conductor can";

/// What is to be said of Docker itself; nothing where it is well, or where nobody looks after it.
pub(in crate::cli) fn note(session: &Session) -> Option<Line> {
    if session.environment.in_container {
        return Some(Line::of(Style::Faint, INSIDE));
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

/// The same for programs; null where nobody looks after it.
pub(in crate::cli) fn value(session: &Session) -> Value {
    if session.environment.in_container {
        return json!({ "state": State::Unwatched.word(), "why": INSIDE, "ill": false });
    }
    let health = setup(session).and_then(|setup| Health::read(&setup.health()));
    let Some(health) = health.filter(|health| now() - health.seen < FRESH) else {
        return Value::Null;
    };
    json!({
        "state": health.state.word(),
        "why": health.why,
        "since": health.since,
        "ill": health.state.is_ill(),
        "runs_held": health.hold_runs,
        "remedy": health.remedy,
        "held": health.held,
        "remedies": health.remedies,
        "live_restore": health.live_restore,
    })
}
