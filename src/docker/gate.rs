//! Whether an engine may be asked at all.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::error::Error;
use super::task::Task;

/// How often it is looked whether a doubt is over.
const LOOK: Duration = Duration::from_millis(50);

/// Knows at any moment whether an engine's socket may be touched.
pub trait Keeper: Send + Sync {
    /// Whether it may be touched now. What cannot be known forbids nothing.
    fn may_connect(&self) -> BoxFuture<'_, bool>;
}

/// Whether an engine's socket may be touched: systemd holds that of a Docker that a person stopped, and starts it for whoever
/// connects. Clones are one gate, which is free until somebody keeps it.
#[derive(Clone, Default)]
pub struct Gate(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: AtomicU8,
    /// Who is asked before each connect: what was heard of Docker last may be older than its end.
    keeper: RwLock<Option<Arc<dyn Keeper>>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("state", &self.0.state).finish_non_exhaustive()
    }
}

/// Nobody keeps it: it is open.
const FREE: u8 = 0;
const OPEN: u8 = 1;
const CLOSED: u8 = 2;
/// Closed until somebody has looked.
const DOUBT: u8 = 3;

impl Gate {
    /// Opens or closes it, and keeps it from now on.
    pub fn set(&self, open: bool) {
        self.0.state.store(if open { OPEN } else { CLOSED }, Ordering::Release);
    }

    /// From now on this one is asked before each connect, too.
    pub fn ask(&self, keeper: Arc<dyn Keeper>) {
        *self.0.keeper.write().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
    }

    /// Opens it for good: nobody keeps it any more.
    pub fn release(&self) {
        *self.0.keeper.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.state.store(FREE, Ordering::Release);
    }

    /// Closes it until whoever keeps it has looked again: the engine went away, and may have been stopped by a person. A gate
    /// that nobody keeps stays open.
    pub fn doubt(&self) {
        let _as_it_was =
            self.0.state.compare_exchange(OPEN, DOUBT, Ordering::AcqRel, Ordering::Acquire).is_ok();
    }

    /// A look could not tell: it is as it was before the doubt.
    pub fn as_before(&self) {
        let _no_doubt =
            self.0.state.compare_exchange(DOUBT, OPEN, Ordering::AcqRel, Ordering::Acquire).is_ok();
    }

    /// Whether the engine may be asked.
    pub fn is_open(&self) -> bool {
        matches!(self.0.state.load(Ordering::Acquire), FREE | OPEN)
    }

    /// Whether a connect may be made now; whoever is asked last knows, also where there is a doubt.
    pub(super) async fn admits(&self) -> bool {
        let keeper = self.0.keeper.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(keeper) = keeper else { return self.is_open() };
        let is_closed = self.0.state.load(Ordering::Acquire) == CLOSED;
        !is_closed && keeper.may_connect().await
    }

    /// Waits for the end of a doubt, but no longer than `limit`. What is not open then is an error.
    pub async fn opens(&self, limit: Duration) -> Result<(), Error> {
        let settled = async {
            while self.0.state.load(Ordering::Acquire) == DOUBT {
                tokio::time::sleep(LOOK).await;
            }
        };
        let settled = tokio::time::timeout(limit, settled).await;
        if settled.is_ok() && self.is_open() {
            return Ok(());
        }
        Err(Error::KeptAway { task: Task::new("ask", "the engine", "") })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use futures_util::future::{BoxFuture, ready};

    use super::{Gate, Keeper};

    impl Keeper for AtomicBool {
        fn may_connect(&self) -> BoxFuture<'_, bool> {
            ready(self.load(Ordering::Relaxed)).boxed()
        }
    }

    #[tokio::test]
    async fn whoever_keeps_it_is_asked_before_each_connect() {
        let (gate, keeper) = (Gate::default(), Arc::new(AtomicBool::new(true)));
        gate.ask(keeper.clone());
        assert!(gate.admits().await);
        keeper.store(false, Ordering::Relaxed);
        assert!(!gate.admits().await, "nobody has told the gate yet");
        keeper.store(true, Ordering::Relaxed);
        gate.set(true);
        gate.doubt();
        assert!(!gate.is_open() && gate.admits().await, "whoever is asked has no doubt");
        gate.set(false);
        assert!(!gate.admits().await);
        keeper.store(false, Ordering::Relaxed);
        gate.release();
        assert!(gate.admits().await, "nobody keeps it any more");
    }

    #[test]
    fn an_engine_that_went_away_is_not_touched_until_it_was_looked_at_again() {
        let gate = Gate::default();
        gate.doubt();
        assert!(gate.is_open(), "nobody keeps it");
        gate.set(true);
        let others = gate.clone();
        others.doubt();
        assert!(!gate.is_open());
        others.set(true);
        assert!(gate.is_open());
        gate.set(false);
        gate.release();
        gate.doubt();
        assert!(gate.is_open());
    }

    #[test]
    fn a_look_that_could_not_tell_leaves_it_as_it_was() {
        let gate = Gate::default();
        gate.set(true);
        gate.doubt();
        gate.as_before();
        assert!(gate.is_open());
        gate.set(false);
        gate.doubt();
        gate.as_before();
        assert!(!gate.is_open());
    }

    #[tokio::test]
    async fn who_wants_in_waits_for_the_end_of_a_doubt_but_not_for_a_closed_gate() {
        let gate = Gate::default();
        gate.set(true);
        gate.doubt();
        let keeper = gate.clone();
        let wants = tokio::spawn(async move { gate.opens(Duration::from_mins(1)).await });
        tokio::task::yield_now().await;
        keeper.set(true);
        wants.await.unwrap().unwrap();
        keeper.set(false);
        assert!(keeper.opens(Duration::from_mins(1)).await.is_err());
        keeper.set(true);
        keeper.doubt();
        assert!(keeper.opens(Duration::ZERO).await.is_err());
    }
}
