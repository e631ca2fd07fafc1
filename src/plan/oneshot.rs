//! Which containers have done what they were made for, and need no second start.

use crate::model::desired::Desired;
use crate::model::labels;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState, Observed};
use crate::model::service::Service;

use super::leftover;

/// Whether a container of this service may end by itself: the engine does not start it again after an exit code of 0.
pub(super) fn may_end(desired: &Desired, name: &str, service: &Service) -> bool {
    let said = desired.behaviours.get(name).and_then(|behaviour| behaviour.one_shot);
    said.unwrap_or_else(|| policy_lets_end(service))
}

fn policy_lets_end(service: &Service) -> bool {
    let policy = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
    match policy {
        Some(policy) => policy.condition != "any",
        None => !matches!(service.restart.as_str(), "always" | "unless-stopped"),
    }
}

/// Whether a container is a one-shot that has ended with 0 by itself.
pub(super) fn is_completed(
    desired: &Desired,
    observed: &Observed,
    service: &Service,
    container: &Container,
) -> bool {
    let ended_well = container.details.as_ref().is_some_and(|details| {
        details.exit_code == 0 && !details.oom_killed && details.error.is_empty()
    });
    container.state == ContainerState::Exited
        && ended_well
        && may_end(desired, container.service(), service)
        && !was_cut_off(observed, container)
        && !was_stopped(desired, observed, service, container)
}

/// How long, in seconds, an engine and its machine may take from the end of the containers to the next start.
const RESTART: i64 = 5 * 60;

/// Whether a container ended because the engine went down, as far as the engine tells: it ended within some minutes before
/// the engine last started. A job that ended by itself just then runs once more, which is told here from one that was cut off
/// by nothing.
fn was_cut_off(observed: &Observed, container: &Container) -> bool {
    let finished = container.details.as_ref().and_then(|details| seconds(&details.finished_at));
    let (Some(finished), Some(started)) = (finished, observed.engine_started) else { return false };
    (0..=RESTART).contains(&started.saturating_sub(finished))
}

/// Whether an interrupted run of Conductor or Compose has stopped the container and never came to start it again.
///
/// The engine does not tell who ended a container. But a run makes new containers before it stops any: so the one that was
/// to take its place is still there, or a dependency with `restart: true` was made while it ran.
fn was_stopped(
    desired: &Desired,
    observed: &Observed,
    service: &Service,
    container: &Container,
) -> bool {
    if leftover::successor(observed, container).is_some() {
        return true;
    }
    let restarting = service.depends_on.iter().filter(|(name, dependency)| {
        dependency.restart && desired.project.services.contains_key(*name)
    });
    restarting.into_iter().any(|(name, _)| {
        recreated(observed, name).any(|dependency| ran_when_made(container, dependency))
    })
}

/// Containers of a service that were made to replace another one.
fn recreated<'a>(
    observed: &'a Observed,
    service: &'a ServiceName,
) -> impl Iterator<Item = &'a Container> {
    observed.containers.iter().filter(|container| {
        container.service() == service.as_str() && !container.label(labels::REPLACE).is_empty()
    })
}

/// Whether `container` was running in the second in which `other` was made.
fn ran_when_made(container: &Container, other: &Container) -> bool {
    let Some(details) = &container.details else { return false };
    let (Some(started), Some(finished)) =
        (seconds(&details.started_at), seconds(&details.finished_at))
    else {
        return false;
    };
    container.created < other.created && started <= other.created && finished >= other.created
}

/// Seconds since 1970 of a time in RFC 3339 as the engine writes it, in UTC.
fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let mut time = time.split('.').next()?.splitn(3, ':').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    // Days by counting years from March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn the_engines_times_are_read() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2024-02-29T12:34:56.123456789Z"), Some(1_709_210_096));
        assert_eq!(seconds("2026-01-01T00:00:00.5Z"), Some(1_767_225_600));
        assert!(seconds("0001-01-01T00:00:00Z").is_some_and(|never| never < 0));
        assert_eq!(seconds(""), None);
    }
}
