//! What signals mean to the daemon.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;

use super::failure::{Complaint, Error, Exit};
use crate::daemon::{Handle, What, Why};
use crate::systemd::{self, Tidings};

/// How long a reload may take before systemd hears that it is over.
const RELOAD: Duration = Duration::from_secs(30);

/// How often systemd is told of a reload, where it does not hear.
const TRIES: usize = 10;

/// SIGTERM and Ctrl-C end the daemon after its current operations, a second one at once; SIGHUP lets it read its settings
/// again.
pub(super) fn obey(handle: Handle) -> Result<(), Complaint> {
    let hear = |kind| signal(kind).map_err(|source| Error::Runtime { source });
    let (mut terminate, mut interrupt) =
        (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?);
    let hangup = hear(SignalKind::hangup())?;
    #[cfg(debug_assertions)]
    stand_still(handle.clone(), hear(SignalKind::user_defined2())?);
    tokio::spawn(reloads(handle.clone(), hangup));
    tokio::spawn(async move {
        let mut is_ending = false;
        loop {
            // Both are safe to drop: a signal that is not received now is received by the next call.
            let received = tokio::select! {
                received = terminate.recv() => received,
                received = interrupt.recv() => received,
            };
            if received.is_none() {
                return;
            }
            if std::mem::replace(&mut is_ending, true) {
                std::process::exit(i32::from(Exit::Interrupted.number()));
            }
            tracing::info!("ending after the current operations; a second signal ends at once");
            // Whether the loop takes it is seen by the second signal alone.
            let handle = handle.clone();
            tokio::spawn(async move { handle.stop(Why::Asked).await });
        }
    });
    Ok(())
}

async fn reloads(handle: Handle, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        let mut heard = insist(Tidings::Reloading).await;
        let mut happenings = handle.follow();
        handle.reload().await;
        let reloaded = async {
            loop {
                match happenings.recv().await {
                    Ok(happening) if matches!(happening.what, What::Reloaded { .. }) => return,
                    Ok(_) | Err(RecvError::Lagged(_)) => (),
                    Err(RecvError::Closed) => return,
                }
            }
        };
        if tokio::time::timeout(RELOAD, reloaded).await.is_err() {
            tracing::warn!("the settings are still being read");
        }
        heard &= insist(Tidings::Ready).await;
        if !heard {
            tracing::warn!("systemd does not hear of the reload");
        }
    }
}

/// Tells systemd of a reload, several times where it is busy: without the word that it is over, systemd takes it for failed.
async fn insist(tidings: Tidings<'static>) -> bool {
    for _ in 0..TRIES {
        // It may wait a moment.
        let told = tokio::task::spawn_blocking(move || systemd::tell(&[tidings])).await;
        if told.unwrap_or(false) {
            return true;
        }
    }
    false
}

/// A build for tests stands still at SIGUSR2, so that they see what the supervisor does about it.
#[cfg(debug_assertions)]
fn stand_still(handle: Handle, mut asked: Signal) {
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            handle.stand_still().await;
        }
    });
}
