//! The watch of Docker beside the daemon: what it sees decides whether runs wait, and whether the engine may be touched.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use super::setup::{WATCH, setup_of, unhealed};
use crate::cli::session::{Session, now};
use crate::config::Settings;
use crate::daemon::{DockerEvent, Handle, Load, What};
use crate::docker::Gate;
use crate::files::Lock;
use crate::heal::State;
use crate::healer::{Health, Setup, Told, run};
use crate::journal::Journal;
use crate::model::snapshot::{Access, DockerNow};
use crate::systemd::up;

/// Whoever looks after Docker beside the daemon, or nobody.
pub(in crate::cli) struct Beside {
    gate: Gate,
    progress: Progress,
    /// What it takes, or why nobody does.
    how: How,
    here: (u32, bool),
    file: Option<PathBuf>,
}

type How = Result<Setup, &'static str>;

/// What it speaks to.
pub(in crate::cli) struct Around {
    /// The daemon.
    pub(in crate::cli) handle: Handle,
    /// Where incidents are kept.
    pub(in crate::cli) journal: Journal,
    /// How the settings are read again.
    pub(in crate::cli) load: Load,
}

impl Beside {
    /// By the settings. Until Docker was looked at, nobody may touch the engine where it is looked after.
    pub(in crate::cli) fn of(session: &Session) -> Self {
        let here = (session.environment.uid, session.environment.in_container);
        let file = session.file.clone();
        let how = how(&session.settings, here, file.as_deref());
        let gate = Gate::default();
        if how.is_ok() {
            gate.set(false);
        }
        Self { gate, progress: Progress::default(), how, here, file }
    }

    /// Who keeps everybody from the engine.
    pub(in crate::cli) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Whether the watch goes on.
    pub(in crate::cli) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// What is taken for true of Docker until it was looked at.
    pub(in crate::cli) fn first(&self) -> DockerEvent {
        match &self.how {
            Err(why) => DockerEvent::Alone((*why).to_owned()),
            Ok(_) => DockerEvent::Now(Box::new(DockerNow {
                state: State::Starting.word(),
                why: "it was not looked at yet".to_owned(),
                since: now(),
                ill: false,
                lasting: false,
                remedy: None,
                held: None,
                access: Access::None,
                remedies: 0,
                live_restore: None,
            })),
        }
    }

    /// Looks after Docker until it is told to end, by the settings as they are after each reload.
    pub(in crate::cli) async fn keep(mut self, around: Around, end: CancellationToken) {
        let mut happenings = around.handle.follow();
        while !end.is_cancelled() {
            let stop = end.child_token();
            let keeps = (self.gate.clone(), self.progress.clone());
            let work = look_after(self.how.clone(), keeps, &around, stop.clone());
            tokio::pin!(work);
            let other = loop {
                tokio::select! {
                    // It ends only when it is told to.
                    () = &mut work => return,
                    () = end.cancelled() => break None,
                    happening = happenings.recv() => match happening {
                        Ok(happening) => {
                            if !matches!(happening.what, What::Reloaded { problem: None }) {
                                continue;
                            }
                        }
                        Err(RecvError::Lagged(_)) => (),
                        Err(RecvError::Closed) => break None,
                    },
                }
                let other = self.again(&around.load).await;
                if other.as_ref().is_some_and(|other| *other != self.how) {
                    break other;
                }
            };
            stop.cancel();
            work.await;
            match other {
                Some(other) => self.how = other,
                None => return,
            }
        }
    }

    /// What the settings say now; nothing where they cannot be read.
    async fn again(&self, load: &Load) -> Option<How> {
        let load = load.clone();
        let read = tokio::task::spawn_blocking(move || load()).await;
        let (settings, _told_by_the_daemon) = read.ok()?.ok()?;
        Some(how(&settings, self.here, self.file.as_deref()))
    }
}

fn how(settings: &Settings, here: (u32, bool), file: Option<&Path>) -> How {
    if let Some(why) = unhealed(settings, here) {
        return Err(why);
    }
    setup_of(settings, file).ok_or("it is on another machine")
}

async fn look_after(
    how: How,
    (gate, progress): (Gate, Progress),
    around: &Around,
    stop: CancellationToken,
) {
    let alone = async |why: &str| {
        tracing::info!("Docker itself is not looked after: {why}");
        gate.release();
        progress.release();
        around.handle.docker(DockerEvent::Alone(why.to_owned())).await;
        stop.cancelled().await;
    };
    let setup = match how {
        Ok(setup) => setup,
        Err(why) => return alone(why).await,
    };
    let _lock = match Lock::try_acquire(&setup.state, WATCH, "conductor serve") {
        Ok(Ok(lock)) => lock,
        Ok(Err(holder)) => return alone(&format!("{holder} does")).await,
        Err(error) => return alone(&error.to_string()).await,
    };
    let (teller, mut told) = mpsc::unbounded_channel();
    let (keeper, handle, promises) = (gate.clone(), around.handle.clone(), progress.clone());
    let first = AtomicBool::new(true);
    let tell = move |told: Told| {
        match &told {
            // Heard at once, in the middle of a look, too.
            Told::Stirred => return keeper.doubt(),
            Told::Health(health) => {
                keep_away(&keeper, health, first.swap(false, Ordering::Relaxed));
            }
            Told::Alive(within) => return promises.promise(up(), *within),
            Told::Hold(_) | Told::Back | Told::Line { .. } | Told::Over(_) => (),
        }
        // Nobody hears it where the daemon has ended.
        teller.send((told, keeper.is_open())).ok();
    };
    let pass_on = async {
        let mut last = None;
        while let Some((told, reachable)) = told.recv().await {
            if let Some(event) = event(told, reachable, &mut last) {
                handle.docker(event).await;
            }
        }
    };
    let watch = async {
        run(setup, (around.journal.clone(), &gate), tell, stop.clone()).await;
    };
    tokio::join!(watch, pass_on);
    progress.release();
    if !stop.is_cancelled() {
        alone("this machine has no service manager that is known").await;
    }
}

/// Keeps everybody from an engine whose unit does not run. What cannot be known changes nothing, except at the first look.
fn keep_away(gate: &Gate, health: &Health, first: bool) {
    match health.state {
        State::Unwatched | State::Unknown if first => gate.set(true),
        State::Unwatched | State::Unknown => gate.as_before(),
        State::Healthy
        | State::Starting
        | State::Suspect
        | State::Hung
        | State::RuntimeBad
        | State::SocketGone
        | State::Crashed
        | State::CrashLoop
        | State::ContainerBad
        | State::NetworkLost
        | State::ImagesLost
        | State::HostBad
        | State::Stopped
        | State::Upgrading
        | State::Paused
        | State::ShuttingDown
        | State::GaveUp => gate.set(health.may_connect),
    }
}

/// What the daemon hears; of a health that has not changed, nothing.
fn event(told: Told, reachable: bool, last: &mut Option<DockerNow>) -> Option<DockerEvent> {
    match told {
        Told::Health(health) => {
            let now = shown(&health, reachable);
            if last.as_ref() == Some(&now) {
                return None;
            }
            *last = Some(now.clone());
            Some(DockerEvent::Now(Box::new(now)))
        }
        Told::Back => Some(DockerEvent::Back),
        // Told by the health that came with it.
        Told::Stirred | Told::Hold(_) | Told::Alive(_) => None,
        Told::Over(state) => Some(DockerEvent::Over(state.word())),
        Told::Line { kind, step, text, loud } => {
            let (kind, remedy) = (kind.word(), step.map(crate::heal::Step::word));
            Some(DockerEvent::Line { kind, remedy, text, loud })
        }
    }
}

fn shown(health: &Health, reachable: bool) -> DockerNow {
    DockerNow {
        state: health.state.word(),
        why: health.why.clone(),
        since: health.since,
        ill: health.state.is_ill(),
        lasting: matches!(health.state, State::Stopped | State::HostBad | State::GaveUp),
        remedy: health.remedy.clone(),
        held: health.held.clone(),
        access: match (reachable, health.hold_runs) {
            (false, _) => Access::None,
            (true, true) => Access::Asked,
            (true, false) => Access::Open,
        },
        remedies: health.remedies,
        live_restore: health.live_restore,
    }
}
