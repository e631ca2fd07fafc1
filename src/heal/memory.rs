//! What the watch remembers between two looks: plain values that are kept on disk, so that a Conductor that was killed in
//! the middle of a remedy goes on where it was.

use serde::{Deserialize, Serialize};

use super::facts::{Ailing, Answer, Facts, Identity, Reply};
use super::ledger::Ledger;
use super::remedy::Remedy;
use super::state::State;
use super::time::{Now, Up};
use super::units::{Active, Sight, Stop, Unit};

/// How many seconds after the beginning of a remedy that was cut short a stop is taken for its own.
const OWN_STOP: u64 = 60;

/// How many answers of one kind came in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Streak {
    last: Option<Up>,
    /// Good ones.
    pub(super) good: u32,
    /// Bad ones.
    pub(super) bad: u32,
    /// When the first of the bad ones was asked.
    pub(super) bad_since: Option<Up>,
    /// The last bad one.
    pub(super) reply: Option<Reply>,
}

impl Streak {
    fn note(&mut self, answer: Option<Answer>, floor: Option<Up>) {
        let Some(answer) = answer else { return };
        if self.last.is_some_and(|last| answer.asked <= last)
            || floor.is_some_and(|floor| answer.asked < floor)
        {
            return;
        }
        self.last = Some(answer.asked);
        if answer.reply == Reply::Good {
            *self = Self { last: self.last, good: self.good.saturating_add(1), ..Self::default() };
        } else {
            self.good = 0;
            self.bad = self.bad.saturating_add(1);
            self.bad_since.get_or_insert(answer.asked);
            self.reply = Some(answer.reply);
        }
    }

    /// Whether the last answer was good, and asked after that point.
    pub(super) fn good_after(&self, point: Up) -> bool {
        self.good > 0 && self.last.is_some_and(|last| last > point)
    }

    fn forget(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }
}

/// A container that ails, and at how many looks it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenAiling {
    /// Which.
    pub(super) ailing: Ailing,
    /// At how many looks in a row.
    pub(super) looks: u32,
}

/// A remedy that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Which.
    pub remedy: Remedy,
    /// Since when.
    pub at: Now,
}

/// A remedy that ended, and whose effect is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Awaited {
    /// Which.
    pub(super) remedy: Remedy,
    /// When it ended.
    pub(super) ended: Up,
    /// Until when its effect may take.
    pub(super) until: Up,
}

/// One illness, from its first sign to the recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// When it began.
    pub began: Now,
    /// The worst that was seen; what it is called.
    pub state: State,
    /// Whether evidence was collected.
    pub evidence: bool,
    /// What was done, in order.
    pub done: Vec<Remedy>,
}

/// Everything that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub(super) boot: String,
    pub(super) ping: Streak,
    pub(super) list: Streak,
    pub(super) version: Streak,
    pub(super) ailing: Vec<SeenAiling>,
    looked: Option<Up>,
    pub(super) network_lost: u32,
    surveyed: Option<Up>,
    pub(super) identity: Option<Identity>,
    pub(super) stranger: Option<Identity>,
    pub(super) exits: Vec<Up>,
    restarts: u32,
    was_failed: bool,
    pub(super) stop: Option<Stop>,
    pub(super) down_since: Option<Up>,
    pub(super) ledger: Ledger,
    pub(super) begun: Option<Begun>,
    pub(super) cut_short: Option<Begun>,
    pub(super) awaited: Option<Awaited>,
    pub(super) episode: Option<Episode>,
    pub(super) gave_up: Option<Up>,
    pub(super) good_since: Option<Up>,
    /// When everything answered last.
    pub(super) well: Option<Up>,
    pub(super) state: Option<State>,
}

impl Memory {
    /// What was done in the last day.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The illness that is under way.
    pub fn episode(&self) -> Option<&Episode> {
        self.episode.as_ref()
    }

    /// The remedy that is under way.
    pub fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref()
    }

    /// The engine as it was when it was last well.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// A person says that it may begin anew: the budget is fresh, and what was given up is not.
    pub fn forgive(&mut self) {
        self.ledger.clear();
        self.gave_up = None;
        self.awaited = None;
    }

    /// A person says that the engine is right as it is now, though it is not the one that was there before.
    pub fn accept_engine(&mut self) {
        if let Some(stranger) = self.stranger.take() {
            self.identity = Some(stranger);
        }
    }

    /// Whether everything answered once since that point.
    pub(super) fn was_well_since(&self, point: Up) -> bool {
        self.well.is_some_and(|at| at > point)
    }

    /// Whether the containers were looked at after that point.
    pub(super) fn looked_after(&self, point: Up) -> bool {
        self.looked.is_some_and(|looked| looked > point)
    }

    /// Whether an engine that began to run at that point has been looked at since: who it is, and what runs on it.
    pub(super) fn knows(&self, began: Option<Up>) -> bool {
        let began = began.unwrap_or_default();
        self.looked.is_some_and(|at| at >= began) && self.surveyed.is_some_and(|at| at >= began)
    }

    /// Takes in what is known now.
    pub(super) fn absorb(&mut self, facts: &Facts) {
        if self.boot != facts.now.boot {
            self.reboot(&facts.now);
        }
        if let Sight::Seen(units) = &facts.sight
            && let Some(docker) = &units.docker
        {
            self.absorb_unit(docker, facts);
        }
        self.absorb_containers(facts);
        self.absorb_survey(facts);
    }

    /// What was known of an earlier boot is no longer true; what was done stays, and so does the engine's identity.
    fn reboot(&mut self, now: &Now) {
        let before = std::mem::take(self);
        *self = Self {
            boot: now.boot.clone(),
            ledger: before.ledger,
            identity: before.identity,
            episode: before.episode,
            // A reboot is a new beginning for what was given up, but not for its budget.
            gave_up: None,
            ..Self::default()
        };
    }

    fn absorb_unit(&mut self, docker: &Unit, facts: &Facts) {
        let up = facts.now.up;
        if docker.restarts > self.restarts {
            let more = (docker.restarts - self.restarts).min(10);
            self.exits.extend((0..more).map(|_| up));
        }
        self.restarts = docker.restarts;
        let failed = docker.active == Active::Failed && !docker.restarting;
        if failed && !self.was_failed {
            self.exits.push(up);
        }
        self.was_failed = failed;
        // While it is down its loop is not over, however long that lasts.
        if docker.is_active() {
            self.exits.retain(|at| up.since(*at).as_secs() < 300);
        }
        self.absorb_stop(facts.stop);
        // Who starts it again takes the stop back, whether the start goes well or not.
        if self.stop.is_some_and(|stop| docker.began.is_some_and(|began| began > stop.at)) {
            self.stop = None;
        }
        if docker.is_active() {
            self.down_since = None;
            self.ping.note(facts.ping, docker.began);
            self.list.note(facts.list, docker.began);
            self.version.note(facts.version, docker.began);
        } else {
            self.ping.forget();
            self.list.forget();
            self.version.forget();
            self.ailing.clear();
            self.network_lost = 0;
            self.stranger = None; // Who comes up next is asked who it is.
            if docker.is_down() {
                self.down_since.get_or_insert(up);
            } else {
                self.down_since = None;
            }
        }
    }

    /// A stop that is newer than what is known; not one that a remedy brought with it which was cut short.
    fn absorb_stop(&mut self, stop: Option<Stop>) {
        let Some(stop) = stop else { return };
        let ours = self.cut_short.as_ref().is_some_and(|begun| {
            begun.remedy.stops()
                && begun.at.boot == self.boot
                && stop.at >= begun.at.up
                && stop.at.since(begun.at.up).as_secs() < OWN_STOP
        });
        if !ours && self.stop.is_none_or(|known| known.at < stop.at) {
            self.stop = Some(stop);
        }
    }

    fn absorb_containers(&mut self, facts: &Facts) {
        if facts.looked.is_none() || facts.looked <= self.looked {
            return;
        }
        self.looked = facts.looked;
        let before = std::mem::take(&mut self.ailing);
        let looks = |ailing: &Ailing| {
            let seen = before
                .iter()
                .find(|seen| seen.ailing.id == ailing.id && seen.ailing.ailment == ailing.ailment);
            seen.map_or(1, |seen| seen.looks.saturating_add(1))
        };
        self.ailing = facts
            .ailing
            .iter()
            .map(|ailing| SeenAiling { looks: looks(ailing), ailing: ailing.clone() })
            .collect();
    }

    fn absorb_survey(&mut self, facts: &Facts) {
        let Some(survey) = &facts.survey else { return };
        if self.surveyed.is_some_and(|at| survey.at <= at) {
            return;
        }
        self.surveyed = Some(survey.at);
        let lost = !survey.network_lost.is_empty();
        self.network_lost = if lost { self.network_lost.saturating_add(1) } else { 0 };
        if let Some(seen) = &survey.identity {
            match &self.identity {
                None => self.identity = Some(seen.clone()),
                Some(known) if known == seen => self.stranger = None,
                Some(_) => self.stranger = Some(seen.clone()),
            }
        }
    }
}
