//! Watches containers until they are what somebody waits for.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::docker::Engine;
use crate::model::name::ServiceName;
use crate::model::observed::{Container, ContainerState, HealthStatus};
use crate::model::outcome::Trouble;
use crate::plan::{Unmet, Until};

use super::act::Stop;
use super::error::Error;

/// The first pause between two looks; they grow.
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_millis(500);

/// What is waited for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) service: &'a ServiceName,
    pub(super) until: Until,
    pub(super) timeout: Option<Duration>,
    /// What follows when it does not become true in time.
    pub(super) unmet: Unmet,
    /// How often the engine may start it again before it counts as crashing.
    pub(super) restarts: u32,
}

/// What a look at a container says.
#[derive(Debug)]
enum Verdict {
    /// It is what was waited for.
    Holds,
    /// It would do if it still ran after this time.
    Settling(Duration),
    /// It is not there yet.
    NotYet,
    /// It will never be.
    Never(Error),
}

/// Waits for one container. `tell` hears what it is doing, whenever that changes.
pub(super) async fn wait(
    engine: &Engine,
    wanted: Wanted<'_>,
    name: &str,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), Stop> {
    let begun = Instant::now();
    let (mut pause, mut told) = (SHORTEST, String::new());
    let mut run: Option<Run> = None;
    let mut fewest = i64::MAX;
    loop {
        let container = engine.inspect(name).await?;
        let state = words(&container);
        if state != told {
            tell(&state);
            told.clone_from(&state);
        }
        fewest = fewest.min(restarts(&container));
        if let Some(error) = crashing(wanted, &container, fewest) {
            return Err(error.into());
        }
        match verdict(wanted, &container) {
            Verdict::Holds => return Ok(()),
            Verdict::Never(error) => return Err(unmet(wanted, error)),
            Verdict::Settling(settle) => {
                let seen = Run::seen(run, &container);
                if seen.since.elapsed() >= settle {
                    return Ok(());
                }
                run = Some(seen);
            }
            Verdict::NotYet => run = None,
        }
        if let Some(timeout) = wanted.timeout.filter(|timeout| begun.elapsed() >= *timeout) {
            let (service, container) = (wanted.service.clone(), name.to_owned());
            return Err(unmet(
                wanted,
                Error::TooLong { service, container, state, after: timeout },
            ));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// What it means that something does not hold: a failure, unless nobody wants to wait and nothing is broken.
fn unmet(wanted: Wanted, error: Error) -> Stop {
    let may_hold = matches!(error, Error::TooLong { .. } | Error::NoHealthcheck { .. });
    if wanted.unmet != Unmet::Leave || !may_hold {
        return error.into();
    }
    let trouble = Trouble::of(&error);
    let error = format!("{}; what waits for it is left for the next sync", trouble.error);
    Stop::NotYet(Trouble { error, ..trouble })
}

/// How often the engine has started a container again.
fn restarts(container: &Container) -> i64 {
    container.details.as_ref().map_or(0, |details| details.restart_count)
}

/// Whether a container was started again too often since the fewest restarts that were seen.
fn crashing(wanted: Wanted, found: &Container, fewest: i64) -> Option<Error> {
    let times = restarts(found).saturating_sub(fewest);
    (times >= i64::from(wanted.restarts)).then(|| Error::Crashing {
        service: wanted.service.clone(),
        container: found.name.clone(),
        times,
        code: found.details.as_ref().map_or(0, |details| details.exit_code),
    })
}

/// One run of a container, between a start and an end.
struct Run {
    /// When the engine started it.
    started: String,
    /// When we first saw it.
    since: Instant,
}

impl Run {
    /// The run that is seen now: the known one, unless the container was started again meanwhile.
    fn seen(known: Option<Self>, container: &Container) -> Self {
        let started = container.details.as_ref().map_or("", |details| details.started_at.as_str());
        known
            .filter(|known| known.started == started)
            .unwrap_or_else(|| Self { started: started.to_owned(), since: Instant::now() })
    }
}

fn verdict(wanted: Wanted, found: &Container) -> Verdict {
    let (service, container) = (wanted.service.clone(), found.name.clone());
    match found.state {
        ContainerState::Dead => Verdict::Never(Error::Broken { service, container, state: "dead" }),
        ContainerState::Removing => {
            Verdict::Never(Error::Broken { service, container, state: "being removed" })
        }
        ContainerState::Created | ContainerState::Paused | ContainerState::Restarting => {
            Verdict::NotYet
        }
        ContainerState::Exited => {
            let code = found.details.as_ref().map_or(0, |details| details.exit_code);
            ended(wanted, container, code)
        }
        ContainerState::Running => running(wanted, found.health, container),
    }
}

fn ended(wanted: Wanted, container: String, code: i64) -> Verdict {
    let service = wanted.service.clone();
    match wanted.until {
        Until::Completed | Until::Up { may_end: true, .. } if code == 0 => Verdict::Holds,
        Until::Completed => Verdict::Never(Error::NotCompleted { service, container, code }),
        Until::Healthy | Until::Up { .. } => {
            Verdict::Never(Error::Ended { service, container, code })
        }
    }
}

fn running(wanted: Wanted, health: HealthStatus, container: String) -> Verdict {
    let service = wanted.service.clone();
    match (wanted.until, health) {
        (Until::Completed, _) | (Until::Healthy | Until::Up { .. }, HealthStatus::Starting) => {
            Verdict::NotYet
        }
        (Until::Healthy | Until::Up { .. }, HealthStatus::Healthy) => Verdict::Holds,
        (Until::Healthy | Until::Up { .. }, HealthStatus::Unhealthy) => {
            Verdict::Never(Error::Unhealthy { service, container })
        }
        (Until::Healthy, HealthStatus::None) => {
            Verdict::Never(Error::NoHealthcheck { service, container })
        }
        (Until::Up { settle, .. }, HealthStatus::None) => Verdict::Settling(settle),
    }
}

/// What a container is doing, for people.
fn words(found: &Container) -> String {
    let code = found.details.as_ref().map_or(0, |details| details.exit_code);
    match (found.state, found.health) {
        (ContainerState::Created, _) => "not started".to_owned(),
        (ContainerState::Running, HealthStatus::None) => "running".to_owned(),
        (ContainerState::Running, HealthStatus::Starting) => "starting".to_owned(),
        (ContainerState::Running, HealthStatus::Healthy) => "healthy".to_owned(),
        (ContainerState::Running, HealthStatus::Unhealthy) => "unhealthy".to_owned(),
        (ContainerState::Paused, _) => "paused".to_owned(),
        (ContainerState::Restarting, _) => format!("restarting (exit code {code})"),
        (ContainerState::Removing, _) => "being removed".to_owned(),
        (ContainerState::Exited, _) => format!("ended (exit code {code})"),
        (ContainerState::Dead, _) => "dead".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observed::Details;

    const HEALTHY: Until = Until::Healthy;
    const DONE: Until = Until::Completed;
    const UP: Until = Until::Up { settle: Duration::from_secs(10), may_end: false };
    const UP_OR_DONE: Until = Until::Up { settle: Duration::from_secs(10), may_end: true };

    fn check(until: Until, state: ContainerState, health: HealthStatus, exit_code: i64) -> String {
        let service = ServiceName::parse("db").unwrap();
        let details = Some(Details { exit_code, ..Details::default() });
        let name = "p-db-1".to_owned();
        let found = Container { name, state, health, details, ..Container::default() };
        let wanted =
            Wanted { service: &service, until, timeout: None, unmet: Unmet::Fail, restarts: 5 };
        match verdict(wanted, &found) {
            Verdict::Holds => "holds".to_owned(),
            Verdict::Settling(_) => "settling".to_owned(),
            Verdict::NotYet => "not yet".to_owned(),
            Verdict::Never(error) => error.to_string(),
        }
    }

    #[test]
    fn a_running_container_is_judged_by_its_healthcheck() {
        use ContainerState::Running;
        use HealthStatus::{Healthy, None, Starting, Unhealthy};
        for until in [HEALTHY, UP, UP_OR_DONE] {
            assert_eq!(check(until, Running, Healthy, 0), "holds");
            assert_eq!(check(until, Running, Starting, 0), "not yet");
            insta::allow_duplicates! {
                insta::assert_snapshot!(check(until, Running, Unhealthy, 0), @"container `p-db-1` of service `db` is unhealthy");
            }
        }
        assert_eq!(check(UP, Running, None, 0), "settling");
        assert_eq!(check(DONE, Running, Healthy, 0), "not yet");
        insta::assert_snapshot!(check(HEALTHY, Running, None, 0), @"container `p-db-1` of service `db` has no healthcheck, but others wait until it is healthy");
    }

    #[test]
    fn a_container_that_has_ended_did_so_well_or_not() {
        use ContainerState::Exited;
        use HealthStatus::None;
        assert_eq!(check(DONE, Exited, None, 0), "holds");
        assert_eq!(check(UP_OR_DONE, Exited, None, 0), "holds");
        insta::assert_snapshot!(check(DONE, Exited, None, 3), @"service `db` did not complete: container `p-db-1` ended with exit code 3");
        insta::assert_snapshot!(check(UP_OR_DONE, Exited, None, 3), @"container `p-db-1` of service `db` ended with exit code 3");
        insta::assert_snapshot!(check(UP, Exited, None, 0), @"container `p-db-1` of service `db` ended with exit code 0");
        insta::assert_snapshot!(check(HEALTHY, Exited, None, 0), @"container `p-db-1` of service `db` ended with exit code 0");
    }

    #[test]
    fn a_container_that_is_between_two_runs_may_still_come() {
        use HealthStatus::None;
        assert_eq!(check(UP, ContainerState::Restarting, None, 1), "not yet");
        assert_eq!(check(HEALTHY, ContainerState::Created, None, 0), "not yet");
        insta::assert_snapshot!(check(UP, ContainerState::Dead, None, 0), @"container `p-db-1` of service `db` is dead");
    }

    #[test]
    fn a_container_that_is_started_again_and_again_is_crashing() {
        let service = ServiceName::parse("db").unwrap();
        let unmet = Unmet::Fail;
        let wanted = Wanted { service: &service, until: UP, timeout: None, unmet, restarts: 5 };
        let check = |restart_count, fewest| {
            let details = Some(Details { restart_count, exit_code: 7, ..Details::default() });
            let found = Container { name: "p-db-1".to_owned(), details, ..Container::default() };
            crashing(wanted, &found, fewest).map(|error| error.to_string())
        };
        assert_eq!(check(4, 0), None);
        assert_eq!(check(9, 5), None, "what was before does not count");
        insta::assert_snapshot!(check(5, 0).unwrap(), @"container `p-db-1` of service `db` crashes: started again 5 times, last exit code 7");
    }

    #[test]
    fn a_run_counts_from_the_last_start() {
        let at = |started_at: &str| {
            let details = Details { started_at: started_at.to_owned(), ..Details::default() };
            Container { details: Some(details), ..Container::default() }
        };
        let first = Run::seen(None, &at("1"));
        let since = first.since;
        let same = Run::seen(Some(first), &at("1"));
        assert_eq!(same.since, since);
        assert!(Run::seen(Some(same), &at("2")).started == "2");
    }
}
