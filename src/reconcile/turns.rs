//! Whose turn it is: how many stacks are worked on at once, in one pass and in all passes of this process.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The turns of one pass. It asks for as many at once as all passes together have, so that a large pass does not stand in
/// the queue with all its stacks before a small one.
pub(super) struct Turns {
    own: Semaphore,
    all: Arc<Semaphore>,
}

/// A stack may be worked on while this is held. The one that is shared is given back first: whoever waits for it has
/// waited longer than the next stack of this pass.
pub(super) struct Turn<'t> {
    _shared: Option<SemaphorePermit<'t>>,
    _own: Option<SemaphorePermit<'t>>,
}

impl Turns {
    /// Turns of a pass that shares `all`, of which there are so many.
    pub(super) fn of(all: &Arc<Semaphore>, at_once: usize) -> Self {
        Self { own: Semaphore::new(at_once), all: all.clone() }
    }

    /// Waits for a turn.
    pub(super) async fn next(&self) -> Turn<'_> {
        // Neither is ever closed.
        let own = self.own.acquire().await.ok();
        Turn { _shared: self.all.acquire().await.ok(), _own: own }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn passes_share_their_turns() {
        let all = Arc::new(Semaphore::new(2));
        let (one, other) = (Turns::of(&all, 2), Turns::of(&all, 2));
        let (first, _second) = (one.next().await, other.next().await);
        assert!(one.next().now_or_never().is_none());
        drop(first);
        assert!(one.next().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_small_pass_does_not_wait_for_all_of_a_large_one() {
        let all = Arc::new(Semaphore::new(2));
        let (large, small) = (Turns::of(&all, 2), Turns::of(&all, 2));
        let (first, _second) = (large.next().await, large.next().await);
        let (mut third, mut fourth) = (Box::pin(large.next()), Box::pin(large.next()));
        assert!((&mut third).now_or_never().is_none() && (&mut fourth).now_or_never().is_none());
        let mut only = Box::pin(small.next());
        assert!((&mut only).now_or_never().is_none());
        drop(first);
        assert!((&mut third).now_or_never().is_none());
        let only = (&mut only).now_or_never();
        assert!(only.is_some());
        drop(only);
        assert!(third.now_or_never().is_some());
    }
}
