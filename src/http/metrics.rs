//! What Prometheus reads.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::answer;
use super::tally::Tally;
use crate::daemon::Handle;
use crate::model::channel::ChannelNow;
use crate::report::{Counted, MetricsBeside, Process, prometheus};

/// What answering needs.
pub(super) struct Metrics {
    pub(super) handle: Handle,
    pub(super) tally: Arc<Tally>,
    pub(super) channels: Box<dyn Fn() -> Vec<ChannelNow> + Send + Sync>,
    pub(super) counted: Box<dyn Fn() -> Counted + Send + Sync>,
}

/// What is at the address of metrics.
pub(super) fn app(metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/metrics", get(read))
        .route("/healthz", get(|| async { "ok\n" }))
        .with_state(metrics)
}

async fn read(State(metrics): State<Arc<Metrics>>) -> Response {
    let beside = MetricsBeside {
        webhooks: metrics.tally.read(),
        channels: (metrics.channels)(),
        counted: (metrics.counted)(),
        process: process(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let text = prometheus(&metrics.handle.snapshot(), &beside);
    answer::typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
}

/// The process, as the kernel tells it; what it does not tell is zero.
fn process() -> Process {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let boot = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    of_kernel((&stat, &status), &boot, descriptors)
}

/// Ticks of the kernel's clock in a second, as user space sees it.
const TICKS: u64 = 100;

fn of_kernel((stat, status): (&str, &str), boot: &str, descriptors: usize) -> Process {
    // The second field is the program's name, in parentheses, and may hold anything.
    let fields: Vec<&str> =
        stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
    let field = |number: usize| {
        fields.get(number - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0)
    };
    let booted =
        boot.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse::<i64>().ok());
    let resident = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    Process {
        resident_bytes: resident.unwrap_or(0) * 1024,
        virtual_bytes: field(23),
        cpu_millis: (field(14) + field(15)) * 1000 / TICKS,
        descriptors: descriptors as u64,
        started: booted.unwrap_or(0) + i64::try_from(field(22) / TICKS).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_tells_is_read_whatever_the_program_is_called() {
        let stat = "7 (odd ) name) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 1200 4096000 10 18446744073709551615";
        let process = of_kernel((stat, "VmRSS:\t   40 kB\n"), "cpu 1 2\nbtime 1700000000\n", 12);
        assert_eq!(process.cpu_millis, 3000);
        assert_eq!(process.virtual_bytes, 4_096_000);
        assert_eq!(process.resident_bytes, 40 * 1024);
        assert_eq!((process.descriptors, process.started), (12, 1_700_000_012));
        assert_eq!(of_kernel(("", ""), "", 0), Process::default());
    }
}
