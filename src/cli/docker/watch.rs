//! `conductor docker watch`: heals Docker in the foreground.

use std::sync::Mutex;

use crate::cli::failure::{Complaint, Exit};
use crate::cli::interrupt;
use crate::cli::session::{Session, now, wait_for};
use crate::files::Lock;
use crate::healer::{Setup, Told, run};
use crate::journal::Journal;
use crate::report::{Line, Style};

/// Watches until Ctrl-C or SIGTERM.
pub(super) fn watch(session: &Session, setup: &Setup) -> Result<Exit, Complaint> {
    let path = session.settings.places.journal();
    let opened = Journal::open(&path, now()).map_err(|error| Complaint::failed(&error))?;
    session.screen.warn(&opened.warnings);
    if Lock::is_held(&session.settings.places.state) {
        let word = "another Conductor is at work; if it is `serve`, it watches Docker already";
        session.screen.warn(&[word.to_owned()]);
    }
    let screen = session.screen.clone();
    let last = Mutex::new(None);
    let tell = move |told: Told| match told {
        Told::Line { text, loud } => {
            let style = if loud { Style::Bad } else { Style::Plain };
            screen.tell(&[Line::of(style, text)]);
        }
        Told::Health(health) => {
            let Ok(mut last) = last.lock() else { return };
            if *last != Some(health.state) {
                *last = Some(health.state);
                screen
                    .tell(&[Line::of(Style::Strong, format!("{}: {}", health.state, health.why))]);
            }
        }
        Told::Hold(_) | Told::Back => (),
    };
    wait_for(async {
        let cancel = interrupt::watch(session.screen.clone());
        run(setup.clone(), opened.journal.clone(), tell, cancel).await;
        Ok(Exit::Done)
    })
}
