//! What happens in the daemon, for its log.

use tokio::sync::broadcast::error::RecvError;

use crate::daemon::{Handle, OperationState, What};
use crate::model::snapshot::ProblemNow;

/// Logs what happens, until the daemon ends.
pub(super) async fn log(handle: Handle) {
    let mut happenings = handle.follow();
    drop(handle);
    loop {
        match happenings.recv().await {
            Ok(happening) => line(&happening.what),
            Err(RecvError::Lagged(missed)) => tracing::warn!("{missed} events are not logged"),
            Err(RecvError::Closed) => return,
        }
    }
}

fn line(what: &What) {
    match what {
        What::Accepted { request, trigger, caller, wants, .. } => {
            tracing::info!(%request, trigger, caller, "accepted: {wants}");
        }
        What::Refused { trigger, caller, wants, why, .. } => {
            tracing::warn!(trigger, caller, "refused: {wants}: {why}");
        }
        What::Journal { problem: None } => tracing::info!("the journal is written again"),
        What::Journal { problem: Some(problem) } => {
            tracing::error!("what happens is not remembered: {}", in_a_line(problem));
        }
        What::Answered { request, well } => tracing::info!(%request, well, "answered"),
        What::Revision { source, revision } => {
            tracing::info!(%source, revision = revision.short(), "new revision");
        }
        What::SourceFailed { source, problem } => {
            tracing::warn!(%source, "cannot be fetched: {}", in_a_line(problem));
        }
        What::SourceRecovered { source } => tracing::info!(%source, "can be fetched again"),
        What::Began { stack, trigger, caller, .. } => {
            tracing::debug!(%stack, trigger, caller, "run begins");
        }
        What::Operation { stack, state, verb, subject, cause, error } => match (state, error) {
            (OperationState::Begun, _) => tracing::info!(%stack, "{verb} {subject}: {cause}"),
            (_, Some(error)) => tracing::warn!(%stack, "{verb} {subject}: {error}"),
            (_, None) => tracing::debug!(%stack, "{verb} {subject}: {state:?}"),
        },
        What::Ended { stack, revision, trigger, outcome, done, millis, problem, .. } => {
            ended(
                &format!(
                    "{stack} {outcome} at {} ({done} operations, {millis} ms, {trigger})",
                    revision.short()
                ),
                problem.as_ref(),
            );
        }
        What::Health { stack, before, now } => tracing::info!(%stack, "{before} -> {now}"),
        What::Drift { stack, containers } => {
            tracing::info!(%stack, containers = containers.join(" "), "changed without us");
        }
        What::EngineLost { problem } => {
            tracing::warn!("the engine is away: {}", in_a_line(problem));
        }
        What::EngineBack => tracing::info!("the engine is back"),
        What::Docker { state, why, .. } => tracing::info!("docker is {state}: {why}"),
        // Told as it happens, by whoever looks after Docker.
        What::Incident { .. } => (),
        What::Suspended { stack, why } => tracing::info!(%stack, "{why}"),
        What::Resumed { stack } => tracing::info!(%stack, "resumed"),
        What::Reloaded { problem: None } => tracing::info!("the settings were read again"),
        What::Reloaded { problem: Some(problem) } => {
            tracing::error!("the settings stay as they were: {}", in_a_line(problem));
        }
        What::Stopping { reason } => {
            tracing::info!(reason = reason.as_deref().unwrap_or("asked"), "stopping");
        }
    }
}

fn ended(text: &str, problem: Option<&ProblemNow>) {
    match problem {
        None => tracing::info!("{text}"),
        Some(problem) => {
            let hint = problem.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
            tracing::warn!("{text}: {}{hint}", in_a_line(problem));
        }
    }
}

fn in_a_line(problem: &ProblemNow) -> String {
    let all = std::iter::once(&problem.error).chain(&problem.causes);
    all.cloned().collect::<Vec<_>>().join(": ")
}
