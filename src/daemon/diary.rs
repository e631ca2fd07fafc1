//! Writes what happens beside runs to the journal, and sees how the journal itself is doing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::handle::Handle;
use super::happening::{Happening, What};
use crate::journal::{Condition, Journal, NewEvent};
use crate::model::name::EngineName;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// Events that are written at once.
const BATCH: usize = 512;

/// Keeps the diary until the daemon ends. `wall` is the time in milliseconds since 1970.
pub async fn keep_diary(
    handle: Handle,
    (journal, engine): (Journal, EngineName),
    wall: fn() -> i64,
) {
    let mut happenings = handle.follow();
    let (mut known, mut look_at) = (Condition::default(), Instant::now());
    loop {
        let first = match timeout_at(look_at, happenings.recv()).await {
            Err(_elapsed) => None,
            Ok(Ok(happening)) => entry(&happening),
            Ok(Err(RecvError::Lagged(missed))) => Some(gap(missed, wall())),
            Ok(Err(RecvError::Closed)) => return,
        };
        let events = batch(first, &mut happenings, wall);
        let looks = Instant::now() >= look_at;
        if looks {
            look_at = Instant::now() + LOOK;
        } else if events.is_empty() {
            continue;
        }
        let (writing, engine, now) = (journal.clone(), engine.clone(), wall().div_euclid(1000));
        let written = spawn_blocking(move || write(&writing, (&engine, now), &events, looks)).await;
        match written {
            Ok(now) if now != known => {
                handle.journal(now.clone()).await;
                known = now;
            }
            Ok(_) => (),
            Err(error) => tracing::error!(%error, "the journal's writer ended without an answer"),
        }
    }
}

/// A forgiving journal keeps what went wrong to itself, and says how it is doing.
fn write(
    journal: &Journal,
    (engine, now): (&EngineName, i64),
    events: &[NewEvent],
    looks: bool,
) -> Condition {
    journal.note_events(engine, events).ok();
    if looks {
        journal.look(now).ok();
        if journal.condition().trouble.is_some() {
            journal.try_out().ok();
        }
    }
    journal.condition()
}

/// What is there already, with the first of it.
fn batch(
    first: Option<NewEvent>,
    happenings: &mut Receiver<Arc<Happening>>,
    wall: fn() -> i64,
) -> Vec<NewEvent> {
    let mut events: Vec<NewEvent> = first.into_iter().collect();
    while events.len() < BATCH {
        match happenings.try_recv() {
            Ok(happening) => events.extend(entry(&happening)),
            Err(TryRecvError::Lagged(missed)) => events.push(gap(missed, wall())),
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    events
}

fn gap(missed: u64, at: i64) -> NewEvent {
    let text = format!("{missed} events were not written down");
    NewEvent { at: at.div_euclid(1000), kind: "gap", project: None, asker: None, text }
}

/// What of it belongs to the diary: runs and Docker's illnesses have their own places.
fn entry(happening: &Happening) -> Option<NewEvent> {
    let at = happening.at.div_euclid(1000);
    let event = |kind, project: Option<&_>, text: String| {
        Some(NewEvent { at, kind, project: project.cloned(), asker: None, text })
    };
    match &happening.what {
        What::Accepted { trigger, caller, wants, stack, .. } => {
            let request = event("request", stack.as_ref(), wants.clone())?;
            Some(NewEvent { asker: Some((*trigger, caller.clone())), ..request })
        }
        What::Refused { trigger, caller, wants, stack, why } => {
            let refused = event("refused", stack.as_ref(), format!("{wants}: {why}"))?;
            Some(NewEvent { asker: Some((*trigger, caller.clone())), ..refused })
        }
        What::SourceFailed { source, problem } => {
            event("source", None, format!("{source} cannot be fetched: {}", problem.error))
        }
        What::SourceRecovered { source } => {
            event("source", None, format!("{source} can be fetched again"))
        }
        What::Health { stack, before, now } => {
            event("health", Some(stack), format!("{before} -> {now}"))
        }
        What::Drift { stack, containers } => event("drift", Some(stack), containers.join(", ")),
        What::EngineLost { problem } => event("engine", None, format!("away: {}", problem.error)),
        What::EngineBack => event("engine", None, "back".to_owned()),
        What::Suspended { stack, why } => event("suspended", Some(stack), why.clone()),
        What::Resumed { stack } => event("resumed", Some(stack), String::new()),
        What::Reloaded { problem: None } => event("reload", None, "settings read".to_owned()),
        What::Reloaded { problem: Some(problem) } => {
            event("reload", None, format!("refused: {}", problem.error))
        }
        What::Journal { problem: Some(problem) } => event("journal", None, problem.error.clone()),
        What::Journal { problem: None } => event("journal", None, "written again".to_owned()),
        What::Stopping { reason } => {
            event("stopping", None, reason.clone().unwrap_or_else(|| "asked for".to_owned()))
        }
        What::Answered { .. }
        | What::Revision { .. }
        | What::Began { .. }
        | What::Operation { .. }
        | What::Ended { .. }
        | What::Docker { .. }
        | What::Incident { .. } => None,
    }
}
