//! A patient that tests can make ill.

use std::time::Duration;

use crate::heal::{
    Active, Ailing, Ailment, Answer, Blocker, Canary, Disk, Enabled, Facts, Host, Identity, Memory,
    Now, Policy, Reply, Restarts, Sight, State, Stop, Survey, System, Unit, Units, Up, Verdict,
};

/// A unit that has been running since a while after boot.
pub(super) fn running() -> Unit {
    Unit {
        active: Active::Active,
        restarting: false,
        result: "success".into(),
        pid: Some(700),
        restarts: 0,
        enabled: Enabled::Enabled,
        policy: Restarts::OnFailure,
        began: Some(Up::seconds(20)),
        ended: None,
        stopping: false,
        queued: false,
    }
}

pub(super) fn identity() -> Identity {
    Identity {
        id: "QX7M".into(),
        driver: "overlay2".into(),
        root: "/var/lib/docker".into(),
        mount: "/ 8:1".into(),
    }
}

pub(super) fn disk() -> Disk {
    Disk {
        free: 50 << 30,
        size: 100 << 30,
        inodes_free: 1000,
        inodes: 10_000,
        canary: Canary::Written,
        errors: false,
        mounted: true,
    }
}

/// A patient, with what is remembered of it.
pub(super) struct Scene {
    pub(super) memory: Memory,
    pub(super) policy: Policy,
    pub(super) facts: Facts,
    /// What the three probes come to.
    pub(super) replies: [Reply; 3],
}

impl Scene {
    /// Everything has been well for an hour.
    pub(super) fn well() -> Self {
        let units = Units {
            docker: Some(running()),
            socket: Some(running()),
            containerd: Some(running()),
            system: System::Running,
            seen_since: Up::seconds(30),
        };
        let facts = Facts {
            now: Now { up: Up::seconds(3600), wall: 1_000_000, boot: "one".into() },
            sight: Sight::Seen(Box::new(units)),
            stop: None,
            ping: None,
            list: None,
            version: None,
            looked: Some(Up::seconds(3600)),
            ailing: Vec::new(),
            survey: Some(Survey {
                at: Up::seconds(3600),
                identity: Some(identity()),
                network_lost: Vec::new(),
            }),
            blocker: None,
            lost: None,
            host: Host {
                booted: Duration::from_hours(1),
                pause: None,
                upgrading: false,
                pressure: 0,
                disk: Some(disk()),
                closed_cgroups: None,
                unkillable: None,
                can_rebuild: true,
            },
        };
        let mut scene = Self {
            memory: Memory::default(),
            policy: Policy::default(),
            facts,
            replies: [Reply::Good; 3],
        };
        scene.pass(15);
        assert_eq!(scene.look().state, State::Healthy);
        scene
    }

    /// Lets time pass, asks everything again, and judges.
    pub(super) fn pass(&mut self, seconds: u64) {
        for _five in 0..seconds / 5 {
            self.ask_after(5);
            let _verdict = self.judge();
        }
    }

    /// Lets time pass and asks everything again.
    pub(super) fn ask_after(&mut self, seconds: u64) {
        let now = &mut self.facts.now;
        now.up = now.up.after(Duration::from_secs(seconds));
        now.wall += i64::try_from(seconds).unwrap();
        let asked = now.up;
        let [ping, list, version] = self.replies.map(|reply| Some(Answer { asked, reply }));
        (self.facts.ping, self.facts.list, self.facts.version) = (ping, list, version);
        self.facts.looked = Some(asked);
        if let Some(survey) = &mut self.facts.survey {
            survey.at = asked;
        }
    }

    fn judge(&mut self) -> Verdict {
        self.memory.judge(&self.policy, &self.facts)
    }

    /// Judges without letting time pass.
    pub(super) fn look(&mut self) -> Verdict {
        self.judge()
    }

    /// The Docker unit.
    pub(super) fn docker(&mut self) -> &mut Unit {
        match &mut self.facts.sight {
            Sight::Seen(units) => units.docker.as_mut().unwrap(),
            Sight::Blind => panic!("blind"),
        }
    }

    pub(super) fn units(&mut self) -> &mut Units {
        match &mut self.facts.sight {
            Sight::Seen(units) => units,
            Sight::Blind => panic!("blind"),
        }
    }

    /// Docker's unit goes down.
    pub(super) fn down(&mut self, active: Active, result: &str) {
        let now = self.facts.now.up;
        let docker = self.docker();
        docker.active = active;
        docker.result = result.into();
        docker.pid = None;
        docker.ended = Some(now);
    }

    /// A crash loop, whose manager has given it up, with this in the log.
    pub(super) fn looped(&mut self, blocker: Option<Blocker>) {
        self.down(Active::Failed, "exit-code");
        self.docker().restarts = 3;
        self.facts.blocker = blocker;
    }

    /// Docker's unit runs anew.
    pub(super) fn up(&mut self) {
        let now = self.facts.now.up;
        let docker = self.docker();
        docker.active = Active::Active;
        docker.result = "success".into();
        docker.pid = Some(900);
        docker.restarts = 0;
        docker.began = Some(now);
    }

    pub(super) fn stop(&mut self, with_containerd: bool) {
        self.facts.stop = Some(Stop { at: self.facts.now.up, with_containerd });
    }

    pub(super) fn ails(&mut self, name: &str, ailment: Ailment) {
        self.facts.ailing.push(Ailing { id: format!("id-{name}"), name: name.into(), ailment });
    }

    /// What happens in the time: each remedy is carried out at once and without effect; `time state` where the state
    /// changes, `time: remedy` where one is used.
    pub(super) fn watch(&mut self, seconds: u64) -> String {
        self.watch_with(seconds, |_scene, _verdict| ())
    }

    /// The same, with something that happens after each look.
    pub(super) fn watch_with(
        &mut self,
        seconds: u64,
        mut react: impl FnMut(&mut Self, &Verdict),
    ) -> String {
        let (mut lines, mut state) = (String::new(), self.memory.state);
        for second in (0..=seconds).step_by(5) {
            let verdict = self.judge();
            if state != Some(verdict.state) {
                lines += &format!("{second} {}\n", verdict.state);
                state = Some(verdict.state);
            }
            if let Some(remedy) = &verdict.remedy {
                lines += &format!("{second}: {}\n", remedy.words());
                let now = self.facts.now.clone();
                self.memory.ended(&now);
            }
            react(self, &verdict);
            self.ask_after(5);
        }
        lines
    }
}
