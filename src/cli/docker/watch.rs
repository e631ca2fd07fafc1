//! `conductor docker watch`: heals Docker in the foreground.

use std::sync::Mutex;

use super::acts;
use super::setup::WATCH;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::interrupt;
use crate::cli::session::{Session, now, wait_for};
use crate::docker::Gate;
use crate::files::Lock;
use crate::healer::{Setup, Told, run};
use crate::journal::Journal;
use crate::report::{Line, Style};

/// Watches until Ctrl-C or SIGTERM.
pub(super) fn watch(session: &Session, setup: &Setup) -> Result<Exit, Complaint> {
    let path = session.settings.places.journal();
    let opened = Journal::open(&path, now()).map_err(|error| Complaint::failed(&error))?;
    session.screen.warn(&opened.warnings);
    let lock = Lock::try_acquire(&setup.state, WATCH, "conductor docker watch");
    let _lock = lock.map_err(|error| Complaint::failed(&error))?.map_err(|holder| {
        let hint = "`conductor docker status` shows what it sees";
        acts::failed(format!("Docker is looked after already, by {holder}"), None, hint)
    })?;
    let screen = session.screen.clone();
    let last = Mutex::new(None);
    let tell = move |told: Told| match told {
        Told::Line { text, loud, .. } => {
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
        Told::Alive(_) | Told::Stirred | Told::Hold(_) | Told::Back | Told::Over(_) => (),
    };
    wait_for(async {
        let cancel = interrupt::watch(session.screen.clone());
        let nobody = Gate::default();
        run(setup.clone(), (opened.journal.clone(), &nobody), tell, cancel.clone()).await;
        if cancel.is_cancelled() {
            return Ok(Exit::Done);
        }
        Err(acts::no_manager("cannot heal Docker"))
    })
}
