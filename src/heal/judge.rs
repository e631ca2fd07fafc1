//! One look: everything that is known in, a verdict out.

use std::time::Duration;

use super::examine::{Finding, examine};
use super::facts::{Ailment, Facts};
use super::intent::{Intent, intent};
use super::ladder::{Wish, next};
use super::ledger::Refusal;
use super::memory::{Awaited, Begun, Episode, Memory, Streak};
use super::note::{Note, NoteKind};
use super::policy::{Mode, Policy};
use super::remedy::{Remedy, Step};
use super::state::{State, disk_trouble};
use super::time::{Now, words};
use super::units::{Sight, Unit};

/// How soon the next look is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All is well, or nothing is to be done.
    Calm,
    /// Something is under way: questions are asked again at once.
    Close,
}

/// What one look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Docker's condition.
    pub state: State,
    /// Why it is taken to be that.
    pub why: String,
    /// What is to be done now. It is noted in the memory as begun.
    pub remedy: Option<Remedy>,
    /// What would be done if only watching were not asked for.
    pub would: Option<Remedy>,
    /// Why nothing is done about an illness.
    pub held: Option<String>,
    /// Whether runs have to wait: the engine does not answer, is not the right one, or forgot a process.
    pub hold_runs: bool,
    /// Whether the engine's socket may be touched. While the unit is down a connect would start a Docker that a person
    /// stopped, because systemd holds the socket (seen on Docker 20.10).
    pub may_connect: bool,
    /// How soon to look again.
    pub pace: Pace,
    /// What happened, for the incident's history.
    pub notes: Vec<Note>,
}

/// After this time of good health what was given up is forgotten.
const FORGIVEN: Duration = Duration::from_mins(10);
/// How long after giving up it is tried again.
const AGAIN: Duration = Duration::from_hours(1);
/// How long after a remedy a unit that is down again means that it did not help.
const DOWN_AGAIN: Duration = Duration::from_secs(5);

impl Memory {
    /// Judges what is known. A remedy in the verdict is noted as begun: the caller saves this memory, carries the remedy
    /// out, and calls [`Memory::ended`]; until then there is no other.
    pub fn judge(&mut self, policy: &Policy, facts: &Facts) -> Verdict {
        self.absorb(facts);
        let docker = unit(facts).cloned();
        let intent = intent(self, policy, facts);
        let (state, why) = self.finding(policy, facts, (&intent, docker.as_ref()));
        let mut notes = Vec::new();
        self.crash_in_passing(state, docker.as_ref(), facts, &mut notes);
        self.enter(state, &why, facts, &mut notes);
        self.check_awaited(facts, docker.as_ref(), &mut notes);
        let (mut remedy, mut would, mut held) = (None, None, None);
        if state.is_ill() && intent == Intent::Wanted {
            match self.choose(policy, facts, state) {
                Ok(chosen) if policy.mode == Mode::Observe => would = Some(chosen),
                Ok(chosen) => remedy = Some(chosen),
                Err(why) => held = Some(why),
            }
        }
        if let Some(remedy) = &remedy {
            self.begin(remedy, &facts.now, &mut notes);
        }
        if let Some(would) = &would {
            let text = format!("would {}", would.words());
            notes.push(Note { kind: NoteKind::Would, text, loud: false, step: Some(would.step()) });
        }
        let may_connect = docker.as_ref().is_some_and(Unit::is_active) && !self.stopping(facts);
        // Without what is lost runs would only fail; but it may be that nothing is done about it.
        let is_treated = state == State::ImagesLost && remedy.is_some();
        Verdict {
            state,
            why,
            remedy,
            would,
            held,
            hold_runs: self.holds_runs(state, may_connect) || is_treated,
            may_connect,
            pace: if state == State::Suspect || state.is_ill() && !state.lasts() {
                Pace::Close
            } else {
                Pace::Calm
            },
            notes,
        }
    }

    /// A remedy was carried out, well or badly; now its effect is awaited.
    pub fn ended(&mut self, now: &Now) {
        let Some(begun) = self.begun.take() else { return };
        if begun.remedy == Remedy::Evidence {
            return;
        }
        let until = now.up.after(begun.remedy.step().limits().verify);
        self.awaited = Some(Awaited { remedy: begun.remedy, ended: now.up, until });
    }

    /// After a start of this program: a remedy that was under way when it ended counts as carried out.
    pub fn resume(&mut self, now: &Now) {
        if self.boot == now.boot {
            self.cut_short = self.begun.clone();
            self.ended(now);
        } else {
            self.begun = None;
        }
    }

    fn finding(
        &mut self,
        policy: &Policy,
        facts: &Facts,
        (intent, docker): (&Intent, Option<&Unit>),
    ) -> Finding {
        match (intent, docker) {
            (Intent::Unwatched, _) => (State::Unwatched, "the settings say so".into()),
            (Intent::ShuttingDown, _) => (State::ShuttingDown, "the machine goes down".into()),
            (Intent::Paused(why), _) => (State::Paused, why.clone()),
            (Intent::Unknown(why), _) => (State::Unknown, why.clone()),
            (Intent::Stopped(why), _) => (State::Stopped, why.clone()),
            (Intent::Upgrading(why), _) => (State::Upgrading, why.clone()),
            (Intent::Wanted, None) => (State::Unknown, "there is no unit of Docker".into()),
            (Intent::Wanted, Some(docker)) => {
                let (state, why) = examine(self, policy, facts, docker);
                self.given_up(facts, (state, why))
            }
        }
    }

    /// What was given up stays so until it has been well for a while.
    fn given_up(&mut self, facts: &Facts, (state, why): Finding) -> Finding {
        if state == State::Healthy {
            self.well = Some(facts.now.up);
            let since = *self.good_since.get_or_insert(facts.now.up);
            if facts.now.up.since(since) >= FORGIVEN {
                self.gave_up = None;
            }
        } else {
            self.good_since = None;
        }
        if self.gave_up.is_some_and(|at| facts.now.up.since(at) >= AGAIN) {
            // The ladder from its foot, as far as the budget reaches.
            self.gave_up = None;
            if let Some(episode) = &mut self.episode {
                episode.done.clear();
                episode.evidence = false;
            }
        }
        let engine = state.is_ill()
            && !matches!(state, State::ContainerBad | State::ImagesLost | State::HostBad);
        if self.gave_up.is_some() && engine {
            return (State::GaveUp, why);
        }
        (state, why)
    }

    /// A crash that its manager has mended before anybody looked is an illness all the same: what it left down, stays down
    /// until a reconcile.
    fn crash_in_passing(
        &mut self,
        state: State,
        docker: Option<&Unit>,
        facts: &Facts,
        notes: &mut Vec<Note>,
    ) {
        let ended = self.exits.last() == Some(&facts.now.up);
        let mended = matches!(state, State::Starting | State::Suspect | State::Healthy);
        if !ended || self.episode.is_some() || !mended {
            return;
        }
        let result = docker.map_or("an error", |docker| docker.result.as_str());
        let text = match result {
            "success" => "crashed: it ended, and is started again by its manager".to_owned(),
            other => {
                format!("crashed: it ended with `{other}`, and is started again by its manager")
            }
        };
        notes.push(Note { kind: NoteKind::State, text, loud: false, step: None });
        self.episode = Some(Episode {
            began: facts.now.clone(),
            state: State::Crashed,
            evidence: false,
            done: Vec::new(),
        });
    }

    /// Opens and closes the illness, and notes a change of state.
    fn enter(&mut self, state: State, why: &str, facts: &Facts, notes: &mut Vec<Note>) {
        if self.state != Some(state) {
            let note = state.is_ill() || self.episode.is_some();
            if note {
                let text = format!("{state}: {why}");
                notes.push(Note { kind: NoteKind::State, text, loud: state.is_loud(), step: None });
            }
            self.state = Some(state);
        }
        if state.is_ill() {
            let fresh =
                || Episode { began: facts.now.clone(), state, evidence: false, done: Vec::new() };
            let episode = self.episode.get_or_insert_with(fresh);
            if state.is_loud() || episode.state == State::ContainerBad {
                episode.state = state;
            }
        }
        let over = state == State::Healthy || state == State::Stopped;
        if over && let Some(episode) = self.episode.take() {
            if let Some(awaited) = self.awaited.take().filter(|_| state == State::Healthy) {
                notes.push(helped(&awaited, facts));
            }
            let took = words(facts.now.up.since(episode.began.up));
            let text = if state == State::Stopped {
                format!("ends: {why}")
            } else if episode.began.boot == facts.now.boot {
                format!("well again after {took}")
            } else {
                "well again after a restart of the machine".into()
            };
            let loud = episode.state.is_loud() || episode.done.iter().any(is_loud);
            notes.push(Note { kind: NoteKind::Recovered, text, loud, step: None });
        }
    }

    /// Whether the last remedy helped.
    fn check_awaited(&mut self, facts: &Facts, docker: Option<&Unit>, notes: &mut Vec<Note>) {
        let Some(awaited) = self.awaited.clone() else { return };
        if self.worked(&awaited) {
            notes.push(helped(&awaited, facts));
            self.awaited = None;
            return;
        }
        let down = docker.is_some_and(Unit::is_down)
            && awaited.remedy.step().is_of_engine()
            && facts.now.up.since(awaited.ended) >= DOWN_AGAIN
            && self.down_since.is_some_and(|since| facts.now.up.since(since) >= DOWN_AGAIN);
        if down || facts.now.up >= awaited.until {
            let text = format!("did not help: {}", awaited.remedy.words());
            let step = Some(awaited.remedy.step());
            notes.push(Note { kind: NoteKind::Useless, text, loud: false, step });
            self.awaited = None;
        }
    }

    fn worked(&self, awaited: &Awaited) -> bool {
        if let Remedy::Container { id, .. } = &awaited.remedy {
            return self.looked_after(awaited.ended)
                && !self.ailing.iter().any(|seen| &seen.ailing.id == id);
        }
        let after = |streak: &Streak| streak.good_after(awaited.ended);
        after(&self.ping) && after(&self.list) && after(&self.version)
    }

    /// The remedy that is used now, or why none is. Every rule of safety is here.
    fn choose(&mut self, policy: &Policy, facts: &Facts, state: State) -> Result<Remedy, String> {
        if let Some(begun) = &self.begun {
            return Err(format!("under way: {}", begun.remedy.words()));
        }
        if let Some(awaited) = &self.awaited {
            return Err(format!("its effect is awaited: {}", awaited.remedy.words()));
        }
        let mut wanted = match next(self, policy, facts, state) {
            Wish::Use(remedy) => remedy,
            Wish::Wait(why) | Wish::Person(why) => return Err(why),
            Wish::Exhausted => {
                self.gave_up = Some(facts.now.up);
                return Err("every remedy that fits was used".into());
            }
        };
        let Some(disk) = &facts.host.disk else {
            return Err("the disk was not looked at yet".into());
        };
        if let Some(trouble) = disk_trouble(disk) {
            return Err(trouble);
        }
        if state == State::HostBad && wanted != Remedy::Reboot {
            return Err("no remedy is used on a machine in this state".into());
        }
        let allowed = self.ledger.allows(&wanted, &facts.now);
        let evidence = self.episode.as_ref().is_some_and(|episode| episode.evidence);
        if allowed.is_ok() && wanted.needs_evidence() && !evidence {
            wanted = Remedy::Evidence;
        }
        match allowed.and_then(|()| self.ledger.allows(&wanted, &facts.now)) {
            Ok(()) => Ok(wanted),
            Err(refusal) => {
                let engine = wanted.step().is_of_engine();
                if matches!(refusal, Refusal::Spent(_)) && engine && self.gave_up.is_none() {
                    self.gave_up = Some(facts.now.up);
                }
                Err(refusal.words())
            }
        }
    }

    fn begin(&mut self, remedy: &Remedy, now: &Now, notes: &mut Vec<Note>) {
        self.ledger.note(remedy.clone(), now);
        self.begun = Some(Begun { remedy: remedy.clone(), at: now.clone() });
        if let Some(episode) = &mut self.episode {
            if *remedy == Remedy::Evidence {
                episode.evidence = true;
            } else {
                episode.done.push(remedy.clone());
            }
        }
        let loud = is_loud(remedy);
        let (text, step) = (remedy.words(), Some(remedy.step()));
        notes.push(Note { kind: NoteKind::Remedy, text, loud, step });
    }

    /// Whether Docker is on its way down by order, while its unit may still say that it is active.
    fn stopping(&self, facts: &Facts) -> bool {
        unit(facts).is_some_and(|docker| docker.stopping) || self.stop.is_some()
    }

    fn holds_runs(&self, state: State, may_connect: bool) -> bool {
        match state {
            State::Unwatched | State::Unknown => false,
            State::Healthy | State::NetworkLost | State::ImagesLost => !may_connect,
            State::ContainerBad | State::Suspect | State::Paused => {
                let orphan = self.ailing.iter().any(|seen| seen.ailing.ailment == Ailment::Orphan);
                !may_connect || orphan || self.ping.bad > 1 || self.stranger.is_some()
            }
            State::Starting
            | State::Hung
            | State::RuntimeBad
            | State::SocketGone
            | State::Crashed
            | State::CrashLoop
            | State::HostBad
            | State::Stopped
            | State::Upgrading
            | State::ShuttingDown
            | State::GaveUp => true,
        }
    }
}

/// Whether people are told at once of a remedy; they hear of the recovery then, too.
fn is_loud(remedy: &Remedy) -> bool {
    !matches!(remedy.step(), Step::Evidence | Step::Start | Step::Container)
}

fn helped(awaited: &Awaited, facts: &Facts) -> Note {
    let took = words(facts.now.up.since(awaited.ended));
    let text = format!("helped within {took}: {}", awaited.remedy.words());
    Note { kind: NoteKind::Helped, text, loud: false, step: Some(awaited.remedy.step()) }
}

fn unit(facts: &Facts) -> Option<&Unit> {
    match &facts.sight {
        Sight::Blind => None,
        Sight::Seen(units) => units.docker.as_ref(),
    }
}
