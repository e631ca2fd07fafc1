//! What Ctrl-C and SIGTERM do: once, the run ends after its current operation; twice, at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Exit;
use super::screen::Screen;
use crate::report::{Line, Style};

/// Cancels the token at the first signal, and ends the program at the second.
pub(super) fn watch(screen: Screen) -> CancellationToken {
    watch_for(screen, "ending after the current operation; press Ctrl-C again to end at once")
}

/// The same with other words.
pub(super) fn watch_for(screen: Screen, words: &'static str) -> CancellationToken {
    let token = CancellationToken::new();
    let watched = token.clone();
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        let mut signals = 0_u8;
        loop {
            // Both are safe to drop: a signal that is not received now is received by the next call.
            let received = tokio::select! {
                received = interrupt.recv() => received,
                received = terminate.recv() => received,
            };
            if received.is_none() {
                return;
            }
            signals += 1;
            if signals > 1 {
                std::process::exit(i32::from(Exit::Interrupted.number()));
            }
            watched.cancel();
            screen.tell(&[Line::of(Style::Odd, words)]);
        }
    });
    token
}
