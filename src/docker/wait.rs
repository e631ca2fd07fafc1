//! Waits for a container to become what somebody waits for.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::model::observed::Container;

use super::engine::Engine;
use super::error::Error;
use super::task::Task;

/// How often a container is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

impl Engine {
    /// Looks at a container until `done` says so, and answers what it looked like then. `None`: `deadline` came first.
    pub async fn wait_until(
        &self,
        name: &str,
        deadline: Instant,
        cancel: &CancellationToken,
        done: &(dyn Fn(&Container) -> bool + Send + Sync),
    ) -> Result<Option<Container>, Error> {
        loop {
            let container = self.inspect(name).await?;
            if done(&container) {
                return Ok(Some(container));
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(None);
            }
            let pause = INTERVAL.min(deadline.duration_since(now));
            tokio::select! {
                () = tokio::time::sleep(pause) => (),
                () = cancel.cancelled() => {
                    return Err(Error::Cancelled { task: Task::container("wait for", name) });
                }
            }
        }
    }
}
