//! What a unit says of itself, in our words.

use zbus::OwnedVariant;

use crate::heal::{Active, Enabled, Restarts, Unit};

use super::bus::Properties;
use super::clock::micros;

/// Reads a unit; `None` where there is no such unit.
pub(super) fn unit(all: &Properties, stopping: bool, queued: bool) -> Option<Unit> {
    let load = text(all, "LoadState");
    let file = text(all, "UnitFileState");
    let masked = load == "masked" || file.starts_with("masked");
    if !masked && load != "loaded" {
        return None;
    }
    let sub = text(all, "SubState");
    let active = match text(all, "ActiveState").as_str() {
        "active" => Active::Active,
        "reloading" | "refreshing" => Active::Reloading,
        "activating" => Active::Activating,
        "deactivating" => Active::Deactivating,
        "failed" => Active::Failed,
        _other => Active::Inactive,
    };
    Some(Unit {
        active,
        restarting: sub.starts_with("auto-restart"),
        result: text(all, "Result"),
        pid: number(all, "MainPID").filter(|pid| *pid > 0),
        restarts: number(all, "NRestarts").unwrap_or(0),
        enabled: match file.as_str() {
            _any if masked => Enabled::Masked,
            "enabled" | "enabled-runtime" | "alias" | "static" | "indirect" | "generated" => {
                Enabled::Enabled
            }
            "disabled" => Enabled::Disabled,
            _other => Enabled::Unknown,
        },
        policy: match text(all, "Restart").as_str() {
            "always" | "on-success" => Restarts::Always,
            "no" | "" => Restarts::No,
            _other => Restarts::OnFailure,
        },
        began: large(all, "InactiveExitTimestampMonotonic").and_then(micros),
        ended: large(all, "InactiveEnterTimestampMonotonic").and_then(micros),
        stopping,
        queued,
    })
}

/// The job that is queued or running for a unit.
pub(super) fn job(all: &Properties) -> Option<String> {
    let job: (u32, zbus::OwnedObjectPath) = take(all, "Job")?;
    (job.0 > 0).then(|| job.1.to_string())
}

fn take<T: TryFrom<OwnedVariant>>(all: &Properties, name: &str) -> Option<T> {
    T::try_from(all.get(name)?.try_clone().ok()?).ok()
}

pub(super) fn text(all: &Properties, name: &str) -> String {
    take(all, name).unwrap_or_default()
}

fn number(all: &Properties, name: &str) -> Option<u32> {
    take(all, name)
}

fn large(all: &Properties, name: &str) -> Option<u64> {
    take(all, name)
}
