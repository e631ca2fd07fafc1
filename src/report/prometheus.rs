//! A snapshot as Prometheus reads it. Names follow its conventions: a unit in the name, `_total` on counters; labels are
//! names from the settings and the repository, or words of closed lists, never texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::channel::ChannelNow;
use crate::model::snapshot::{Access, HealthNow, Phase, RUN_BOUNDS, Snapshot, SyncNow};

/// What the daemon's work has counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Calls to the engine, by kind and by what came of them.
    pub calls: Vec<(&'static str, &'static str, u64)>,
    /// Encrypted files, by what came of them.
    pub secrets: Vec<(&'static str, u64)>,
}

/// What is known beside the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// Webhooks by provider and by what became of them.
    pub webhooks: BTreeMap<(&'static str, &'static str), u64>,
    /// What work has counted.
    pub counted: Counted,
    /// Channels of notifications.
    pub channels: Vec<ChannelNow>,
    /// The process.
    pub process: Process,
    /// The program's version.
    pub version: &'static str,
}

/// The process, as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Process {
    /// Memory that it holds, in bytes.
    pub resident_bytes: u64,
    /// Memory that it may use, in bytes.
    pub virtual_bytes: u64,
    /// Time on the processor, in milliseconds.
    pub cpu_millis: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// When it began, in seconds since 1970.
    pub started: i64,
}

/// The whole text, format 0.0.4.
pub fn prometheus(snapshot: &Snapshot, beside: &Beside) -> String {
    let mut page = Page::default();
    of_daemon(&mut page, snapshot, beside);
    of_runs(&mut page, snapshot);
    of_sources(&mut page, snapshot);
    of_stacks(&mut page, snapshot);
    page.family(
        "conductor_webhooks_total",
        "counter",
        "Webhooks by provider and by what became of them.",
    );
    for ((provider, result), count) in &beside.webhooks {
        let labels = [("provider", *provider), ("result", *result)];
        page.sample("conductor_webhooks_total", &labels, *count);
    }
    let name = "conductor_engine_calls_total";
    page.family(name, "counter", "Calls to the engine, by kind and by what came of them.");
    for (kind, result, count) in &beside.counted.calls {
        page.sample(name, &[("kind", *kind), ("result", *result)], *count);
    }
    let name = "conductor_secret_files_total";
    page.family(name, "counter", "Encrypted files that were read, by what came of them.");
    for (result, count) in &beside.counted.secrets {
        page.sample(name, &[("result", *result)], *count);
    }
    of_channels(&mut page, &beside.channels);
    of_process(&mut page, beside.process);
    page.text
}

fn of_channels(page: &mut Page, channels: &[ChannelNow]) {
    let name = "conductor_notifications_total";
    page.family(name, "counter", "Notifications by channel and by what became of them.");
    for now in channels {
        for (result, count) in [("sent", now.sent), ("failed", now.failed), ("lost", now.lost)] {
            page.sample(name, &[("channel", &now.channel), ("result", result)], count);
        }
    }
    let name = "conductor_notifications_waiting";
    page.family(name, "gauge", "Notifications that wait to be sent.");
    for now in channels {
        page.sample(name, &[("channel", &now.channel)], now.waiting as u64);
    }
}

fn of_daemon(page: &mut Page, snapshot: &Snapshot, beside: &Beside) {
    page.family("conductor_build_info", "gauge", "The version that runs, always 1.");
    let instance = snapshot.host.instance.as_str();
    page.sample("conductor_build_info", &[("version", beside.version), ("instance", instance)], 1);
    let serving = u64::from(snapshot.phase == Phase::Serving);
    page.one(
        "conductor_ready",
        "gauge",
        "Whether every source and the engine was looked at.",
        serving,
    );
    let up = u64::from(snapshot.engine.error.is_none() && snapshot.engine.observed.is_some());
    page.one("conductor_engine_up", "gauge", "Whether the engine answers.", up);
    of_docker(page, snapshot);
    let counters = &snapshot.counters;
    page.one(
        "conductor_engine_lost_total",
        "counter",
        "How often the engine could not be reached any more.",
        counters.engine_lost,
    );
    page.family("conductor_requests_total", "counter", "Requests by answer.");
    page.sample("conductor_requests_total", &[("answer", "accepted")], counters.accepted);
    page.sample("conductor_requests_total", &[("answer", "refused")], counters.refused);
    let waiting = snapshot.requests.len() as u64;
    page.one("conductor_requests_pending", "gauge", "Requests without an outcome yet.", waiting);
    of_journal(page, snapshot);
    let warnings = snapshot.warnings.len() as u64;
    page.one("conductor_warnings", "gauge", "Warnings that `status` shows.", warnings);
}

fn of_journal(page: &mut Page, snapshot: &Snapshot) {
    let name = "conductor_journal_ok";
    let ok = u64::from(snapshot.journal.is_none());
    page.one(name, "gauge", "Whether what happens can be written to the journal.", ok);
    let counters = &snapshot.counters;
    let name = "conductor_journal_failures_total";
    page.one(name, "counter", "Calls of the journal that failed.", counters.journal_failures);
    let name = "conductor_journal_set_aside_total";
    let help = "Journals that were given up, each for a fresh one.";
    page.one(name, "counter", help, counters.journal_set_aside);
}

/// Docker itself; its figures are there where it is looked after.
fn of_docker(page: &mut Page, snapshot: &Snapshot) {
    if let Some(docker) = &snapshot.engine.docker {
        let name = "conductor_docker_state";
        page.family(name, "gauge", "The state of Docker as a label, always 1.");
        page.sample(name, &[("state", docker.state)], 1);
        page.one(
            "conductor_docker_state_since_timestamp_seconds",
            "gauge",
            "Since when Docker has been in its state.",
            docker.since,
        );
        let ill = u64::from(docker.ill);
        page.one("conductor_docker_ill", "gauge", "Whether Docker is ill.", ill);
        let waits = u64::from(docker.access != Access::Open);
        page.one("conductor_docker_runs_held", "gauge", "Whether runs wait for Docker.", waits);
        page.one(
            "conductor_docker_remedies_last_day",
            "gauge",
            "Remedies for Docker within a day, which have a budget.",
            docker.remedies as u64,
        );
    }
    let name = "conductor_docker_incidents_total";
    page.family(name, "counter", "Illnesses of Docker that are over, by the worst state.");
    for (state, count) in &snapshot.counters.docker_incidents {
        page.sample(name, &[("state", *state)], *count);
    }
    let name = "conductor_docker_remedies_total";
    page.family(name, "counter", "Remedies for Docker: `remedy` when one begins, then its result.");
    for ((remedy, result), count) in &snapshot.counters.docker_remedies {
        page.sample(name, &[("remedy", *remedy), ("result", *result)], *count);
    }
}

fn of_runs(page: &mut Page, snapshot: &Snapshot) {
    let counters = &snapshot.counters;
    page.family("conductor_runs_total", "counter", "Runs that ended, by trigger and outcome.");
    for ((trigger, outcome), count) in &counters.runs {
        page.sample(
            "conductor_runs_total",
            &[("trigger", *trigger), ("outcome", *outcome)],
            *count,
        );
    }
    let name = "conductor_run_duration_seconds";
    page.family(name, "histogram", "How long runs took.");
    let total: u64 = counters.runs.values().sum();
    let bucket = format!("{name}_bucket");
    for (bound, count) in RUN_BOUNDS.iter().zip(&counters.run_buckets) {
        page.sample(&bucket, &[("le", &seconds(*bound))], *count);
    }
    page.sample(&bucket, &[("le", "+Inf")], total);
    page.sample(&format!("{name}_sum"), &[], seconds(counters.run_millis));
    page.sample(&format!("{name}_count"), &[], total);
    page.one("conductor_runs_active", "gauge", "Runs that go on.", snapshot.runs.len() as u64);
    page.one(
        "conductor_runs_queued",
        "gauge",
        "Stacks that wait for a run.",
        snapshot.queue.len() as u64,
    );
    page.one(
        "conductor_drifts_total",
        "counter",
        "Runs that began because something changed at the engine.",
        counters.drifts,
    );
}

fn of_sources(page: &mut Page, snapshot: &Snapshot) {
    let counters = &snapshot.counters;
    page.family("conductor_git_fetches_total", "counter", "Fetches of sources, by result.");
    page.sample("conductor_git_fetches_total", &[("result", "ok")], counters.fetches);
    page.sample("conductor_git_fetches_total", &[("result", "failed")], counters.failed_fetches);
    page.one(
        "conductor_git_revisions_total",
        "counter",
        "New revisions that came.",
        counters.new_revisions,
    );
    let name = "conductor_source_fetch_failures";
    page.family(name, "gauge", "How often in a row a source could not be fetched.");
    for source in &snapshot.sources {
        page.sample(name, &[("source", source.name.as_str())], source.failures);
    }
    let name = "conductor_source_last_fetch_timestamp_seconds";
    page.family(name, "gauge", "When a source was last fetched.");
    for source in &snapshot.sources {
        if let Some(fetched) = source.fetched {
            page.sample(name, &[("source", source.name.as_str())], fetched);
        }
    }
}

/// Every state of a closed list, so that a query need not know which ones there are.
const HEALTH: [HealthNow; 6] = [
    HealthNow::Healthy,
    HealthNow::Progressing,
    HealthNow::Degraded,
    HealthNow::Missing,
    HealthNow::Suspended,
    HealthNow::Unknown,
];

fn of_stacks(page: &mut Page, snapshot: &Snapshot) {
    let name = "conductor_stack_in_sync";
    page.family(name, "gauge", "Whether what runs is what the source says; absent while unknown.");
    for stack in &snapshot.stacks {
        let in_sync = match stack.sync {
            SyncNow::Unknown => continue,
            SyncNow::InSync => 1,
            SyncNow::OutOfSync => 0,
        };
        page.sample(name, &[("stack", stack.project.as_str())], in_sync);
    }
    let name = "conductor_stack_suspended";
    page.family(name, "gauge", "Whether a stack is left alone.");
    for stack in &snapshot.stacks {
        let suspended = u64::from(stack.suspended.is_some());
        page.sample(name, &[("stack", stack.project.as_str())], suspended);
    }
    let name = "conductor_stack_last_run_timestamp_seconds";
    page.family(name, "gauge", "When the last run of a stack ended.");
    for stack in &snapshot.stacks {
        if let Some(run) = &stack.last_run {
            page.sample(name, &[("stack", stack.project.as_str())], run.ended);
        }
    }
    let name = "conductor_container_restarts_total";
    page.family(name, "counter", "Containers that were started without our doing.");
    for (stack, count) in &snapshot.counters.restarts {
        page.sample(name, &[("stack", stack.as_str())], *count);
    }
    let name = "conductor_service_health";
    page.family(name, "gauge", "The health of a service: 1 for what it is, 0 for what it is not.");
    for stack in &snapshot.stacks {
        for service in &stack.services {
            for health in HEALTH {
                let labels = [
                    ("stack", stack.project.as_str()),
                    ("service", service.name.as_str()),
                    ("health", health.word()),
                ];
                page.sample(name, &labels, u64::from(service.health == health));
            }
        }
    }
}

fn of_process(page: &mut Page, process: Process) {
    page.one(
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory size in bytes.",
        process.resident_bytes,
    );
    page.one(
        "process_virtual_memory_bytes",
        "gauge",
        "Virtual memory size in bytes.",
        process.virtual_bytes,
    );
    let cpu = seconds(process.cpu_millis);
    page.one("process_cpu_seconds_total", "counter", "User and system time in seconds.", cpu);
    page.one("process_open_fds", "gauge", "Number of open file descriptors.", process.descriptors);
    page.one(
        "process_start_time_seconds",
        "gauge",
        "When the process began, in seconds since 1970.",
        process.started,
    );
}

/// Milliseconds as seconds.
fn seconds(millis: u64) -> String {
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:03}").trim_end_matches('0').to_owned()
    }
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n").ok();
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.text.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(self.text, "{}{label}=\"{text}\"", if index == 0 { '{' } else { ',' }).ok();
        }
        writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" }).ok();
    }
}
