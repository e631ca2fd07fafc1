//! Thousands of random courses of illness, and what must hold in each of them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::world::World;
use crate::heal::{
    Ailing, Ailment, Blocker, Canary, DAILY, Enabled, HOURLY, Memory, Pace, Policy, Remedy,
    Restarts, State, Step, Verdict,
};

/// How many courses are run.
const SEQUENCES: u64 = 2000;
/// How many things happen in one.
const EVENTS: u64 = 10;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// One course.
struct Course {
    seed: u64,
    dice: Dice,
    world: World,
    policy: Policy,
    memory: Memory,
    /// The remedy that is under way, when it ends, and whether somebody awaits its end.
    under_way: Option<(Remedy, u64, bool)>,
    used: Vec<(Step, u64)>,
    evidence: bool,
    steps: u64,
    story: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Course {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let policy = Policy {
            allow_rebuild: dice.roll(2) == 0,
            allow_reboot: dice.roll(4) == 0,
            ..Policy::default()
        };
        let restarts = if dice.roll(2) == 0 { Restarts::Always } else { Restarts::OnFailure };
        Self {
            seed,
            dice,
            world: World::new(restarts),
            policy,
            memory: Memory::default(),
            under_way: None,
            used: Vec::new(),
            evidence: false,
            steps: 0,
            story: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(format!("{:>7} {}", self.world.time, what.into()));
    }

    fn demand(&self, holds: bool, rule: &str) {
        assert!(holds, "seed {}: {rule}\n{}", self.seed, self.story.join("\n"));
    }

    /// Something happens.
    fn event(&mut self) {
        let kind = self.dice.roll(26);
        self.tell(format!("event {kind}"));
        let seconds = self.dice.roll(600);
        let world = &mut self.world;
        match kind {
            0 | 1 if world.is_up() => world.end("signal"),
            2 if world.is_up() => world.end("success"),
            3 | 4 if world.is_up() => world.hung = true,
            5 => world.containerd_hung = true,
            6 => world.containerd_down = Some(world.time + seconds),
            7 => world.canary = Canary::NoSpace,
            8 => world.canary = Canary::ReadOnly,
            9 => drop(world.stop(false)),
            10 => drop(world.stop(true)),
            11 => world.paused = !world.paused,
            12 => world.upgrading = !world.upgrading,
            13 => {
                if world.blind {
                    world.seen_since = world.time;
                }
                world.blind = !world.blind;
            }
            14 => world.reboot(),
            15 => world.going_down = true,
            16 => world.stranger = true,
            17 if world.is_up() => world.held = Some(world.time),
            18 => world.socket_gone = world.is_up(),
            19 => world.network_lost = world.is_up(),
            20 => world.skew += i64::try_from(seconds).unwrap_or(0) * 100_000 - 20_000_000,
            21 => world.docker.enabled = Enabled::Masked,
            22 => self.ail(),
            23 | 24 => self.damage(),
            _ => self.kill_conductor(),
        }
    }

    fn ail(&mut self) {
        let kinds = [Ailment::Stuck, Ailment::Ghost, Ailment::Orphan];
        let ailment = kinds[usize::try_from(self.dice.roll(3)).unwrap()];
        let name = format!("c{}", self.dice.roll(3));
        self.world.ailing.push(Ailing { id: name.clone(), name, ailment });
    }

    fn damage(&mut self) {
        let kinds = [
            Blocker::StalePid,
            Blocker::NetworkDatabase,
            Blocker::VolumeDatabase,
            Blocker::ImageNames,
            Blocker::ContainerdDatabase,
        ];
        self.world.damage = Some(kinds[usize::try_from(self.dice.roll(5)).unwrap()].clone());
        if self.world.is_up() {
            self.world.end("signal");
        }
    }

    /// Conductor ends and comes back; a remedy that was under way goes on without anybody.
    fn kill_conductor(&mut self) {
        let kept = serde_json::to_string(&self.memory).unwrap();
        self.memory = serde_json::from_str(&kept).unwrap();
        let now = self.world.now();
        self.memory.resume(&now);
        match self.under_way.take() {
            Some((remedy, _, _)) if remedy.stops() && self.dice.roll(2) == 0 => {
                self.tell("cut short after its stop");
                self.world.cut_short();
            }
            Some((remedy, ends, _)) => self.under_way = Some((remedy, ends, false)),
            None => (),
        }
    }

    /// One look, and what follows from it.
    fn step(&mut self) -> Verdict {
        let verdict = self.memory.judge(&self.policy, &self.world.facts());
        self.steps += 1;
        self.check(&verdict);
        if let Some(remedy) = verdict.remedy.clone() {
            self.tell(format!("{}: {}", verdict.state, remedy.words()));
            *self.counts.entry(remedy.step().word()).or_default() += 1;
            self.used.push((remedy.step(), self.world.time));
            let ends = self.world.time + self.dice.roll(12);
            self.under_way = Some((remedy, ends, true));
        }
        let seconds = match (verdict.pace, self.under_way.is_some()) {
            (Pace::Close, _) | (_, true) => 5,
            (Pace::Calm, false) => 15,
        };
        self.world.pass(seconds);
        if let Some((remedy, ends, awaited)) = self.under_way.clone()
            && self.world.time >= ends
        {
            self.under_way = None;
            self.world.treat(&remedy);
            if awaited {
                let now = self.world.now();
                self.memory.ended(&now);
            }
        }
        verdict
    }

    fn check(&mut self, verdict: &Verdict) {
        if verdict.state == State::Healthy {
            self.evidence = false;
        }
        if verdict.may_connect {
            self.demand(self.world.is_up(), "the socket of a Docker that is down is not touched");
        }
        let Some(remedy) = &verdict.remedy else { return };
        let step = remedy.step();
        let awaited = self.under_way.as_ref().is_some_and(|(_, _, awaited)| *awaited);
        self.demand(!awaited, "one remedy at a time");
        self.demand(!self.world.is_hands_off(), "hands off what a person wants down");
        self.demand(!self.world.blind, "nothing is done blindly");
        self.demand(self.world.canary == Canary::Written, "no remedy on a bad disk");
        let host =
            verdict.state == State::HostBad && step != Step::Reboot && step != Step::Evidence;
        self.demand(!host, "no remedy on a bad machine");
        self.demand(step != Step::Reboot || self.policy.allow_reboot, "no reboot without leave");
        self.demand(step != Step::Rebuild || self.policy.allow_rebuild, "no rebuild without leave");
        if *remedy == Remedy::Evidence {
            self.evidence = true;
        }
        self.demand(self.evidence || !remedy.needs_evidence(), "evidence before force");
        self.check_budget(step);
    }

    fn check_budget(&self, step: Step) {
        // A clock that was set wrong right before a reboot may make what came before it look old.
        if self.world.skew != 0 {
            return;
        }
        let within = |seconds: u64, which: &dyn Fn(Step) -> bool| {
            let used = self.used.iter().filter(|(step, _)| which(*step));
            used.filter(|(_, at)| self.world.time - at < seconds).count()
        };
        if step.is_of_engine() {
            self.demand(within(3600, &Step::is_of_engine_ref) < HOURLY, "the hour's budget");
            self.demand(within(86_400, &Step::is_of_engine_ref) < DAILY, "the day's budget");
        }
        if step != Step::Container {
            let limits = step.limits();
            let same = |other: Step| other == step;
            self.demand(within(3600, &same) < limits.hourly, "the hour's limit of a step");
            self.demand(within(86_400, &same) < limits.daily, "the day's limit of a step");
        }
    }

    /// What no remedy may touch is put right by a person; the rest has to come right by itself.
    fn settle(&mut self) {
        let world = &mut self.world;
        (world.canary, world.paused, world.upgrading) = (Canary::Written, false, false);
        (world.blind, world.stranger, world.seen_since) = (false, false, world.time);
        if world.going_down || world.held.is_some() {
            world.reboot();
        }
        world.docker.enabled = Enabled::Enabled;
        if world.stopped.is_some() || !world.is_up() && !world.docker.restarting {
            world.stopped = None;
            world.start();
        }
        self.tell("a person put right what only a person can");
        let began = self.world.time;
        loop {
            let verdict = self.step();
            if verdict.state == State::Healthy {
                return;
            }
            // A day's budget may be spent: then it takes until tomorrow.
            let long = self.world.time - began > 30 * 3600;
            self.demand(!long, &format!("it recovers, and is still {}", verdict.state));
        }
    }

    fn run(&mut self) {
        for _look in 0..5 {
            self.step();
        }
        for _event in 0..EVENTS {
            self.event();
            for _look in 0..self.dice.roll(60) {
                self.step();
            }
        }
        self.settle();
    }
}

impl Step {
    fn is_of_engine_ref(step: Step) -> bool {
        step.is_of_engine()
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures, for `--nocapture`")]
fn no_course_of_illness_breaks_a_rule_and_what_can_recover_does() {
    let began = Instant::now();
    let (mut steps, mut counts) = (0, BTreeMap::<&str, u64>::new());
    for seed in 0..SEQUENCES {
        let mut course = Course::new(seed);
        course.run();
        steps += course.steps;
        for (step, count) in course.counts {
            *counts.entry(step).or_default() += count;
        }
    }
    let took = began.elapsed().as_millis();
    println!("{SEQUENCES} sequences, {steps} steps, 0 violations, {took} ms; remedies: {counts:?}");
    let steps_there_are = [
        "evidence",
        "start",
        "container",
        "restart",
        "kill",
        "containerd",
        "unblock",
        "quarantine",
        "rebuild",
        "reboot",
    ];
    for step in steps_there_are {
        assert!(counts.get(step).is_some_and(|count| *count > 0), "`{step}` never came to pass");
    }
}
