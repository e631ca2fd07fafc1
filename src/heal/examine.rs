//! What is wrong with a Docker that should run.

use super::blocker::Blocker;
use super::facts::{Ailment, Facts, Reply};
use super::memory::{Memory, Streak};
use super::policy::Policy;
use super::state::{State, host_trouble};
use super::time::words;
use super::units::{Active, Unit};

/// How often it may end within five minutes before that counts as a loop.
const LOOP: usize = 3;

/// A state and the reason for it.
pub(super) type Finding = (State, String);

/// The condition of a Docker that should run.
pub(super) fn examine(memory: &Memory, policy: &Policy, facts: &Facts, docker: &Unit) -> Finding {
    if let Some(trouble) = host_trouble(facts) {
        return (State::HostBad, trouble);
    }
    if docker.is_active() {
        return running(memory, policy, facts, docker);
    }
    if docker.active == Active::Activating && !docker.restarting || docker.queued {
        return starting(policy, facts, docker);
    }
    down(memory, facts, docker)
}

/// Another engine in the place of the one that was here: its empty lists are no reason to make everything anew. A changed
/// storage driver, a changed data directory and one whose mount is missing all make Docker start with nothing, and well.
fn stranger(memory: &Memory) -> Option<Finding> {
    let (Some(stranger), Some(known)) = (&memory.stranger, &memory.identity) else { return None };
    let differs = if stranger.driver != known.driver {
        format!("its storage driver is `{}` and was `{}`", stranger.driver, known.driver)
    } else if stranger.root != known.root {
        format!("its data is in `{}` and was in `{}`", stranger.root, known.root)
    } else if stranger.mount != known.mount {
        format!("its data is on `{}` and was on `{}`", stranger.mount, known.mount)
    } else {
        "it has another ID".to_owned()
    };
    Some((State::HostBad, format!("this is not the engine that was here before: {differs}")))
}

fn starting(policy: &Policy, facts: &Facts, docker: &Unit) -> Finding {
    let since = docker.began.map(|began| facts.now.up.since(began)).unwrap_or_default();
    if docker.active == Active::Activating && since >= policy.patience.start {
        return (State::Hung, format!("its start has not ended for {}", words(since)));
    }
    (State::Starting, "it is about to run".into())
}

fn down(memory: &Memory, facts: &Facts, docker: &Unit) -> Finding {
    if let Some(blocker @ (Blocker::NoSpace | Blocker::ReadOnly | Blocker::StorageDriver)) =
        &facts.blocker
        && docker.active == Active::Failed
    {
        return (State::HostBad, format!("it cannot start because {}", blocker.words()));
    }
    let ended = format!("it ended with `{}` and nobody stopped it", docker.result);
    if memory.exits.len() < LOOP && docker.result != "start-limit-hit" {
        return (State::Crashed, ended);
    }
    let because = facts.blocker.as_ref().map(|blocker| format!(" because {}", blocker.words()));
    let times = memory.exits.len();
    (
        State::CrashLoop,
        format!("it ended {times} times within five minutes{}", because.unwrap_or_default()),
    )
}

fn running(memory: &Memory, policy: &Policy, facts: &Facts, docker: &Unit) -> Finding {
    if memory.ping.reply == Some(Reply::Missing) && memory.ping.bad >= 2 {
        return (State::SocketGone, "the file of its socket is gone".into());
    }
    let under = |least| policy.patience.under(facts.host.pressure, least);
    let patience = under(policy.patience.hung);
    for (name, streak) in [("`/_ping`", &memory.ping), ("a listing", &memory.list)] {
        if let Some(since) = streak.bad_since {
            let since = facts.now.up.since(since);
            if since >= patience && streak.bad >= policy.patience.hung_questions {
                return (State::Hung, format!("{name} has had no answer for {}", words(since)));
            }
        }
    }
    let quiet = memory.ping.bad == 0 && memory.list.bad == 0;
    if let (Some(since), true) = (memory.version.bad_since, quiet && memory.version.bad >= 2) {
        let since = facts.now.up.since(since);
        if since >= under(policy.patience.runtime) {
            let what = match memory.version.reply {
                Some(Reply::NoContainerd) => "it has lost containerd",
                Some(_) | None => "containerd does not answer it",
            };
            return (State::RuntimeBad, format!("{what} for {}", words(since)));
        }
    }
    if let Some(finding) = stranger(memory) {
        return finding;
    }
    let probes =
        [("`/_ping`", &memory.ping), ("a listing", &memory.list), ("`/version`", &memory.version)];
    if let Some((name, streak)) = probes.iter().find(|(_, streak)| streak.bad > 0) {
        return unsure(memory, facts, docker, (name, streak));
    }
    match (around(memory, docker, probes.map(|(_, streak)| streak)), &facts.lost) {
        ((State::Healthy, _), Some(lost)) => (State::ImagesLost, lost.why()),
        (finding, Some(_) | None) => finding,
    }
}

/// An unanswered question: a start that is not through yet, or the first sign of something.
fn unsure(
    memory: &Memory,
    facts: &Facts,
    docker: &Unit,
    (name, streak): (&str, &Streak),
) -> Finding {
    let young = docker.began.is_some_and(|began| facts.now.up.since(began).as_secs() < 120);
    let never = !docker.began.is_some_and(|began| memory.was_well_since(began));
    if young && never {
        return (State::Starting, "it runs, and does not answer yet".into());
    }
    let what = match streak.reply {
        Some(Reply::NoContainerd) => "it says that it has lost containerd".to_owned(),
        Some(Reply::Refused) => format!("{name} was refused"),
        Some(Reply::Missing) => "the file of its socket is gone".to_owned(),
        Some(Reply::TimedOut) => format!("{name} had no answer in time"),
        Some(Reply::Broken) => format!("{name} broke off"),
        Some(Reply::Odd | Reply::Good) | None => format!("{name} had an odd answer"),
    };
    (State::Suspect, what)
}

/// The engine answers: what is around it, and on it.
fn around(memory: &Memory, docker: &Unit, probes: [&Streak; 3]) -> Finding {
    if memory.network_lost >= 2 {
        return (State::NetworkLost, "its bridges or packet filter chains are gone".into());
    }
    if let Some(seen) = memory.ailing.iter().find(|seen| seen.looks >= 2) {
        let what = match seen.ailing.ailment {
            Ailment::Stuck => "does not answer",
            Ailment::Ghost => "is said to run, but its process is gone",
            Ailment::Orphan => "runs, but Docker has forgotten it",
        };
        return (State::ContainerBad, format!("container `{}` {what}", seen.ailing.name));
    }
    if let Some(seen) = memory.ailing.first() {
        return (State::Suspect, format!("container `{}` looks odd", seen.ailing.name));
    }
    if memory.network_lost > 0 {
        return (State::Suspect, "its networks look odd".into());
    }
    let answers = probes.iter().all(|streak| streak.good > 0) && probes[0].good >= 2;
    if answers && memory.knows(docker.began) {
        return (State::Healthy, "everything answers".into());
    }
    (State::Starting, "it runs, and is being looked at".into())
}
