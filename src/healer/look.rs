//! Looks at everything, each at its own pace: cheap questions often, dear ones seldom, and the engine only while its unit
//! runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::docker::{Answered, Way, ask};
use crate::heal::{
    Active, Ailing, Answer, Blocker, Canary, Disk, Facts, Host, Memory, Now, Pace, Reply, Sight,
    State, Survey, Unit, Up,
};
use crate::systemd::{Manager, boot, up};

use super::host::{closed_cgroups, disk, upgrading};
use super::losses::Losses;
use super::pause;
use super::pressure::{Work, pressure};
use super::processes::{docker_runs, held, lives, name, used};
use super::reach::{has_git, registries, unreached};
use super::setup::Setup;
use super::survey::{Networks, containers, survey};

const PING: Duration = Duration::from_secs(3);
/// The same for other questions, however things look: an engine that is slow must not look ill because it is looked at.
const ANSWER: Duration = Duration::from_secs(8);
/// For how long it is known what is within reach.
const REACH: Duration = Duration::from_mins(1);
/// How long a look at the disk may take.
const DISK: Duration = Duration::from_secs(5);

/// How often something is looked at while all is well, and while something is under way, in seconds.
struct Every {
    calm: u64,
    close: u64,
}

const QUESTIONS: Every = Every { calm: 18, close: 0 };
const CONTAINERS: Every = Every { calm: 60, close: 5 };
const SURVEY: Every = Every { calm: 300, close: 20 };
const NETWORKS: Every = Every { calm: 18, close: 9 };
const DISKS: Every = Every { calm: 60, close: 15 };

/// Which failed start it was: how often the manager had started it again, and when it was.
type Failed = (u32, Option<Up>);

/// What was last seen, and when.
pub(super) struct Look {
    setup: Setup,
    manager: Arc<Manager>,
    way: Way,
    networks: Networks,
    boot: String,
    ping: Option<Answer>,
    list: Option<Answer>,
    version: Option<Answer>,
    looked: Option<Up>,
    ailing: Vec<Ailing>,
    pids: Vec<u32>,
    tried: Option<Up>,
    survey: Option<Survey>,
    surveyed: Option<Up>,
    pub(super) live_restore: Option<bool>,
    disk: Option<(Up, Disk)>,
    writing: Option<JoinHandle<Disk>>,
    closed_cgroups: Option<String>,
    pid: Option<u32>,
    held: Option<Up>,
    work: Work,
    blocker: Option<(Failed, Option<Blocker>)>,
    losses: Losses,
    registries: BTreeSet<String>,
    reached: Option<(Up, bool)>,
}

impl Look {
    pub(super) fn new(setup: Setup, manager: Arc<Manager>, way: Way) -> Self {
        Self {
            setup,
            manager,
            way,
            networks: Networks::default(),
            boot: boot(),
            ping: None,
            list: None,
            version: None,
            looked: None,
            ailing: Vec::new(),
            pids: Vec::new(),
            tried: None,
            survey: None,
            surveyed: None,
            live_restore: None,
            disk: None,
            writing: None,
            closed_cgroups: None,
            pid: None,
            held: None,
            work: Work::default(),
            blocker: None,
            losses: Losses::default(),
            registries: BTreeSet::new(),
            reached: None,
        }
    }

    /// The clocks.
    pub(super) fn now(&self) -> Now {
        Now { up: up(), wall: jiff::Timestamp::now().as_second(), boot: self.boot.clone() }
    }

    /// The containers are looked at with the next look: something was done to one.
    pub(super) fn again(&mut self) {
        self.tried = None;
    }

    /// Looks at everything that is due.
    pub(super) async fn facts(&mut self, memory: &Memory, (state, pace): (State, Pace)) -> Facts {
        let (sight, stop) = self.manager.look().await;
        let docker = match &sight {
            Sight::Seen(units) => units.docker.clone(),
            Sight::Blind => None,
        };
        // Systemd holds the socket of a Docker that is down: a connect would start one that a person stopped.
        let may_connect = docker.as_ref().is_some_and(|docker| {
            docker.is_active()
                && !docker.stopping
                && stop.is_none_or(|stop| docker.began > Some(stop.at))
        });
        let close = pace == Pace::Close || state == State::Starting;
        if may_connect && !matches!(state, State::ShuttingDown | State::Unwatched) {
            self.ask_engine(docker.as_ref().and_then(|docker| docker.began), close).await;
        }
        self.look_at_disk(memory, close).await;
        let unkillable = self.unkillable(docker.as_ref());
        let blocker = self.read_log(docker.as_ref()).await;
        let root = self.root(memory);
        let lost = self.losses.look((&self.manager, &root), docker.as_ref()).await;
        let can_rebuild = self.can_rebuild(memory, docker.as_ref()).await;
        let now = self.now();
        let found = pause::find(&self.setup.pauses(), now.wall);
        Facts {
            host: Host {
                booted: now.up.since(Up(0)),
                pause: found.map(|found| found.pause),
                upgrading: upgrading(),
                pressure: pressure(&pids(&sight)).max(self.works(docker.as_ref())),
                disk: self.disk.as_ref().map(|(_, disk)| disk.clone()),
                closed_cgroups: self.closed_cgroups.clone(),
                unkillable,
                can_rebuild,
            },
            now,
            sight,
            stop,
            ping: self.ping,
            list: self.list,
            version: self.version,
            looked: self.looked,
            ailing: self.ailing.clone(),
            survey: self.survey.clone(),
            blocker,
            lost,
        }
    }

    async fn ask_engine(&mut self, began: Option<Up>, close: bool) {
        let way = self.way.clone();
        let asked = up();
        let Some(ping) = reply(&ask(&way, "/_ping", PING).await) else { return };
        self.ping = Some(Answer { asked, reply: ping });
        if ping != Reply::Good {
            return; // What hangs here hangs everywhere, and the next ping must not wait for it.
        }
        let fresh = |last: Option<Up>| last.is_none() || last < began;
        if fresh(self.list.map(|last| last.asked))
            || due(self.list.map(|last| last.asked), &QUESTIONS, close)
        {
            let asked = up();
            let (list, version) = tokio::join!(
                ask(&way, "/containers/json?limit=1", ANSWER),
                ask(&way, "/version", ANSWER)
            );
            let (Some(list), Some(version)) = (reply(&list), of_version(&version)) else { return };
            self.list = Some(Answer { asked, reply: list });
            self.version = Some(Answer { asked, reply: version });
            if version != Reply::Good || list != Reply::Good {
                return;
            }
        }
        // One that ended is nothing odd; one that Docker does not know to have ended is.
        let ended = self.pids.iter().any(|pid| !lives(*pid));
        if ended || fresh(self.looked) || due(self.tried, &CONTAINERS, close) {
            self.tried = Some(up());
            let at = up();
            if let Some(found) = containers(&way).await {
                (self.looked, self.ailing, self.pids) = (Some(at), found.ailing, found.pids);
            }
        }
        if fresh(self.survey.as_ref().map(|last| last.at)) || due(self.surveyed, &SURVEY, close) {
            self.surveyed = Some(up());
            if let Some(found) = survey(&way, &mut self.networks).await {
                (self.survey, self.live_restore) = (Some(found.0), found.1);
                self.remember_registries();
            }
        } else if let Some(survey) = &mut self.survey
            && due(Some(survey.at), &NETWORKS, close)
        {
            let at = up();
            if let Some(lost) = self.networks.lost(&way).await {
                (survey.at, survey.network_lost) = (at, lost);
            }
        }
    }

    fn remember_registries(&mut self) {
        let seen = self.survey.as_ref().and_then(|survey| survey.identity.as_ref());
        if let Some(identity) = seen.filter(|_| self.setup.policy.allow_rebuild) {
            self.registries = registries(Path::new(&identity.root));
        }
    }

    /// Where Docker keeps its data, as far as is known.
    pub(super) fn root(&self, memory: &Memory) -> PathBuf {
        let told = memory.identity().map(|identity| PathBuf::from(&identity.root));
        told.filter(|root| root.is_absolute()).unwrap_or_else(|| self.setup.data_root.clone())
    }

    async fn look_at_disk(&mut self, memory: &Memory, close: bool) {
        if !due(self.disk.as_ref().map(|(at, _)| *at), &DISKS, close) {
            return;
        }
        self.closed_cgroups = self.pid.and_then(closed_cgroups);
        let root = self.root(memory);
        let mount = memory.identity().map(|identity| identity.mount.clone());
        // A write that does not end holds its thread; no second one is sent after it.
        let mut writing = self
            .writing
            .take()
            .unwrap_or_else(|| tokio::task::spawn_blocking(move || disk(&root, mount.as_deref())));
        let found = match tokio::time::timeout(DISK, &mut writing).await {
            Ok(Ok(found)) => found,
            Ok(Err(_panicked)) => return,
            Err(_elapsed) => {
                self.writing = Some(writing);
                blocked()
            }
        };
        self.disk = Some((up(), found));
    }

    fn unkillable(&mut self, docker: Option<&Unit>) -> Option<Duration> {
        if let Some(pid) = docker.and_then(|docker| docker.pid) {
            self.pid = Some(pid);
        }
        let pid = self.pid?;
        if !held(pid) || name(pid).as_deref() != Some("dockerd") {
            self.held = None;
            return None;
        }
        let since = *self.held.get_or_insert_with(up);
        Some(up().since(since))
    }

    /// How much of a processor Docker's main process used of late, in percent: what computes does not hang.
    fn works(&mut self, docker: Option<&Unit>) -> u8 {
        let used = docker.and_then(|it| it.pid).and_then(|pid| Some((pid, used(pid)?)));
        used.map_or(0, |(pid, used)| self.work.seen(pid, up(), used))
    }

    /// Whether what a rebuild needs is within reach; asked where one may come.
    async fn can_rebuild(&mut self, memory: &Memory, docker: Option<&Unit>) -> bool {
        if !self.setup.policy.allow_rebuild || !docker.is_some_and(|it| it.active == Active::Failed)
        {
            return false;
        }
        if let Some((at, reached)) = self.reached
            && up().since(at) < REACH
        {
            return reached;
        }
        // The list may be damaged by now: what it said while all was well counts, too.
        let mut addresses = registries(&self.root(memory));
        addresses.extend(self.registries.iter().cloned());
        let missing = unreached(&addresses).await;
        let has_git = has_git(&self.setup.sources);
        if !has_git || !missing.is_empty() {
            tracing::warn!(?missing, has_git, "a rebuild has to wait for what it needs");
        }
        let reached = has_git && missing.is_empty();
        self.reached = Some((up(), reached));
        reached
    }

    /// What the log says of a start that failed; read once for each.
    async fn read_log(&mut self, docker: Option<&Unit>) -> Option<Blocker> {
        let docker = docker?;
        if docker.active != Active::Failed && !docker.restarting {
            self.blocker = None;
            return None;
        }
        let which = (docker.restarts, docker.ended.max(docker.began));
        if let Some((read, blocker)) = &self.blocker
            && *read == which
        {
            return blocker.clone();
        }
        let log = self.manager.last_start().await.unwrap_or_default();
        let mut blocker = Blocker::read(&log);
        if blocker == Some(Blocker::StalePid) && docker_runs() {
            blocker = Some(Blocker::AlreadyRunning);
        }
        self.blocker = Some((which, blocker.clone()));
        blocker
    }
}

/// Docker's main process and containerd's.
fn pids(sight: &Sight) -> Vec<u32> {
    let Sight::Seen(units) = sight else { return Vec::new() };
    let both = [&units.docker, &units.containerd];
    both.into_iter().flatten().filter_map(|unit| unit.pid).collect()
}

fn due(last: Option<Up>, every: &Every, close: bool) -> bool {
    let pause = Duration::from_secs(if close { every.close } else { every.calm });
    last.is_none_or(|last| up().since(last) >= pause)
}

fn blocked() -> Disk {
    Disk {
        free: u64::MAX,
        size: u64::MAX,
        inodes_free: 0,
        inodes: 0,
        canary: Canary::Blocked,
        errors: false,
        mounted: true,
    }
}

/// What an answer says of the engine; nothing where it was not asked.
fn reply(answered: &Answered) -> Option<Reply> {
    Some(match answered {
        // An engine that says no is an engine that answers; an odd API version is no illness.
        Answered::Good(_) | Answered::Status(400..500) => Reply::Good,
        Answered::Status(_) => Reply::Odd,
        Answered::Refused => Reply::Refused,
        Answered::Missing => Reply::Missing,
        Answered::TimedOut => Reply::TimedOut,
        Answered::Broken => Reply::Broken,
        Answered::KeptAway => return None,
    })
}

/// The answer lists what the engine is made of; without containerd it has lost it.
fn of_version(answered: &Answered) -> Option<Reply> {
    let Answered::Good(told) = answered else { return reply(answered) };
    Some(match told["Components"].as_array() {
        Some(parts) if parts.iter().all(|part| part["Name"] != "containerd") => Reply::NoContainerd,
        Some(_) | None => Reply::Good,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_engine_that_does_not_list_containerd_has_lost_it() {
        let check = |told| of_version(&Answered::Good(told)).unwrap();
        assert_eq!(check(json!({"Components": [{"Name": "Engine"}]})), Reply::NoContainerd);
        let whole = json!({"Components": [{"Name": "Engine"}, {"Name": "containerd"}]});
        assert_eq!(check(whole), Reply::Good);
        assert_eq!(check(json!({"Version": "1"})), Reply::Good);
        assert_eq!(of_version(&Answered::TimedOut), Some(Reply::TimedOut));
    }

    #[test]
    fn an_engine_that_refuses_a_question_answers() {
        assert_eq!(reply(&Answered::Status(400)), Some(Reply::Good));
        assert_eq!(reply(&Answered::Status(500)), Some(Reply::Odd));
    }

    #[test]
    fn an_engine_that_was_not_asked_has_said_nothing() {
        assert_eq!(reply(&Answered::KeptAway), None);
        assert_eq!(of_version(&Answered::KeptAway), None);
    }
}
