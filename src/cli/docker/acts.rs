//! What a person asks of Docker or of its watch.

use std::fmt::Display;

use super::arguments::{PauseArguments, ResumeArguments};
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::{Session, now, wait_for};
use crate::healer::{self, Setup};
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;
use crate::model::scalar::GoDuration;
use crate::report::{Line, Style, moment};

/// A command that failed.
pub(super) fn failed(error: impl Display, cause: Option<String>, hint: &str) -> Complaint {
    let trouble = Trouble {
        error: error.to_string(),
        causes: cause.into_iter().collect(),
        excerpt: None,
        hint: Some(hint.to_owned()),
        disposition: Disposition::WaitForChange,
    };
    Complaint { trouble, exit: Exit::Failed }
}

/// There is nobody who starts and stops Docker.
pub(super) fn no_manager(what: &str) -> Complaint {
    failed(format!("{what}: no service manager is known here"), None, NEEDS)
}

/// What looking after Docker takes.
const NEEDS: &str = "healing needs systemd, Unraid, Synology or OpenRC, and root";

/// The engine is not on this machine.
pub(super) fn elsewhere() -> Complaint {
    let hint = "run this where the engine is, with a Unix socket as its endpoint";
    let error = failed("cannot look after an engine on another machine", None, hint);
    Complaint { exit: Exit::Usage, ..error }
}

/// Restarts Docker in order.
pub(super) fn restart(session: &Session, setup: &Setup) -> Result<Exit, Complaint> {
    wait_for(async {
        let Some(manager) = setup.manager().await else {
            return Err(no_manager("cannot restart Docker"));
        };
        let restarted = manager.restart().await;
        restarted
            .map_err(|error| failed("cannot restart Docker", Some(error.to_string()), NEEDS))?;
        session.screen.tell(&[Line::of(Style::Good, "Docker is restarted")]);
        Ok(Exit::Done)
    })
}

/// Leaves Docker alone for a while.
pub(super) fn pause(
    session: &Session,
    setup: &Setup,
    arguments: &PauseArguments,
) -> Result<Exit, Complaint> {
    let until = match &arguments.span {
        None => None,
        Some(text) => {
            let span = GoDuration::parse(text).filter(|span| span.0 > 0).ok_or_else(|| {
                let hint = "write a time such as `30m` or `2h`";
                let wrong = failed(format!("cannot pause for `{text}`"), None, hint);
                Complaint { exit: Exit::Usage, ..wrong }
            })?;
            Some(now() + i64::try_from(span.to_std().as_secs()).unwrap_or(i64::MAX / 2))
        }
    };
    let [until_boot, for_good] = setup.pauses();
    let path = if arguments.for_good { for_good } else { until_boot };
    healer::pause(&path, &session.environment.caller(), until).map_err(|error| {
        failed(
            format!("cannot write `{}`", path.display()),
            Some(error.to_string()),
            "check the path and its permissions",
        )
    })?;
    let when = match until {
        Some(until) => format!("until {}", moment(until)),
        None if arguments.for_good => "until `conductor docker resume`".into(),
        None => "until the machine restarts, or `conductor docker resume`".into(),
    };
    session.screen.tell(&[Line::of(Style::Good, format!("Docker is left alone {when}"))]);
    Ok(Exit::Done)
}

/// Takes a pause back, and lets what was given up begin anew.
pub(super) fn resume(
    session: &Session,
    setup: &Setup,
    arguments: &ResumeArguments,
) -> Result<Exit, Complaint> {
    let done = healer::resume(&setup.pauses()).and_then(|was_paused| {
        setup.ask_to_begin_anew(arguments.accept_engine)?;
        Ok(was_paused)
    });
    let was_paused = done.map_err(|error| {
        failed("cannot resume", Some(error.to_string()), "check the runtime directory")
    })?;
    let what = if was_paused { "Docker is watched again" } else { "Docker was not left alone" };
    session.screen.tell(&[Line::of(Style::Good, format!("{what}; its budget is fresh"))]);
    Ok(Exit::Done)
}
