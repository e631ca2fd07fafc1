//! A small model of a machine with systemd and Docker, which breaks, is broken, and reacts to remedies.

use std::time::Duration;

use super::scene::{disk, identity, running};
use crate::heal::{
    Active, Ailing, Ailment, Answer, Blocker, Canary, Enabled, Facts, Host, Now, Pause, Remedy,
    Reply, Restarts, Sight, Stop, Survey, System, Target, Unit, Units, Up,
};

/// Everything that is true of the machine. Times are seconds of real time; the machine's own clocks are derived.
#[expect(clippy::struct_excessive_bools, reason = "each may be true beside any other")]
pub(super) struct World {
    pub(super) time: u64,
    pub(super) booted: u64,
    boots: u32,
    /// How far the wall clock is off.
    pub(super) skew: i64,
    pub(super) docker: Unit,
    pub(super) hung: bool,
    ready: Option<u64>,
    again: Option<u64>,
    starts: Vec<u64>,
    pub(super) containerd_hung: bool,
    pub(super) containerd_down: Option<u64>,
    pub(super) damage: Option<Blocker>,
    pub(super) canary: Canary,
    pub(super) stopped: Option<Stop>,
    pub(super) paused: bool,
    pub(super) going_down: bool,
    pub(super) upgrading: bool,
    pub(super) blind: bool,
    pub(super) seen_since: u64,
    pub(super) pressure: u8,
    pub(super) stranger: bool,
    pub(super) held: Option<u64>,
    pub(super) socket_gone: bool,
    pub(super) network_lost: bool,
    pub(super) ailing: Vec<Ailing>,
    /// When a remedy was cut short that had just stopped Docker.
    cut_short: Option<u64>,
    cut_short_at: Option<Up>,
}

impl World {
    pub(super) fn new(policy: Restarts) -> Self {
        Self {
            time: 10_000,
            booted: 6_000,
            boots: 1,
            skew: 0,
            docker: Unit { policy, ..running() },
            hung: false,
            ready: None,
            again: None,
            starts: Vec::new(),
            containerd_hung: false,
            containerd_down: None,
            damage: None,
            canary: Canary::Written,
            stopped: None,
            paused: false,
            going_down: false,
            upgrading: false,
            blind: false,
            seen_since: 6_000,
            pressure: 0,
            stranger: false,
            held: None,
            socket_gone: false,
            network_lost: false,
            ailing: Vec::new(),
            cut_short: None,
            cut_short_at: None,
        }
    }

    /// A remedy gets as far as stopping Docker, and no further.
    pub(super) fn cut_short(&mut self) {
        self.cut_short_at = Some(self.stop(false).at);
        self.cut_short = Some(self.time);
    }

    pub(super) fn up(&self) -> Up {
        Up::seconds(self.time - self.booted)
    }

    pub(super) fn now(&self) -> Now {
        let wall = i64::try_from(self.time).unwrap() + self.skew;
        Now { up: self.up(), wall, boot: format!("boot {}", self.boots) }
    }

    pub(super) fn is_up(&self) -> bool {
        self.docker.is_active()
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, seconds: u64) {
        self.time += seconds;
        if self.again.is_some_and(|at| self.time >= at) {
            self.again = None;
            self.docker.restarts += 1;
            self.start();
        }
        if self.ready.is_some_and(|at| self.time >= at) {
            self.ready = None;
            if self.damage.is_some() || self.canary != Canary::Written {
                self.end("exit-code");
            } else {
                self.docker.active = Active::Active;
                self.docker.pid = Some(800);
                self.socket_gone = false;
                self.network_lost = false;
                self.ailing.retain(|ailing| ailing.ailment == Ailment::Orphan);
            }
        }
        if self.containerd_down.is_some_and(|at| self.time >= at) {
            self.containerd_down = None;
        }
    }

    /// A start, by whomever; systemd refuses the fourth within a minute.
    pub(super) fn start(&mut self) {
        self.starts.retain(|at| self.time - at < 60);
        self.docker.restarting = false;
        if self.starts.len() >= 3 {
            self.docker.active = Active::Failed;
            return;
        }
        self.starts.push(self.time);
        self.docker.active = Active::Activating;
        self.docker.began = Some(self.up());
        self.ready = Some(self.time + 2);
        self.hung = false;
    }

    /// Docker's process ends; systemd does what its unit says.
    pub(super) fn end(&mut self, result: &str) {
        self.docker.ended = Some(self.up());
        self.docker.pid = None;
        self.docker.result = result.into();
        self.ready = None;
        self.hung = false;
        self.held = None;
        if self.docker.policy == Restarts::Always || result != "success" {
            self.docker.active = Active::Activating;
            self.docker.restarting = true;
            self.again = Some(self.time + 2);
            self.starts.retain(|at| self.time - at < 60);
            if self.starts.len() >= 3 {
                self.again = None;
                self.docker.restarting = false;
                self.docker.active = Active::Failed;
            }
        } else {
            self.docker.active = Active::Inactive;
        }
    }

    /// Somebody stops it in order.
    pub(super) fn stop(&mut self, with_containerd: bool) -> Stop {
        let stop = Stop { at: self.up(), with_containerd };
        self.docker.ended = Some(self.up());
        self.docker.pid = None;
        self.docker.active = Active::Inactive;
        self.docker.restarting = false;
        self.docker.result = "success".into();
        (self.ready, self.again, self.hung) = (None, None, false);
        self.stopped = Some(stop);
        stop
    }

    /// The machine starts anew, and Docker with it.
    pub(super) fn reboot(&mut self) {
        self.booted = self.time;
        self.boots += 1;
        self.seen_since = self.time;
        (self.going_down, self.hung, self.containerd_hung) = (false, false, false);
        (self.held, self.stopped, self.again) = (None, None, None);
        self.starts.clear();
        self.docker = Unit { began: None, ended: None, policy: self.docker.policy, ..running() };
        self.start();
    }

    /// A remedy does its work.
    pub(super) fn treat(&mut self, remedy: &Remedy) {
        match remedy {
            Remedy::Start => self.start_afresh(),
            Remedy::Container { id, .. } => self.ailing.retain(|ailing| &ailing.id != id),
            Remedy::Restart | Remedy::RestartSocket => {
                self.stop(false);
                self.start_afresh();
            }
            Remedy::Kill if self.held.is_none() => self.end("signal"),
            Remedy::Evidence | Remedy::Kill => (),
            Remedy::KillContainerd => self.containerd_hung = false,
            Remedy::StartContainerd => self.containerd_down = None,
            Remedy::RemovePidFile => self.mend(&Blocker::StalePid),
            Remedy::Quarantine(target) => match target {
                Target::NetworkDatabase => self.mend(&Blocker::NetworkDatabase),
                Target::VolumeDatabase => self.mend(&Blocker::VolumeDatabase),
                Target::ImageNames => self.mend(&Blocker::ImageNames),
                Target::ContainerdDatabase => self.mend(&Blocker::ContainerdDatabase),
                Target::Container(_) | Target::Lost(_) => (),
            },
            Remedy::Rebuild => {
                self.damage = None;
                self.start_afresh();
            }
            Remedy::Reboot => self.reboot(),
        }
    }

    fn start_afresh(&mut self) {
        self.starts.clear();
        self.docker.restarts = 0;
        if !self.is_up() {
            self.stopped = None;
            self.start();
        }
    }

    fn mend(&mut self, blocker: &Blocker) {
        self.stop(false);
        if self.damage.as_ref() == Some(blocker) {
            self.damage = None;
        }
        self.start_afresh();
    }

    fn answer(&self, reply: Reply) -> Option<Answer> {
        self.is_up().then(|| Answer { asked: self.up(), reply })
    }

    fn replies(&self) -> [Reply; 3] {
        let first = match (self.socket_gone, self.hung || self.held.is_some()) {
            (true, _) => Reply::Missing,
            (false, true) => Reply::TimedOut,
            (false, false) => Reply::Good,
        };
        let version = match (first, self.containerd_hung, self.containerd_down) {
            (Reply::Good, true, _) => Reply::TimedOut,
            (Reply::Good, false, Some(_)) => Reply::NoContainerd,
            (other, _, _) => other,
        };
        [first, first, version]
    }

    /// What can be known of it.
    pub(super) fn facts(&self) -> Facts {
        let containerd =
            if self.containerd_down.is_some() { Active::Inactive } else { Active::Active };
        let units = Units {
            docker: Some(self.docker.clone()),
            socket: Some(running()),
            containerd: Some(Unit { active: containerd, ..running() }),
            system: if self.going_down { System::Stopping } else { System::Running },
            seen_since: Up::seconds(self.seen_since.saturating_sub(self.booted)),
        };
        let [ping, list, version] = self.replies();
        let down = self.docker.active == Active::Failed || self.docker.restarting;
        let full =
            if self.canary == Canary::NoSpace { Blocker::NoSpace } else { Blocker::ReadOnly };
        let blocker = if self.canary == Canary::Written { self.damage.clone() } else { Some(full) };
        let mut engine = identity();
        if self.stranger {
            engine.driver = "vfs".into();
        }
        let networks = if self.network_lost { vec!["docker0".into()] } else { Vec::new() };
        let at = self.up();
        Facts {
            now: self.now(),
            sight: if self.blind { Sight::Blind } else { Sight::Seen(Box::new(units)) },
            stop: self.stopped.filter(|_| !self.blind),
            ping: self.answer(ping),
            list: self.answer(list),
            version: self.answer(version),
            looked: (self.is_up() && ping == Reply::Good).then_some(at),
            ailing: self.ailing.clone(),
            survey: (self.is_up() && ping == Reply::Good).then_some(Survey {
                at,
                identity: Some(engine),
                network_lost: networks,
            }),
            lost: None,
            blocker: blocker.filter(|_| down),
            host: Host {
                booted: self.up().since(Up(0)),
                pause: self.paused.then(|| Pause { by: "ann".into(), until: None }),
                upgrading: self.upgrading,
                pressure: self.pressure,
                disk: Some(crate::heal::Disk { canary: self.canary, ..disk() }),
                closed_cgroups: None,
                unkillable: self.held.map(|since| Duration::from_secs(self.time - since)),
                can_rebuild: true,
            },
        }
    }

    /// Whether a person wants it to be down, or untouched.
    pub(super) fn is_hands_off(&self) -> bool {
        if self.cut_short.is_some_and(|at| self.time < at + 60) {
            return self.paused || self.going_down;
        }
        let masked = self.docker.enabled == Enabled::Masked && !self.is_up();
        let ours = self.stopped.is_some_and(|stop| self.cut_short_at == Some(stop.at));
        let by_hand = self.stopped.is_some_and(|stop| !stop.with_containerd);
        let stopped = by_hand && !ours && !self.is_up();
        masked || stopped || self.paused || self.going_down
    }
}
