//! The workers, and what they share.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{Settings, Source};
use crate::daemon::effect::{Asker, Effect, PassId};
use crate::daemon::event::Event;
use crate::daemon::work::{Tell, Workers, broken};
use crate::docker::{self, Calls, Endpoint, Engine, Gate, Limits, Way};
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::reconcile::{self, Context, Cuts, Progress, Terms};

/// Reads the settings anew, with what should be known about them.
pub type Load = Arc<dyn Fn() -> Result<(Settings, Vec<String>), Trouble> + Send + Sync>;

/// The workers: one context for all passes, one connection to the engine.
pub struct Crew {
    /// Exchanged as a whole by a reload; whoever began with one goes on with it.
    pub(super) context: watch::Sender<Context>,
    /// The connection to the engine, while it holds.
    engine: Mutex<Option<Engine>>,
    pub(super) load: Load,
    wall: fn() -> i64,
    /// Who keeps everybody from the engine while Docker is to be left alone.
    pub(super) gate: Gate,
    /// Which runs of the passes that go on wait for nothing any more.
    cuts: std::sync::Mutex<BTreeMap<PassId, Cuts>>,
    /// Calls to the engine, over all connections.
    calls: Arc<Calls>,
}

/// How long it is waited for a look at Docker that may be about to go down.
const DOUBT: Duration = Duration::from_secs(10);

/// What asks where only the daemon does.
const DAEMON: &str = "conductor";

impl Crew {
    /// Workers with what was opened to act; `wall` is the time in milliseconds since 1970.
    pub fn new(context: Context, load: Load, wall: fn() -> i64) -> Self {
        let (context, engine) = (watch::Sender::new(context), Mutex::new(None));
        let (gate, cuts) = (Gate::default(), std::sync::Mutex::default());
        Self { context, engine, load, wall, gate, cuts, calls: Arc::default() }
    }

    /// How often the engine was asked, by kind and by what came of it.
    pub fn calls(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.calls.read().collect()
    }

    /// How many encrypted files were read since the settings were, by what came of them.
    pub fn secrets(&self) -> Vec<(&'static str, u64)> {
        self.context().keys.counts.read().collect()
    }

    /// The same, where somebody keeps everybody from the engine while Docker is to be left alone.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// Which runs of a pass wait for nothing any more.
    pub(super) fn cuts(&self, pass: PassId) -> Cuts {
        let mut all = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(pass).or_default().clone()
    }

    /// Forgets the cuts of a pass that is over.
    pub(super) fn forget_cuts(&self, pass: PassId) {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner).remove(&pass);
    }

    pub(super) fn context(&self) -> Context {
        self.context.borrow().clone()
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        (self.wall)().div_euclid(1000)
    }

    /// The engine, reached anew where the connection was given up.
    pub(super) async fn engine(&self) -> Result<Engine, Trouble> {
        let fail = |error: docker::Error| Trouble::of(&error);
        self.gate.opens(DOUBT).await.map_err(fail)?;
        let mut known = self.engine.lock().await;
        if let Some(engine) = &*known {
            return Ok(engine.clone());
        }
        let settings = self.context().settings;
        let endpoint = Endpoint::parse(&settings.engine.endpoint.to_string()).map_err(fail)?;
        let limits =
            Limits { call: settings.limits.engine_call, pull_stall: settings.limits.pull_stall };
        let way = Way::to(endpoint).behind(self.gate.clone());
        let engine = Engine::reach(&way).await.map_err(fail)?.with_limits(limits);
        let engine = engine.counted(self.calls.clone());
        Ok(known.insert(engine).clone())
    }

    /// Gives the connection up: the next one who needs the engine reaches it anew, and asks who it is by then.
    pub(super) async fn give_up_engine(&self) {
        *self.engine.lock().await = None;
    }

    /// Terms of work that begins now.
    pub(super) fn terms(
        &self,
        asker: &Asker,
        progress: Arc<dyn Progress>,
        cancel: CancellationToken,
    ) -> Terms {
        Terms {
            now: self.now(),
            since: Instant::now(),
            trigger: asker.trigger,
            caller: asker.caller.clone(),
            progress,
            cancel,
            cuts: Cuts::default(),
        }
    }

    /// Terms of work that nobody asked for and that changes nothing.
    pub(super) fn quiet_terms(&self, cancel: CancellationToken) -> Terms {
        let asker = Asker { trigger: crate::journal::Trigger::Poll, caller: DAEMON.to_owned() };
        self.terms(&asker, Arc::new(reconcile::Silent), cancel)
    }

    /// The sources of the settings that pass `wanted`.
    pub(super) fn sources(&self, wanted: impl Fn(&SourceName) -> bool) -> Vec<Source> {
        let settings = self.context().settings;
        settings.sources.iter().filter(|source| wanted(&source.name)).cloned().collect()
    }
}

impl Workers for Crew {
    fn carry_out(
        self: Arc<Self>,
        effect: Effect,
        tell: Tell,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Event> {
        async move {
            let crew = self.clone();
            match effect {
                Effect::Fetch { source, since } => self.fetch(source, since, cancel).await,
                Effect::Reconcile(order) => {
                    let id = order.pass;
                    let event =
                        apart(move || async move { crew.reconcile(order, (tell, cancel)).await });
                    event.await.unwrap_or_else(|trouble| Event::Passed(id, Err(trouble)))
                }
                Effect::ReconcileAll(order) => {
                    let id = order.pass;
                    let event =
                        apart(
                            move || async move { crew.reconcile_all(order, (tell, cancel)).await },
                        );
                    event.await.unwrap_or_else(|trouble| Event::Passed(id, Err(trouble)))
                }
                Effect::RollBack(order) => {
                    let id = order.pass;
                    let event = apart(move || async move {
                        Box::pin(crew.roll_back(order, (tell, cancel))).await
                    });
                    event.await.unwrap_or_else(|trouble| Event::Passed(id, Err(trouble)))
                }
                Effect::Plan(id, asker, scope) => {
                    let event =
                        apart(move || async move { crew.plan(id, asker, scope, cancel).await });
                    event.await.unwrap_or_else(|trouble| Event::Planned(id, Err(trouble)))
                }
                Effect::Note(note) => self.note(note).await,
                Effect::Observe(look) => self.observe(look).await,
                Effect::Watch => self.watch(tell, cancel).await,
                Effect::Reload(id) => self.reload(id).await,
                // The loop carries these out itself.
                Effect::Reply(..)
                | Effect::Answer(..)
                | Effect::Cancel
                | Effect::Cut(..)
                | Effect::Tell(_)
                | Effect::Notice(_)
                | Effect::End(_) => Event::Tick,
            }
        }
        .boxed()
    }

    fn cut(&self, pass: PassId, project: &ProjectName) {
        self.cuts(pass).cut(project);
    }
}

/// Carries out work on a thread of its own: a pass decides and renders much between two questions to the engine, and the
/// threads that answer others are few. Its end by a panic is a trouble.
async fn apart<F: Future<Output = Event>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<Event, Trouble> {
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || runtime.block_on(Box::pin(work()))).await;
    done.map_err(|error| broken(&error.to_string()))
}
