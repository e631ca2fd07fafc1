//! Which remedy is next.

use super::blocker::Blocker;
use super::facts::{Ailment, Facts};
use super::memory::Memory;
use super::policy::Policy;
use super::remedy::{Remedy, Step, Target};
use super::state::State;
use super::time::words;
use super::units::{Enabled, Sight, Unit, Units};

/// What the ladder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// This is next.
    Use(Remedy),
    /// Nothing yet, for this reason.
    Wait(String),
    /// Nothing of ours can help, for this reason.
    Person(String),
    /// Everything that may be done was done.
    Exhausted,
}

fn wait(why: impl Into<String>) -> Wish {
    Wish::Wait(why.into())
}

/// How often a remedy was used for the illness that is under way.
fn used(memory: &Memory, step: Step) -> usize {
    let done = memory.episode.as_ref().map_or(&[][..], |episode| &episode.done);
    done.iter().filter(|remedy| remedy.step() == step).count()
}

/// The next remedy for a state.
pub(super) fn next(memory: &Memory, policy: &Policy, facts: &Facts, state: State) -> Wish {
    let Sight::Seen(units) = &facts.sight else { return wait("nothing is known") };
    let Some(docker) = &units.docker else { return wait("there is no unit of Docker") };
    match state {
        State::Hung => hung(memory, policy, facts, docker),
        State::RuntimeBad => runtime(memory, policy, facts, units),
        State::SocketGone => socket(memory, units),
        State::Crashed => crashed(memory, policy, facts, docker),
        State::CrashLoop => crash_loop(memory, policy, facts, docker),
        State::ContainerBad => container(memory, facts),
        State::NetworkLost if used(memory, Step::Restart) < 2 => Wish::Use(Remedy::Restart),
        State::NetworkLost => Wish::Exhausted,
        State::ImagesLost => lost(memory, facts),
        State::HostBad => host(memory, policy, facts),
        State::GaveUp => wait("what may be done was done; it is tried again once an hour"),
        State::Unwatched
        | State::Unknown
        | State::Healthy
        | State::Starting
        | State::Suspect
        | State::Stopped
        | State::Upgrading
        | State::Paused
        | State::ShuttingDown => wait("nothing is to be done"),
    }
}

/// Whether nothing may be killed yet, because it has only just begun to run, and was not well since.
fn grace(memory: &Memory, policy: &Policy, facts: &Facts, unit: &Unit) -> Option<Wish> {
    if memory.was_well_since(unit.began?) {
        return None;
    }
    let since = facts.now.up.since(unit.began?);
    let left = policy.patience.grace.checked_sub(since).filter(|left| !left.is_zero())?;
    Some(wait(format!("it began a moment ago; nothing is killed for {}", words(left))))
}

fn hung(memory: &Memory, policy: &Policy, facts: &Facts, docker: &Unit) -> Wish {
    // A kill that does not end it leaves a unit that has failed, and a second engine that is refused.
    if facts.host.unkillable.is_some() {
        return wait("the kernel holds its main process, and no signal reaches it");
    }
    if let Some(wait) = grace(memory, policy, facts, docker) {
        return wait;
    }
    if used(memory, Step::Kill) < 2 { Wish::Use(Remedy::Kill) } else { Wish::Exhausted }
}

fn runtime(memory: &Memory, policy: &Policy, facts: &Facts, units: &Units) -> Wish {
    let docker = units.docker.as_ref();
    let kill = || match docker.and_then(|docker| grace(memory, policy, facts, docker)) {
        Some(wait) => wait,
        None if used(memory, Step::Kill) < 1 => Wish::Use(Remedy::Kill),
        None => Wish::Exhausted,
    };
    // Where Docker runs containerd itself, its end is containerd's.
    let Some(containerd) = &units.containerd else { return kill() };
    if containerd.enabled == Enabled::Masked {
        return Wish::Person("the unit of containerd is masked".into());
    }
    if used(memory, Step::Containerd) >= 1 && !containerd.is_down() {
        return kill();
    }
    if used(memory, Step::Containerd) >= 2 {
        return Wish::Exhausted;
    }
    if containerd.is_down() {
        return Wish::Use(Remedy::StartContainerd);
    }
    if !containerd.is_active() {
        return wait("containerd is about to run");
    }
    grace(memory, policy, facts, containerd).unwrap_or(Wish::Use(Remedy::KillContainerd))
}

fn socket(memory: &Memory, units: &Units) -> Wish {
    match (&units.socket, used(memory, Step::Unblock), used(memory, Step::Restart)) {
        (Some(_), 0, _) => Wish::Use(Remedy::RestartSocket),
        (Some(_) | None, _, 0) => Wish::Use(Remedy::Restart),
        (Some(_) | None, _, _) => Wish::Exhausted,
    }
}

fn crashed(memory: &Memory, policy: &Policy, facts: &Facts, docker: &Unit) -> Wish {
    let Some(since) = memory.down_since.filter(|_| docker.is_down()) else {
        return wait("its manager is about to start it again");
    };
    if facts.now.up.since(since) < policy.patience.down {
        return wait("it went down a moment ago");
    }
    if used(memory, Step::Start) < 3 { Wish::Use(Remedy::Start) } else { Wish::Exhausted }
}

fn crash_loop(memory: &Memory, policy: &Policy, facts: &Facts, docker: &Unit) -> Wish {
    let target = match &facts.blocker {
        Some(Blocker::Configuration) => {
            return Wish::Person("only a person knows what its configuration should be".into());
        }
        Some(Blocker::AlreadyRunning) => {
            return Wish::Person("two engines on the same data would destroy it".into());
        }
        Some(Blocker::StalePid) if used(memory, Step::Unblock) < 2 => {
            return Wish::Use(Remedy::RemovePidFile);
        }
        Some(Blocker::NetworkDatabase) => Some(Target::NetworkDatabase),
        Some(Blocker::VolumeDatabase) => Some(Target::VolumeDatabase),
        Some(Blocker::ImageNames) => Some(Target::ImageNames),
        Some(Blocker::ContainerdDatabase) => Some(Target::ContainerdDatabase),
        Some(
            Blocker::StalePid
            | Blocker::StorageDriver
            | Blocker::NoSpace
            | Blocker::ReadOnly
            | Blocker::Unknown(_),
        )
        | None => None,
    };
    let done = memory.episode.as_ref().map_or(&[][..], |episode| &episode.done);
    if let Some(target) = target
        && memory.exits.len() >= 2
    {
        let remedy = Remedy::Quarantine(target);
        if !done.contains(&remedy) {
            return Wish::Use(remedy);
        }
    }
    if !docker.is_down() {
        return wait("its manager is about to start it again");
    }
    if used(memory, Step::Start) < 2 {
        return Wish::Use(Remedy::Start);
    }
    if policy.allow_rebuild && facts.host.can_rebuild && used(memory, Step::Rebuild) == 0 {
        return Wish::Use(Remedy::Rebuild);
    }
    Wish::Exhausted
}

/// What cannot be used any more keeps Docker from pulling it anew: it believes that it has the image.
fn lost(memory: &Memory, facts: &Facts) -> Wish {
    let done = memory.episode.as_ref().map_or(&[][..], |episode| &episode.done);
    // All that is made of such an image would have to go at once, what runs well and what is not from git, too.
    if facts.lost.as_ref().is_some_and(|lost| lost.containers.is_empty()) {
        return Wish::Person(
            "whoever removes the containers and the image that are made of it gets both anew"
                .into(),
        );
    }
    match facts.lost.clone().map(|lost| Remedy::Quarantine(Target::Lost(lost))) {
        Some(remedy) if !done.contains(&remedy) => Wish::Use(remedy),
        Some(_) => Wish::Person("what it has lost was moved aside, and that did not help".into()),
        None => wait("nothing is lost"),
    }
}

/// The container to be treated first: what Docker forgot before anything is made again, since two instances would write to
/// one volume; then what hangs; then what only seems to run.
fn container(memory: &Memory, facts: &Facts) -> Wish {
    let mut ailing = memory.ailing.iter().filter(|seen| seen.looks >= 2).collect::<Vec<_>>();
    ailing.sort_by_key(|seen| match seen.ailing.ailment {
        Ailment::Orphan => 0,
        Ailment::Stuck => 1,
        Ailment::Ghost => 2,
    });
    let mut reason = None;
    for seen in ailing {
        let remedy = Remedy::Container {
            id: seen.ailing.id.clone(),
            name: seen.ailing.name.clone(),
            ailment: seen.ailing.ailment,
        };
        match memory.ledger.allows(&remedy, &facts.now) {
            Ok(()) => return Wish::Use(remedy),
            Err(refusal) => reason = Some(format!("`{}`: {}", seen.ailing.name, refusal.words())),
        }
    }
    wait(reason.unwrap_or_else(|| "no container ails".into()))
}

fn host(memory: &Memory, policy: &Policy, facts: &Facts) -> Wish {
    let held = facts.host.unkillable.is_some_and(|held| held.as_secs() >= 60);
    if held && policy.allow_reboot && used(memory, Step::Reboot) == 0 {
        return Wish::Use(Remedy::Reboot);
    }
    Wish::Person("no remedy is used on a machine in this state".into())
}
