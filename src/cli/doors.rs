//! The daemon's doors: opened with it, renewed when it reads its settings again, closed behind it.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::failure::Complaint;
use super::notices::Channels;
use super::session::Session;
use crate::daemon::{Crew, Handle, Load, What};
use crate::http::{Doors, Rules, Surroundings};
use crate::journal::Journal;
use crate::report::Counted;

/// Opens the socket and the listeners, for as long as the daemon lives.
pub(super) async fn open(
    session: &Session,
    handle: Handle,
    (journal, channels): (Journal, Channels),
    (load, crew): (Load, Arc<Crew>),
) -> Result<(), Complaint> {
    let mut warnings = Vec::new();
    let settings = &session.settings;
    let rules = Rules::of(settings, &mut warnings).map_err(|error| Complaint::failed(&error))?;
    let end = CancellationToken::new();
    let around = Surroundings {
        handle: handle.clone(),
        journal,
        logs: crew.clone(),
        counted: Box::new(move || Counted { calls: crew.calls(), secrets: crew.secrets() }),
        clock: seconds,
        channels: Box::new(channels.now()),
        end: end.clone(),
    };
    let doors = Doors::open(settings, rules, around, &mut warnings)
        .await
        .map_err(|error| Complaint::failed(&error))?;
    session.screen.warn(&warnings);
    tokio::spawn(keep(doors, handle, load, end));
    Ok(())
}

/// Renews the rules at each reload that worked, and closes the doors when the daemon has ended.
async fn keep(doors: Doors, handle: Handle, load: Load, end: CancellationToken) {
    let mut happenings = handle.follow();
    drop(handle);
    let _closed = end.drop_guard();
    loop {
        let renewed = match happenings.recv().await {
            Ok(happening) => matches!(happening.what, What::Reloaded { problem: None }),
            // What was missed may have been a reload.
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return,
        };
        if renewed {
            renew(&doors, &load).await;
        }
    }
}

/// Reads the settings and their secrets again; what cannot be read leaves everything as it was.
async fn renew(doors: &Doors, load: &Load) {
    let load = load.clone();
    let read = tokio::task::spawn_blocking(move || {
        let (settings, mut warnings) = load().map_err(|trouble| trouble.error.clone())?;
        let rules = Rules::of(&settings, &mut warnings).map_err(|error| error.to_string())?;
        Ok::<_, String>((rules, warnings))
    });
    match read.await {
        Ok(Ok((rules, warnings))) => {
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            doors.renew(rules);
        }
        Ok(Err(problem)) => {
            tracing::warn!("webhooks, tokens and limits stay as they were: {problem}");
        }
        Err(error) => tracing::warn!("webhooks, tokens and limits stay as they were: {error}"),
    }
}

/// The time, in seconds since 1970.
fn seconds() -> i64 {
    super::serve::millis() / 1000
}
