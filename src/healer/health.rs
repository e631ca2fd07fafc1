//! What others see of Docker's health.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::heal::{Memory, NoteKind, Now, Remedy, State, Step, Verdict};

/// Docker's health, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Its condition.
    pub state: State,
    /// Why it is taken to be that.
    pub why: String,
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// When it was last looked at.
    pub seen: i64,
    /// The remedy that is under way, or would be.
    pub remedy: Option<String>,
    /// Why nothing is done about an illness.
    pub held: Option<String>,
    /// Whether runs wait.
    pub hold_runs: bool,
    /// Whether the engine's socket may be touched: a connect would start a Docker that a person stopped.
    pub may_connect: bool,
    /// How many remedies there were within a day.
    pub remedies: usize,
    /// Whether containers outlive the engine; `None` where it was not asked.
    pub live_restore: Option<bool>,
}

impl Health {
    pub(super) fn of(verdict: &Verdict, memory: &Memory, now: &Now, before: Option<&Self>) -> Self {
        let since = before
            .filter(|before| before.state == verdict.state)
            .map_or(now.wall, |before| before.since);
        Self {
            state: verdict.state,
            why: verdict.why.clone(),
            since,
            seen: now.wall,
            remedy: verdict.remedy.as_ref().or(verdict.would.as_ref()).map(Remedy::words),
            held: verdict.held.clone(),
            hold_runs: verdict.hold_runs,
            remedies: memory.ledger().entries().len(),
            may_connect: verdict.may_connect,
            live_restore: None,
        }
    }

    /// Writes it where a command finds it.
    pub(super) fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let fresh = path.with_extension("json.new");
        fs::write(&fresh, serde_json::to_vec(self)?)?;
        fs::rename(fresh, path)
    }

    /// Reads what was last written.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }
}

/// What the loop tells the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The watch goes on, and is heard of again within this time.
    Alive(Duration),
    /// Something is done to Docker's units: nobody touches the engine until it was looked at.
    Stirred,
    /// Runs have to wait, for this reason.
    Hold(String),
    /// The engine is back and is the right one: everything is to be reconciled from git. What its restart policies left
    /// down comes up that way.
    Back,
    /// A line of an incident.
    Line {
        /// What it is about.
        kind: NoteKind,
        /// The kind of remedy that it is about.
        step: Option<Step>,
        /// In words.
        text: String,
        /// Whether people are told at once.
        loud: bool,
    },
    /// An incident is over; the worst that was seen.
    Over(State),
    /// How it is now.
    Health(Box<Health>),
}
