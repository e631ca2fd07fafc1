//! Which stops of containers were a person's: what was heard and what we did in, verdicts out. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::name::ProjectName;
use crate::plan::{Action, Operation};

use super::witness::Fact;

/// How long an engine must go on, in seconds, before a stop that it told counts as a person's: one that goes down itself
/// stops its containers, too, and tells so.
pub const GRACE: i64 = 10;

/// How long, in seconds, an event of our own stop may come late.
const LATE: i64 = 5;

/// What was heard of stops, and which were ours.
///
/// A daemon keeps one per engine. It hands over each operation that its passes begin and end (from its `Progress`), each
/// event `stop`, `start` and `destroy` of a container of a Compose project, and the loss of the engine; and asks
/// [`Stops::settle`] at each tick for facts, which it hands to [`super::Context::witness`]. A stack that is
/// [unsettled](Stops::is_unsettled) is not healed yet: whether its container was stopped by a person is about to be known.
/// An end without an event `stop` (a crash, `docker kill`, an engine that was killed) is nobody's stop, and is healed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stops {
    /// Names of containers that operations of ours are stopping.
    ours: BTreeSet<String>,
    /// When operations of ours have stopped containers, by name.
    done: BTreeMap<String, i64>,
    /// Stops that were heard, by container ID.
    heard: BTreeMap<String, Heard>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    project: ProjectName,
    name: String,
    at: i64,
}

impl Stops {
    /// An operation of ours begins.
    pub fn begins(&mut self, operation: &Operation) {
        if let Action::StopContainer { name, .. } = &operation.action {
            self.ours.insert(name.clone());
        }
    }

    /// An operation of ours has ended, well or not.
    pub fn ends(&mut self, operation: &Operation, now: i64) {
        if let Action::StopContainer { name, .. } = &operation.action {
            self.ours.remove(name);
            self.done.insert(name.clone(), now);
        }
    }

    /// The engine tells that a container was stopped.
    pub fn stopped(&mut self, (id, name): (&str, &str), project: &ProjectName, now: i64) {
        self.done.retain(|_, at| now.saturating_sub(*at) <= LATE);
        if self.ours.contains(name) || self.done.contains_key(name) {
            return;
        }
        let heard = Heard { project: project.clone(), name: name.to_owned(), at: now };
        self.heard.insert(id.to_owned(), heard);
    }

    /// The engine tells that a container runs again; the fact is for the journal.
    pub fn started(&mut self, id: &str) -> Fact {
        self.forget(id);
        Fact::Started { container: id.to_owned() }
    }

    /// A container runs again, or is gone: whose stop it was does not matter any more.
    pub fn forget(&mut self, id: &str) {
        self.heard.remove(id);
    }

    /// The engine does not answer any more: what it has stopped just before, it has stopped for its own end.
    pub fn lost(&mut self) {
        self.heard.clear();
    }

    /// Whether a stop of a container of this project was heard, and nobody knows yet whose it was.
    pub fn is_unsettled(&self, project: &ProjectName) -> bool {
        self.heard.values().any(|heard| heard.project == *project)
    }

    /// The stops that are certain by now to be a person's, each told once.
    pub fn settle(&mut self, now: i64) -> Vec<(ProjectName, Fact)> {
        let is_due = |heard: &Heard| now.saturating_sub(heard.at) >= GRACE;
        let due: Vec<String> = self
            .heard
            .iter()
            .filter(|(_, heard)| is_due(heard))
            .map(|(id, _)| id.clone())
            .collect();
        let settled = due.into_iter().filter_map(|container| {
            let Heard { project, name, at } = self.heard.remove(&container)?;
            Some((project, Fact::StoppedByHand { container, name, at }))
        });
        settled.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Cause, OpId};

    fn stop(name: &str) -> Operation {
        Operation {
            id: OpId(0),
            action: Action::StopContainer { name: name.to_owned(), timeout: None },
            service: None,
            cause: Cause::ImageChanged,
            after: Vec::new(),
        }
    }

    type Story = &'static [(i64, &'static str)];

    /// Words of a story, each with its second: `stop`, `start`, `gone` (the engine tells), `begin`, `end` (of our stop),
    /// `lost`, `settle`. Answers the seconds of the stops that were a person's.
    fn check(story: Story) -> Vec<i64> {
        let mut stops = Stops::default();
        let blog = ProjectName::parse("blog").unwrap();
        let mut found = Vec::new();
        for (now, word) in story {
            match *word {
                "stop" => stops.stopped(("id", "blog-web-1"), &blog, *now),
                "start" => drop(stops.started("id")),
                "gone" => stops.forget("id"),
                "begin" => stops.begins(&stop("blog-web-1")),
                "end" => stops.ends(&stop("blog-web-1"), *now),
                "other" => stops.begins(&stop("blog-db-1")),
                "lost" => stops.lost(),
                _ => found.extend(stops.settle(*now).into_iter().map(|(_, fact)| match fact {
                    Fact::StoppedByHand { at, .. } => at,
                    Fact::Started { .. } | Fact::Healed { .. } => -1,
                })),
            }
        }
        found
    }

    #[test]
    fn a_stop_is_a_persons_when_nobody_else_can_have_done_it() {
        let stories: &[(&str, Story, &[i64])] = &[
            ("the engine goes on", &[(0, "stop"), (9, "settle"), (10, "settle")], &[0]),
            ("it is told once", &[(0, "stop"), (10, "settle"), (20, "settle")], &[0]),
            ("ours", &[(0, "begin"), (1, "stop"), (2, "end"), (30, "settle")], &[]),
            ("ours, told late", &[(0, "begin"), (1, "end"), (5, "stop"), (30, "settle")], &[]),
            ("long after ours", &[(0, "begin"), (1, "end"), (9, "stop"), (30, "settle")], &[9]),
            ("while another one is ours", &[(0, "other"), (1, "stop"), (30, "settle")], &[1]),
            ("the engine went down", &[(0, "stop"), (9, "lost"), (30, "settle")], &[]),
            ("after it came back", &[(0, "stop"), (1, "lost"), (5, "stop"), (30, "settle")], &[5]),
            ("a restart by hand", &[(0, "stop"), (1, "start"), (30, "settle")], &[]),
            ("a removal by hand", &[(0, "stop"), (1, "gone"), (30, "settle")], &[]),
            ("a clock that was set back", &[(90, "stop"), (10, "settle"), (100, "settle")], &[90]),
        ];
        for (title, story, expected) in stories {
            assert_eq!(check(story), *expected, "{title}");
        }
    }

    #[test]
    fn a_stack_is_unsettled_as_long_as_nobody_knows_whose_stop_it_was() {
        let (mut stops, blog) = (Stops::default(), ProjectName::parse("blog").unwrap());
        stops.stopped(("id", "blog-web-1"), &blog, 0);
        assert!(stops.is_unsettled(&blog));
        assert!(!stops.is_unsettled(&ProjectName::parse("shop").unwrap()));
        assert_eq!(stops.settle(GRACE).len(), 1);
        assert!(!stops.is_unsettled(&blog));
    }
}
