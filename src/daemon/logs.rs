//! Reading what containers wrote, for those who ask the daemon.

use std::sync::Arc;

use futures_util::stream::BoxStream;

use crate::model::logs::{LogLine, LogsAsked};
use crate::model::outcome::Trouble;

/// Reads what containers wrote.
pub trait Logs: Send + Sync {
    /// The lines of one container, as fast as they are taken. A failure is the end.
    fn logs(
        self: Arc<Self>,
        container: String,
        asked: LogsAsked,
    ) -> BoxStream<'static, Result<LogLine, Trouble>>;
}
