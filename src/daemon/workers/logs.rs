//! What containers wrote: read over the workers' connection to the engine.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::crew::Crew;
use crate::daemon::logs::Logs;
use crate::docker;
use crate::model::logs::{LogLine, LogsAsked};
use crate::model::outcome::Trouble;

/// How far the reading of a log is.
enum Reading {
    Wanted(Arc<Crew>, String, LogsAsked),
    Open(docker::Logs),
    Over,
}

impl Logs for Crew {
    fn logs(
        self: Arc<Self>,
        container: String,
        asked: LogsAsked,
    ) -> BoxStream<'static, Result<LogLine, Trouble>> {
        stream::unfold(Reading::Wanted(self, container, asked), next).boxed()
    }
}

async fn next(reading: Reading) -> Option<(Result<LogLine, Trouble>, Reading)> {
    let mut logs = match reading {
        Reading::Wanted(crew, container, asked) => match crew.engine().await {
            Ok(engine) => engine.logs(&container, asked),
            Err(trouble) => return Some((Err(trouble), Reading::Over)),
        },
        Reading::Open(logs) => logs,
        Reading::Over => return None,
    };
    match logs.next().await? {
        Ok(line) => Some((Ok(line), Reading::Open(logs))),
        Err(error) => Some((Err(Trouble::of(&error)), Reading::Over)),
    }
}
