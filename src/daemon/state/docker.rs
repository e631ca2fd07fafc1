//! Docker itself: what whoever looks after it tells, and what waits for it.

use super::core::State;
use super::sources::by_itself;
use crate::daemon::command::{Refusal, Refused};
use crate::daemon::effect::Effect;
use crate::daemon::event::DockerEvent;
use crate::daemon::happening::What;
use crate::journal::Trigger;
use crate::model::name::ProjectName;
use crate::model::snapshot::{Access, DockerNow};
use crate::reconcile::KnownBad;

/// Docker, as far as it is looked after.
#[derive(Debug, Clone, Default)]
pub(super) struct Docker {
    pub(super) now: Option<DockerNow>,
    /// Why nobody looks after it.
    pub(super) alone: Option<String>,
}

impl State {
    /// Takes what whoever looks after Docker tells.
    pub(crate) fn docker_told(&mut self, event: DockerEvent) {
        match event {
            DockerEvent::Now(now) => self.docker_is(*now),
            DockerEvent::Back => self.reconcile_everything(),
            DockerEvent::Alone(why) => {
                let was_kept_away = !self.may_touch_engine();
                self.docker = Docker { now: None, alone: Some(why) };
                self.touch_engine_again(was_kept_away);
            }
            DockerEvent::Line { kind, remedy, text, loud } => {
                if let Some(remedy) = remedy {
                    *self.counters.docker_remedies.entry((remedy, kind)).or_default() += 1;
                }
                if loud {
                    self.notice_docker(kind, text.clone());
                }
                self.effects.push(Effect::Tell(What::Incident { kind, text, loud }));
            }
            DockerEvent::Over(state) => {
                *self.counters.docker_incidents.entry(state).or_default() += 1;
            }
        }
    }

    fn docker_is(&mut self, now: DockerNow) {
        let was_kept_away = !self.may_touch_engine();
        if self.docker.now.as_ref().map(|before| before.state) != Some(now.state) {
            let (state, why, ill) = (now.state, now.why.clone(), now.ill);
            self.effects.push(Effect::Tell(What::Docker { state, why, ill }));
        }
        self.docker = Docker { now: Some(now), alone: None };
        self.touch_engine_again(was_kept_away);
    }

    /// What was not asked for while the engine was to be left alone is asked at once.
    fn touch_engine_again(&mut self, was_kept_away: bool) {
        if was_kept_away && self.may_touch_engine() {
            self.engine.failures = 0;
            self.engine.watch_at = Some(self.now.mono);
            self.engine.observe_all(self.now.mono);
        }
    }

    fn reconcile_everything(&mut self) {
        let ours = self.stacks.iter().filter(|(_, stack)| stack.source.is_some());
        let ours: Vec<ProjectName> = ours.map(|(project, _)| project.clone()).collect();
        for project in ours {
            self.enqueue(&project, &by_itself(Trigger::EngineBack), KnownBad::Skip, None);
        }
    }

    /// Whether runs wait until Docker is well.
    pub(super) fn waits_for_docker(&self) -> bool {
        self.docker.now.as_ref().is_some_and(|docker| docker.access != Access::Open)
    }

    /// Whether the engine's socket may be touched.
    pub(super) fn may_touch_engine(&self) -> bool {
        self.docker.now.as_ref().is_none_or(|docker| docker.access != Access::None)
    }

    /// Why nothing that takes Docker is taken: it would wait until a person does something.
    pub(super) fn docker_is_down(&self) -> Option<Refused> {
        let docker =
            self.docker.now.as_ref().filter(|it| it.lasting && it.access != Access::Open)?;
        Some(Refused {
            kind: Refusal::NotNow,
            why: format!("Docker is {}: {}", docker.state, docker.why),
            hint: Some("everything is reconciled when it is back".to_owned()),
        })
    }
}
