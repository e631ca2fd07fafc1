//! The loop.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::docker::{Gate, Keeper, Way};
use crate::heal::{Memory, NoteKind, Pace, Remedy, State, Verdict};
use crate::journal::{IncidentId, Journal};
use crate::systemd::Manager;

use super::health::{Health, Told};
use super::look::Look;
use super::setup::Setup;
use super::store;
use super::treat::Hands;

/// How long until the next look.
const CALM: Duration = Duration::from_secs(10);
const CLOSE: Duration = Duration::from_secs(2);
/// The same while runs wait for nothing but these looks.
const SOON: Duration = Duration::from_secs(1);
/// A change of a unit is looked at when it has settled: between a crash and the restart it passes through `failed`.
const SETTLE: Duration = Duration::from_millis(700);

/// How long one look at everything may take; each question in it has its own limit.
const LOOK: Duration = Duration::from_mins(5);
/// How long a remedy may take besides what it is given to take effect.
const ACT: Duration = Duration::from_mins(15);

impl Keeper for Manager {
    fn may_connect(&self) -> BoxFuture<'_, bool> {
        self.may_connect().boxed()
    }
}

/// Watches Docker and heals it, until it is told to end; a remedy that is under way then is finished first. Ends at once where
/// the machine has no service manager that is known. Whoever is behind `gate` has the manager asked before each connect.
pub async fn run(
    setup: Setup,
    (journal, gate): (Journal, &Gate),
    tell: impl Fn(Told) + Send + Sync + 'static,
    cancel: CancellationToken,
) {
    let Some(manager) = setup.manager().await else {
        return;
    };
    let (manager, tell) = (Arc::new(manager), Arc::new(tell));
    let stirred = Arc::clone(&tell);
    manager.on_doubt(move || stirred(Told::Stirred));
    gate.ask(manager.clone());
    let own = Gate::default();
    own.ask(manager.clone());
    let way = Way::to(setup.endpoint.clone()).behind(own);
    let look = Look::new(setup.clone(), Arc::clone(&manager), way.clone());
    let memory = store::read(&setup.memory());
    let mut healer = Healer {
        health_file: setup.health(),
        setup,
        manager,
        way,
        look,
        memory,
        journal,
        incident: None,
        health: None,
        held: None,
        worst: State::Suspect,
    };
    let now = healer.look.now();
    healer.memory.resume(&now);
    let (mut state, mut pace) = (State::Starting, Pace::Close);
    while !cancel.is_cancelled() {
        let verdict = healer.turn((state, pace), &*tell).await;
        (state, pace) = (verdict.state, verdict.pace);
        let pause = match (state, pace) {
            // What it was kept for follows.
            _ if verdict.remedy == Some(Remedy::Evidence) => Duration::ZERO,
            (State::Starting, _) => SOON,
            (_, Pace::Close) => CLOSE,
            (_, Pace::Calm) => CALM,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => (),
            () = healer.manager.nudged() => tokio::time::sleep(SETTLE).await,
            () = cancel.cancelled() => (),
        }
    }
}

struct Healer {
    setup: Setup,
    manager: Arc<Manager>,
    way: Way,
    look: Look,
    memory: Memory,
    journal: Journal,
    incident: Option<IncidentId>,
    health_file: PathBuf,
    health: Option<Health>,
    held: Option<bool>,
    worst: State,
}

impl Healer {
    /// One look, and what follows from it.
    async fn turn(
        &mut self,
        before: (State, Pace),
        tell: &(impl Fn(Told) + Send + Sync),
    ) -> Verdict {
        tell(Told::Alive(LOOK));
        let doubts = self.manager.doubts();
        let facts = self.look.facts(&self.memory, before).await;
        let before = self.memory.clone();
        let [anew, accept] = self.setup.was_asked();
        if anew {
            self.memory.forgive();
        }
        if accept {
            self.memory.accept_engine();
        }
        let mut verdict = self.memory.judge(&self.setup.policy, &facts);
        // What was seen before it may have begun to go down opens nothing.
        verdict.may_connect &= self.manager.doubts() == doubts;
        // Before anything is done: what is not on the disk would be done again after a crash.
        let saved = if verdict.remedy.is_some() || keeps(&before, &self.memory) {
            store::write(&self.setup.memory(), &self.memory)
        } else {
            Ok(())
        };
        self.note(&verdict, tell);
        self.publish(&verdict, tell);
        if self.manager.doubts() != doubts {
            tell(Told::Stirred);
        }
        if let Some(remedy) = &verdict.remedy {
            match saved {
                Ok(()) => {
                    tell(Told::Alive(ACT + remedy.step().limits().verify));
                    self.treat(remedy, tell).await;
                }
                Err(error) => self.line(
                    NoteKind::Useless,
                    &format!("not tried, because the budget cannot be written: {error}"),
                    tell,
                ),
            }
            if matches!(remedy, Remedy::Container { .. }) {
                self.look.again();
            }
            let now = self.look.now();
            self.memory.ended(&now);
            if let Err(error) = store::write(&self.setup.memory(), &self.memory) {
                tracing::warn!(%error, "cannot keep what was done to Docker");
            }
        }
        verdict
    }

    async fn treat(&mut self, remedy: &Remedy, tell: &(impl Fn(Told) + Send + Sync)) {
        let hands = Hands {
            manager: &self.manager,
            way: &self.way,
            root: self.look.root(&self.memory),
            evidence: self.setup.evidence(),
            now: self.look.now().wall,
        };
        match hands.carry_out(remedy).await {
            Ok(Some(line)) => self.line(NoteKind::Remedy, &line, tell),
            Ok(None) => (),
            Err(error) => {
                let text = format!("could not {}: {error}", remedy.words());
                self.line(NoteKind::Useless, &text, tell);
            }
        }
    }

    fn note(&mut self, verdict: &Verdict, tell: &(impl Fn(Told) + Send + Sync)) {
        let now = self.look.now().wall;
        if let (Some(episode), None) = (self.memory.episode(), self.incident) {
            let opened = self.journal.open_incident(episode.state.word(), episode.began.wall);
            self.incident = opened.ok();
        }
        for note in &verdict.notes {
            tracing::info!(state = %verdict.state, "docker: {}", note.text);
            if let Some(incident) = self.incident {
                let _unwritten =
                    self.journal.incident_line(incident, now, note.kind.word(), &note.text);
            }
            let (kind, text) = (note.kind, note.text.clone());
            tell(Told::Line { kind, step: note.step, text, loud: note.loud });
        }
        match (self.memory.episode(), self.incident) {
            (Some(episode), Some(_)) => self.worst = episode.state,
            (None, Some(incident)) => {
                let word = self.worst.word();
                let _unwritten = self.journal.close_incident(incident, word, now);
                self.incident = None;
                tell(Told::Over(self.worst));
            }
            (Some(_) | None, None) => (),
        }
    }

    fn line(&self, of: NoteKind, text: &str, tell: &(impl Fn(Told) + Send + Sync)) {
        tracing::info!("docker: {text}");
        if let Some(incident) = self.incident {
            let now = self.look.now().wall;
            let _unwritten = self.journal.incident_line(incident, now, of.word(), text);
        }
        tell(Told::Line { kind: of, step: None, text: text.to_owned(), loud: false });
    }

    fn publish(&mut self, verdict: &Verdict, tell: &(impl Fn(Told) + Send + Sync)) {
        let mut health = Health::of(verdict, &self.memory, &self.look.now(), self.health.as_ref());
        health.live_restore = self.look.live_restore;
        if let Err(error) = health.write(&self.health_file) {
            tracing::debug!(%error, "cannot publish Docker's health");
        }
        if self.held != Some(verdict.hold_runs) {
            match (self.held, verdict.hold_runs) {
                (_, true) => tell(Told::Hold(verdict.why.clone())),
                (Some(true), false) => tell(Told::Back),
                (None | Some(false), false) => (),
            }
            self.held = Some(verdict.hold_runs);
        }
        // Behind what it means for runs: what is to be reconciled is known when they may begin.
        tell(Told::Health(Box::new(health.clone())));
        self.health = Some(health);
    }
}

/// Whether something changed that has to outlive this process.
fn keeps(before: &Memory, after: &Memory) -> bool {
    before.ledger() != after.ledger()
        || before.episode() != after.episode()
        || before.identity() != after.identity()
}
