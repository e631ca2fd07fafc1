//! The system's journal. It has no API beside its own program, and its files are nobody's business.

use std::time::Duration;

use serde_json::Value;

use crate::heal::Stop;

use super::clock::micros;
use super::command::said;

const LIMIT: Duration = Duration::from_secs(5);
/// The record that systemd writes when it stops a unit.
const STOPPING: &str = "MESSAGE_ID=de5b426a63be47a7b6ac3eaac82e2f6f";
/// How close a job of containerd has to be, in seconds.
const TOGETHER: u64 = 5;

/// Not `--boot`: in some containers, and below some protections of a unit, the kernel tells another boot than the journal does.
fn line(arguments: &[&str]) -> Vec<String> {
    let fixed = ["journalctl", "--no-pager", "--quiet"];
    fixed.iter().chain(arguments).map(|&argument| argument.to_owned()).collect()
}

/// The last lines of a unit's log.
pub(super) async fn tail(unit: &str, lines: usize) -> Option<String> {
    let lines = lines.to_string();
    said(line(&["--output=cat", "--lines", &lines, "--unit", unit]), LIMIT).await.ok()
}

/// The lines since the unit's last start.
pub(super) fn since_start(log: &str) -> String {
    let is_start = |text: &str| text.starts_with("Starting ") && text.contains("ocker");
    let lines = log.lines().collect::<Vec<_>>();
    let begin = lines.iter().rposition(|text| is_start(text)).unwrap_or(0);
    lines[begin..].join("\n")
}

/// The last orderly stop of Docker in this boot, as the journal tells it.
pub(super) async fn last_stop(docker: &str, containerd: Option<&str>) -> Option<Stop> {
    let newest = said(line(&["--output=json", "--lines=1"]), LIMIT).await.ok()?;
    let newest: Value = serde_json::from_str(&newest).ok()?;
    let boot = format!("_BOOT_ID={}", newest["_BOOT_ID"].as_str()?);
    let unit = format!("UNIT={docker}");
    let mut arguments = vec!["--output=json", "--lines=40", boot.as_str(), STOPPING, unit.as_str()];
    let other = containerd.map(|name| format!("UNIT={name}"));
    arguments.extend(other.as_deref());
    stop_in(&said(line(&arguments), LIMIT).await.ok()?, docker)
}

/// The same, from the records: one JSON object on each line.
pub(super) fn stop_in(records: &str, docker: &str) -> Option<Stop> {
    let (mut stop, mut other) = (None::<Stop>, None);
    for record in records.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let at = record["__MONOTONIC_TIMESTAMP"].as_str().and_then(|text| text.parse().ok());
        let Some(at) = at.and_then(micros) else { continue };
        if record["UNIT"] != docker {
            other = Some(at);
            if let Some(stop) = &mut stop
                && at.since(stop.at).as_secs() < TOGETHER
            {
                stop.with_containerd = true;
            }
        } else if record["JOB_TYPE"] == "stop" {
            let with_containerd = other.is_some_and(|other| at.since(other).as_secs() < TOGETHER);
            stop = Some(Stop { at, with_containerd });
        }
    }
    stop
}
