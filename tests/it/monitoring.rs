//! The metrics, and what `compose/monitoring` makes of them: loaded by Prometheus' own tool.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use conductor::model::channel::ChannelNow;
use conductor::model::name::{EngineName, InstanceName, ProjectName, ServiceName, SourceName};
use conductor::model::revision::Revision;
use conductor::model::snapshot::{
    Access, Counters, DockerNow, EngineNow, HealthNow, HostNow, LastRun, Phase, ServiceNow,
    Snapshot, SourceNow, StackNow, SyncNow,
};
use conductor::report::{Counted, MetricsBeside, Process, prometheus};

use crate::support::missing::{Missing, skip};

fn stack() -> StackNow {
    StackNow {
        project: ProjectName::parse("blog").unwrap(),
        source: SourceName::parse("home").ok(),
        path: PathBuf::from("stacks/blog"),
        revision: Some(Revision::Commit("1f".repeat(20))),
        applied: None,
        sync: SyncNow::OutOfSync,
        health: HealthNow::Degraded,
        suspended: None,
        last_run: Some(LastRun {
            revision: Revision::Directory,
            trigger: "poll".to_owned(),
            caller: "daemon".to_owned(),
            began: 1_700_000_000,
            ended: 1_700_000_007,
            outcome: "failed".to_owned(),
            done: 1,
            problem: None,
        }),
        services: vec![ServiceNow {
            name: ServiceName::parse("web").unwrap(),
            state: "exited (1)".to_owned(),
            health: HealthNow::Degraded,
            containers: vec!["blog-web-1".to_owned()],
        }],
    }
}

fn counted() -> Counted {
    Counted {
        calls: vec![("look", "ok", 7), ("change", "refused", 1)],
        secrets: vec![("decrypted", 3), ("failed", 0)],
    }
}

fn page() -> String {
    let source = SourceNow {
        name: SourceName::parse("home").unwrap(),
        revision: None,
        fetched: Some(1_700_000_000),
        next: None,
        fetching: false,
        error: None,
        failures: 2,
        unreadable: Vec::new(),
    };
    let counters = Counters {
        runs: BTreeMap::from([(("poll", "changed"), 3), (("webhook", "rolled back"), 1)]),
        run_millis: 4_250,
        run_buckets: [0, 1, 3, 4, 4, 4, 4, 4],
        fetches: 9,
        failed_fetches: 2,
        accepted: 4,
        restarts: BTreeMap::from([(ProjectName::parse("blog").unwrap(), 2)]),
        ..Counters::default()
    };
    let snapshot = Snapshot {
        since: 1_700_000_000,
        at: 1_700_000_100,
        host: HostNow { name: None, instance: InstanceName::parse("default").unwrap() },
        phase: Phase::Serving,
        engine: EngineNow {
            name: EngineName::parse("local").unwrap(),
            observed: Some(1),
            error: None,
            docker: Some(DockerNow {
                state: "hung",
                why: "no answer for a minute".to_owned(),
                since: 1_700_000_000,
                ill: true,
                lasting: false,
                remedy: None,
                held: None,
                access: Access::Asked,
                remedies: 1,
                live_restore: None,
            }),
            alone: None,
        },
        sources: vec![source],
        stacks: vec![stack()],
        runs: Vec::new(),
        queue: Vec::new(),
        requests: Vec::new(),
        journal: None,
        warnings: Vec::new(),
        counters,
    };
    let beside = MetricsBeside {
        channels: vec![channel()],
        counted: counted(),
        webhooks: BTreeMap::from([(("github", "accepted"), 3), (("github", "unproven"), 1)]),
        process: Process { resident_bytes: 12 << 20, cpu_millis: 1_230, ..Process::default() },
        version: "0.1.0",
    };
    prometheus(&snapshot, &beside)
}

fn monitoring() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compose/monitoring")
}

/// Runs Prometheus' own tool; its output.
fn promtool(arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(monitoring());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        skip(&Missing("promtool, of Debian's package `prometheus`".to_owned()));
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}");
    Some(text)
}

#[test]
fn prometheus_finds_nothing_to_say_about_the_metrics() {
    if let Some(text) = promtool(&["check", "metrics"], &page()) {
        assert_eq!(text.trim(), "");
    }
}

#[test]
fn prometheus_loads_the_settings_and_the_rules() {
    if let Some(text) = promtool(&["check", "config", "prometheus.yaml"], "") {
        assert!(text.contains("rules found"), "{text}");
    }
}

#[test]
fn every_metric_of_the_rules_and_the_dashboard_is_there() {
    let page = page();
    let there: BTreeSet<&str> = page
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(['{', ' ']).next().unwrap())
        .collect();
    for file in ["rules.yaml", "grafana/conductor.json"] {
        let text = std::fs::read_to_string(monitoring().join(file)).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("conductor_")).collect();
        assert!(named.len() > 4, "{named:?}");
        for name in named {
            assert!(there.contains(name), "{file} names `{name}`, which is not among {there:?}");
        }
    }
    let dashboard = std::fs::read_to_string(monitoring().join("grafana/conductor.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() >= 10);
}

#[test]
fn the_histogram_of_durations_adds_up() {
    insta::assert_snapshot!(
        page().lines().filter(|line| line.starts_with("conductor_run_duration")).collect::<Vec<_>>().join("\n"),
        @r#"
    conductor_run_duration_seconds_bucket{le="0.1"} 0
    conductor_run_duration_seconds_bucket{le="0.5"} 1
    conductor_run_duration_seconds_bucket{le="1"} 3
    conductor_run_duration_seconds_bucket{le="5"} 4
    conductor_run_duration_seconds_bucket{le="15"} 4
    conductor_run_duration_seconds_bucket{le="60"} 4
    conductor_run_duration_seconds_bucket{le="180"} 4
    conductor_run_duration_seconds_bucket{le="600"} 4
    conductor_run_duration_seconds_bucket{le="+Inf"} 4
    conductor_run_duration_seconds_sum 4.25
    conductor_run_duration_seconds_count 4
    "#
    );
}

fn channel() -> ChannelNow {
    ChannelNow { channel: "phone".to_owned(), sent: 3, failed: 1, ..ChannelNow::default() }
}
