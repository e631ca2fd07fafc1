//! Notes what happens to Docker's units as it happens: afterwards an orderly stop and a process that somebody killed look
//! the same (both `inactive` with `success`; seen on systemd 252).

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::Notify;
use zbus::{Message, MessageStream, OwnedObjectPath, OwnedVariant};

use crate::heal::{Stop, Up};

use super::bus::Bus;
use super::clock::up;
use super::names::{Names, path};

/// How close to a stop of Docker a job of containerd means that packages are being upgraded, in seconds.
const TOGETHER: u64 = 5;

/// What changed of an object: its interface, what has a new value, and what has an unknown one.
type Changed = (String, HashMap<String, OwnedVariant>, Vec<String>);

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Since when nothing was missed.
    pub(super) since: Up,
    /// The last orderly stop of Docker that is not ours.
    pub(super) stop: Option<Stop>,
    containerd: Option<Up>,
    /// Whether the machine was said to go down.
    pub(super) going_down: bool,
    /// Whether a stop is ours.
    ours: bool,
}

/// What is seen, shared by the task that listens and those who ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    seen: Arc<Mutex<Seen>>,
    nudge: Arc<Notify>,
    doubts: Arc<Doubts>,
}

/// How often Docker may have been about to go down, and who has to hear of it at once.
#[derive(Default)]
struct Doubts {
    count: AtomicU64,
    hears: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Doubts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doubts").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Watch {
    /// Listens on a bus until it is gone or the last one who asks is.
    pub(super) async fn listen(
        &self,
        bus: &Bus,
        names: Names,
        on_bus: bool,
    ) -> Result<(), super::Error> {
        let mut messages = MessageStream::from(bus.connection());
        bus.subscribe(on_bus).await?;
        self.change(|seen| *seen = Seen { since: up(), ..Seen::default() });
        let (watch, bus) = (self.clone(), bus.clone());
        tokio::spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                if Arc::strong_count(&watch.seen) == 1 {
                    return;
                }
                watch.note(&bus, &names, &message).await;
            }
        });
        Ok(())
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether stops from now on are ours.
    pub(super) fn ours(&self, ours: bool) {
        self.change(|seen| seen.ours = ours);
    }

    /// Waits until something happens to a unit.
    pub(super) async fn nudged(&self) {
        self.nudge.notified().await;
    }

    /// How often Docker may have been about to go down.
    pub(super) fn doubts(&self) -> u64 {
        self.doubts.count.load(Ordering::Acquire)
    }

    /// Who has to hear at once that Docker may be about to go down; the first one counts.
    pub(super) fn on_doubt(&self, hears: impl Fn() + Send + Sync + 'static) {
        self.doubts.hears.set(Box::new(hears)).ok();
    }

    /// Docker may be about to go down.
    fn doubt(&self) {
        self.doubts.count.fetch_add(1, Ordering::AcqRel);
        if let Some(hears) = self.doubts.hears.get() {
            hears();
        }
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        self.nudge.notify_one();
    }

    async fn note(&self, bus: &Bus, names: &Names, message: &Message) {
        let header = message.header();
        match header.member().map(|member| member.as_str().to_owned()).as_deref() {
            Some("JobNew") => {
                let body = message.body();
                if let Ok((_, job, unit)) = body.deserialize::<(u32, OwnedObjectPath, String)>() {
                    self.job(bus, names, (job.as_str(), &unit)).await;
                }
            }
            Some("PrepareForShutdown") => {
                if let Ok(going_down) = message.body().deserialize::<bool>() {
                    self.change(|seen| seen.going_down = going_down);
                }
            }
            Some("PropertiesChanged") => {
                let at = header.path().map(|path| path.as_str().to_owned()).unwrap_or_default();
                self.changed(names, &at, message);
            }
            Some(_) | None => (),
        }
    }

    /// A unit changed. There are many with Docker's name in theirs: a mount for each container that starts.
    fn changed(&self, names: &Names, at: &str, message: &Message) {
        let others = [&names.socket, &names.containerd].into_iter().flatten();
        let is_docker = at == path(&names.docker);
        if !is_docker && !others.into_iter().any(|unit| at == path(unit)) {
            return;
        }
        let body = message.body();
        let changed = body.deserialize::<Changed>().map(|(_, changed, _)| changed);
        let state = changed.ok().and_then(|mut all| all.remove("ActiveState"));
        let state = state.and_then(|state| String::try_from(state).ok());
        if is_docker && state.is_some_and(|state| state != "active" && state != "reloading") {
            self.doubt();
        }
        self.change(|_seen| ());
    }

    async fn job(&self, bus: &Bus, names: &Names, (job, unit): (&str, &str)) {
        let containerd = names.containerd.as_deref() == Some(unit);
        if unit != names.docker && !containerd {
            return;
        }
        if !containerd {
            self.doubt(); // Before it is known which one it is: it may be gone by then.
        }
        let kind = bus.job_type(job).await;
        let now = up();
        self.change(|seen| {
            if containerd {
                seen.containerd = Some(now);
                if let Some(stop) = &mut seen.stop
                    && now.since(stop.at).as_secs() < TOGETHER
                {
                    stop.with_containerd = true;
                }
            } else if kind.as_deref() == Some("stop") && !seen.ours {
                let with = seen.containerd.is_some_and(|at| now.since(at).as_secs() < TOGETHER);
                seen.stop = Some(Stop { at: now, with_containerd: with });
            }
        });
    }
}
