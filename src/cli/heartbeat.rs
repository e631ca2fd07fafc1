//! What the loop itself tells systemd: that it serves, that it is alive, what it is at.

use super::docker::Progress;
use crate::model::snapshot::{HealthNow, Phase, Snapshot};
use crate::systemd::{self, Tidings, up};

/// What was heard last.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    is_ready: bool,
    is_stopping: bool,
    status: String,
    watch: Progress,
    is_stuck: bool,
}

impl Heartbeat {
    /// Nothing was heard yet; `watch` is the progress of whoever looks after Docker.
    pub(super) fn of(watch: Progress) -> Self {
        Self { watch, ..Self::default() }
    }

    /// Whether everything that has to go on does. Who does not is told once; systemd starts all of it anew then.
    fn is_alive(&mut self) -> bool {
        let is_alive = self.watch.is_made(up());
        if !is_alive && !std::mem::replace(&mut self.is_stuck, true) {
            tracing::error!("the watch of Docker makes no progress; systemd is to start it anew");
        }
        is_alive
    }

    /// Tells that the loop goes on, and what is new.
    pub(super) fn beat(&mut self, shown: &Snapshot) {
        let status = status(shown);
        let is_stopping = shown.phase == Phase::Stopping;
        let mut tidings = Vec::new();
        tidings.extend(self.is_alive().then_some(Tidings::Alive));
        tidings.extend((!self.is_ready).then_some(Tidings::Ready));
        tidings.extend((is_stopping && !self.is_stopping).then_some(Tidings::Stopping));
        if self.status != status {
            tidings.push(Tidings::Status(&status));
        }
        // What was not heard is told again with the next beat.
        if systemd::tell(&tidings) {
            (self.is_ready, self.is_stopping, self.status) = (true, is_stopping, status);
        }
    }
}

/// What the daemon is at, in a line.
fn status(shown: &Snapshot) -> String {
    let count = |health: &[HealthNow]| {
        shown.stacks.iter().filter(|stack| health.contains(&stack.health)).count()
    };
    let mut words = vec![match shown.stacks.len() {
        1 => "1 stack".to_owned(),
        number => format!("{number} stacks"),
    }];
    let unwell = count(&[HealthNow::Degraded, HealthNow::Missing]);
    let phase = match shown.phase {
        Phase::Starting => Some("starting".to_owned()),
        Phase::Serving => None,
        Phase::Stopping => Some("stopping".to_owned()),
    };
    words.push(format!("{} healthy", count(&[HealthNow::Healthy])));
    words.extend((unwell > 0).then(|| format!("{unwell} unwell")));
    words.extend(phase);
    let away = shown.sources.iter().filter(|source| source.error.is_some());
    words.extend(away.map(|source| format!("source {} away", source.name)));
    let docker = shown.engine.docker.as_ref().filter(|docker| docker.state != "healthy");
    match docker {
        Some(docker) => words.push(format!("Docker {}", docker.state)),
        None => words.extend(shown.engine.error.as_ref().map(|_| "engine away".to_owned())),
    }
    if let Some(run) = shown.runs.first() {
        let more = match shown.runs.len() {
            1 => String::new(),
            number => format!(" and {} more", number - 1),
        };
        words.push(format!("running {}{more}", run.project));
    }
    words.join(", ")
}
